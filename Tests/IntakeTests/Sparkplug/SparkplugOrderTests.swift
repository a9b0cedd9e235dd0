import Readings
import Testing

@testable import Intake

@Suite struct SparkplugOrderTests {
    @Test(
        """
        messages that came in disorder are read in the order of their numbers, and nobody is asked \
        (tck-id-operational-behavior-host-reordering-start, tck-id-operational-behavior-host-reordering-success, \
        tck-id-payloads-sequence-num-incrementing)
        """
    )
    func reordered() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("NDATA", plant.speed(13, seq: 3)) == [])
        #expect(plant.take("NDATA", plant.speed(12, seq: 2)) == [])
        #expect(plant.wait(ms: 1900) == [])
        #expect(
            plant.take("NDATA", plant.speed(11, seq: 1)) == ["e1 speed=11", "e1 speed=12", "e1 speed=13"]
        )
        #expect(plant.wait(ms: 60_000) == [])
        #expect(plant.take("NDATA", plant.speed(14, seq: 4)) == ["e1 speed=14"])
        #expect(plant.outgoing() == [])
        #expect(plant.status.held == 2 && plant.status.gaps == 0)
    }

    @Test(
        """
        a gap that stays open asks for a birth when the time is over, and what waited is stored \
        (tck-id-operational-behavior-host-reordering-rebirth, tck-id-operational-behavior-host-reordering-param)
        """,
        arguments: [2000, 500, 0] as [Int64]
    )
    func gap(timeoutMs: Int64) throws {
        let plant = try SparkplugPlant(reorderMs: timeoutMs)
        plant.take("NBIRTH", plant.nodeBirth())
        let first = plant.take("NDATA", plant.speed(13, seq: 3))
        if timeoutMs > 0 {
            #expect(first == [])
            #expect(plant.take("NDATA", plant.speed(12, seq: 2)) == [])
            #expect(plant.wait(ms: timeoutMs - 1) == [])
            #expect(plant.outgoing() == [])
            #expect(plant.wait(ms: 1) == ["e1 speed=12", "e1 speed=13", "!spb_seq"])
        } else {
            #expect(first == ["e1 speed=13", "!spb_seq"])
        }
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        #expect(plant.status.gaps == 1)
        #expect(plant.take("NDATA", plant.speed(14, seq: 4)) == ["e1 speed=14"])
    }

    @Test("numbers go from 255 to 0, over node and devices alike (tck-id-topics-ddeath-seq-num)")
    func wrap() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(seq: 253))
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth(seq: 254))
        #expect(plant.take("NDATA", plant.speed(1, seq: 255)) == ["e1 speed=1"])
        #expect(plant.take("DDATA", "e1/d1", plant.temp(21, seq: 0)) == ["e1/d1 temp=21 Cel"])
        #expect(plant.take("DDEATH", "e1/d1", payload { $0.number(3, 1) }).count == 1)
        #expect(plant.take("NDATA", plant.speed(2, seq: 2)) == ["e1 speed=2"])
        #expect(plant.status.held == 0)
    }

    @Test("a device's death that overtakes its data waits for it (tck-id-topics-ddeath-seq-num)")
    func deathWaits() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        #expect(plant.take("DDEATH", "e1/d1", payload { $0.number(3, 3) }) == [])
        #expect(
            plant.take("DDATA", "e1/d1", plant.temp(22, seq: 2)) == [
                "e1/d1 temp=22 Cel", "e1/d1 temp=22 Cel stale",
            ]
        )
    }

    @Test(
        "a birth may begin with any number, and the next one is counted from it (tck-id-payloads-sequence-num-req-nbirth)",
        arguments: [0, 7, 255] as [UInt64]
    )
    func firstNumber(seq: UInt64) throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(seq: seq))
        #expect(plant.take("NDATA", plant.speed(1, seq: (seq + 1) % 256)) == ["e1 speed=1"])
        #expect(plant.take("NDATA", plant.speed(1, seq: (seq + 3) % 256)) == [])
    }

    @Test(
        "a message without a number is read and reported (tck-id-payloads-sequence-num-always-included)",
        arguments: [nil, 256] as [UInt64?]
    )
    func numberless(seq: UInt64?) throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("NDATA", plant.speed(1, seq: seq)) == ["e1 speed=1"])
        #expect(plant.status.complaints == [.seqMissing: 1])
    }

    @Test("a node's death waits for nothing, but what waited is read before it (tck-id-payloads-ndeath-seq)")
    func nodeDeath() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 4))
        #expect(plant.take("NDATA", plant.speed(13, seq: 3)) == [])
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 4)) == ["e1 speed=13", "e1 speed=13 stale"])
        #expect(plant.wait(ms: 60_000) == [])
        #expect(plant.outgoing() == [])
    }

    @Test("what waits is bounded: the 127th message ends the wait")
    func bounded() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        for seq in 2..<128 as Range<UInt64> { #expect(plant.take("NDATA", plant.speed(seq, seq: seq)) == []) }
        #expect(plant.take("NDATA", plant.speed(128, seq: 128)).count == 128)
        #expect(plant.status.gaps == 1)
        #expect(plant.take("NDATA", plant.speed(1, seq: 129)) == ["e1 speed=1"])
    }

    @Test(
        "a message of QoS 1 is acknowledged with its batch, and so never waits; its place in the order is kept"
    )
    func acknowledged() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("NDATA", qos: 1, plant.speed(12, seq: 2)) == ["e1 speed=12"])
        #expect(plant.take("NDATA", plant.speed(11, seq: 1)) == ["e1 speed=11"])
        #expect(plant.take("NDATA", plant.speed(13, seq: 3)) == ["e1 speed=13"])
        #expect(plant.wait(ms: 60_000) == [])
    }

    @Test("a number that comes twice while others are missing is dropped and counted")
    func repeated() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.take("NDATA", plant.speed(12, seq: 2))
        plant.take("NDATA", plant.speed(12, seq: 2))
        #expect(plant.take("NDATA", plant.speed(11, seq: 1)) == ["e1 speed=11", "e1 speed=12"])
        #expect(plant.status.complaints == [.seqRepeated: 1])
    }

    @Test("a link that comes back takes any number, and asks for a birth, for something may have been missed")
    func relinked() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.bench.intake.lost())
        #expect(plant.settle() == ["e1 speed=10 stale"])
        plant.bench.intake.linked(sessionPresent: true)
        plant.bench.now = plant.bench.now.advanced(byMs: 1000)
        #expect(plant.take("NDATA", plant.speed(11, seq: 77)) == ["e1 speed=11"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        #expect(plant.take("NDATA", plant.speed(12, seq: 78)) == ["e1 speed=12"])
        #expect(plant.outgoing() == [])
    }

    @Test("a passive listener marks nothing stale when its link breaks, because it cannot ask")
    func passiveLoss() throws {
        let plant = try SparkplugPlant(role: .passive)
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(!plant.bench.intake.lost())
        plant.bench.intake.linked(sessionPresent: false)
        #expect(plant.take("NDATA", plant.speed(11, seq: 77)) == ["e1 speed=11"])
        #expect(plant.outgoing() == [])
    }
}
