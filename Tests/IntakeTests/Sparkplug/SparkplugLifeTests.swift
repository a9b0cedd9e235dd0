import Readings
import Testing

@testable import Intake

@Suite struct SparkplugLifeTests {
    @Test(
        """
        a node's death turns its values and its devices' stale, at the host's time \
        (tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline, \
        tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale, \
        tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline, \
        tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale)
        """
    )
    func nodeDeath() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 3))
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        #expect(plant.status.nodesOnline == 1 && plant.status.devicesOnline == 1)
        plant.bench.now = plant.bench.now.advanced(byMs: 9000)
        plant.bench.take("spBv1.0/suwa/NDEATH/e1", plant.nodeDeath(bdSeq: 3))
        let batch = plant.bench.settle()
        #expect(batch.readings.map(plant.line) == ["e1 speed=10 stale", "e1/d1 temp=20 Cel stale"])
        #expect(batch.readings.allSatisfy { $0.instant == plant.bench.now && $0.timeSource == .arrival })
        #expect(plant.status.nodesOnline == 0 && plant.status.devicesOnline == 0)
    }

    @Test(
        """
        a device's death turns its values stale at the time that it says \
        (tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline, \
        tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale)
        """
    )
    func deviceDeath() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        let stamp = plant.bench.now.advanced(byMs: 4000)
        plant.bench.now = plant.bench.now.advanced(byMs: 9000)
        plant.bench.take(
            "spBv1.0/suwa/DDEATH/e1/d1",
            payload {
                $0.number(1, UInt64(stamp.milliseconds))
                $0.number(3, 2)
            }
        )
        let batch = plant.bench.settle()
        #expect(batch.readings.map(plant.line) == ["e1/d1 temp=20 Cel stale"])
        #expect(batch.readings.map(\.instant) == [stamp])
        #expect(plant.status.nodesOnline == 1 && plant.status.devicesOnline == 0)
        #expect(plant.take("DDATA", "e1/d1", plant.temp(30, seq: 3)) == ["!spb_no_birth"])
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 0)) == ["e1 speed=10 stale"])
    }

    @Test(
        """
        a death of another session is ignored, whatever its stamp \
        (tck-id-topics-nbirth-bdseq-matching, tck-id-payloads-ndeath-bdseq)
        """,
        arguments: [6, 8, nil] as [UInt64?]
    )
    func otherSession(bdSeq: UInt64?) throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 7))
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: bdSeq)) == [])
        #expect(plant.take("NDATA", plant.speed(11, seq: 1)) == ["e1 speed=11"])
        #expect(plant.status.complaints[.bdSeqUnmatched] == 1)
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 7)) == ["e1 speed=11 stale"])
    }

    @Test("a birth without a session's number is taken, and any death ends it")
    func numberless() throws {
        let plant = try SparkplugPlant()
        let birth = payload {
            $0.metric("speed", alias: 1, at: plant.stamp, type: .int32) { $0.number(10, 1) }
            $0.number(3, 0)
        }
        plant.take("NBIRTH", birth)
        #expect(plant.status.complaints == [.bdSeqMissing: 1])
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 9)) == ["e1 speed=1 stale"])
    }

    @Test("a birth of a new session ends the earlier one, whose death was lost: its devices are stale")
    func newSession() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 1))
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        plant.bench.now = plant.bench.now.advanced(byMs: 1000)
        #expect(
            plant.take("NBIRTH", plant.nodeBirth(bdSeq: 2)) == ["e1/d1 temp=20 Cel stale", "e1 speed=10"]
        )
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 1)) == [])
        #expect(plant.take("DDATA", "e1/d1", plant.temp(21, seq: 1)) == ["!spb_no_birth"])
    }

    @Test("a rebirth within the session leaves devices good, and waits for their births")
    func rebirth() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 1))
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        #expect(plant.take("NBIRTH", plant.nodeBirth(bdSeq: 1)) == ["e1 speed=10"])
        #expect(plant.take("DDATA", "e1/d1", plant.temp(21, seq: 1)) == ["!spb_no_birth"])
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth(seq: 2, alias: 9))
        #expect(plant.take("DDATA", "e1/d1", plant.temp(21, seq: 3, alias: 9)) == ["e1/d1 temp=21 Cel"])
        #expect(plant.take("DDATA", "e1/d1", plant.temp(21, seq: 4)) == ["!spb_unknown_alias"])
    }

    @Test("a value that comes back with a stamp from before the death holds from its arrival on")
    func comesBack() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 1))
        let old = plant.nodeBirth(bdSeq: 2, speed: 11)
        plant.bench.now = plant.bench.now.advanced(byMs: 5000)
        plant.take("NDEATH", plant.nodeDeath(bdSeq: 1))
        plant.bench.now = plant.bench.now.advanced(byMs: 5000)
        plant.bench.take("spBv1.0/suwa/NBIRTH/e1", old)
        let batch = plant.bench.settle()
        #expect(batch.readings.map(plant.line) == ["e1 speed=11", "e1 speed=11"])
        #expect(batch.readings.map { plant.bench.now.msSince($0.instant) } == [10_000, 0])
    }

    @Test("a source whose clock is ahead is stale after its own last stamp")
    func clockAhead() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth(bdSeq: 1))
        let ahead = plant.bench.now.advanced(byMs: 60_000)
        plant.take(
            "NDATA",
            payload {
                $0.metric(alias: 1, at: UInt64(ahead.milliseconds)) { $0.number(10, 12) }
                $0.number(3, 1)
            }
        )
        plant.bench.take("spBv1.0/suwa/NDEATH/e1", plant.nodeDeath(bdSeq: 1))
        #expect(plant.bench.settle().readings.map(\.instant) == [ahead.advanced(byMs: 1)])
    }

    @Test("data before any birth makes no series, and asks for the birth at most every five seconds")
    func unborn() throws {
        let plant = try SparkplugPlant()
        #expect(plant.take("NDATA", plant.speed(1, seq: 4)) == ["!spb_no_birth"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        plant.take("NDATA", plant.speed(1, seq: 5))
        plant.take("DDATA", "e1/d1", plant.temp(1, seq: 6))
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth())
        #expect(plant.outgoing() == [])
        // What was asked in vain meanwhile is asked as soon as it may be.
        #expect(plant.wait(ms: 4999) == [])
        #expect(plant.outgoing() == [])
        _ = plant.wait(ms: 1)
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        #expect(plant.bench.catalogue.seriesCount == 0)
        plant.take("NBIRTH", plant.nodeBirth())
        _ = plant.wait(ms: 60_000)
        #expect(plant.outgoing() == [])
        #expect(plant.status.rebirthsAsked == 2)
    }

    @Test("an unknown alias makes no series, its neighbours are read, and the birth is asked for")
    func unknownAlias() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        let mixed = payload {
            $0.metric(alias: 17, at: plant.stamp) { $0.number(10, 5) }
            $0.metric(alias: 1, at: plant.stamp) { $0.number(10, 6) }
            $0.metric("colour", at: plant.stamp, type: .int32) { $0.number(10, 7) }
            $0.number(3, 1)
        }
        plant.bench.take("spBv1.0/suwa/NDATA/e1", mixed)
        let batch = plant.bench.settle()
        #expect(batch.readings.map(plant.line) == ["e1 speed=6"])
        #expect(batch.deadLetters.map(\.reason) == [.spbUnknownAlias])
        #expect(batch.deadLetters.map(\.detail) == ["alias 17 and 1 more: not in the birth of suwa/e1"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        #expect(plant.bench.catalogue.seriesCount == 1)
    }

    @Test("a passive listener says nothing, whatever is missing")
    func passive() throws {
        let plant = try SparkplugPlant(role: .passive)
        plant.take("NDATA", plant.speed(1, seq: 4))
        plant.take("NBIRTH", plant.nodeBirth())
        plant.take("NDATA", plant.speed(1, seq: 9))
        _ = plant.wait(ms: 60_000)
        plant.take(topic: "spBv1.0/STATE/TSUNAGI", Array("{\"online\":false}".utf8))
        #expect(plant.outgoing() == [])
        #expect(plant.status.rebirthsUnasked == 2)
    }

    @Test("a payload that cannot be read asks for the birth, and the session goes on")
    func spoiled() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("NDATA", [0x12, 0x05]) == ["!decode"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        #expect(plant.take("NDATA", plant.speed(1, seq: 1)) == ["e1 speed=1"])
    }

    @Test("a batch that came to nothing leaves the aliases, and takes any number next")
    func abandoned() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.bench.take("spBv1.0/suwa/NDATA/e1", plant.speed(11, seq: 1))
        plant.bench.intake.abandoned()
        #expect(plant.take("NDATA", plant.speed(12, seq: 9)) == ["e1 speed=12"])
    }

    @Test("ids that the store gave back are not used again")
    func forgotten() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.bench.catalogue.forget()
        plant.bench.intake.forgetSeries()
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 0)) == [])
    }
}
