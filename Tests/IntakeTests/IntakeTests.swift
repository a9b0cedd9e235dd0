import Codec
import Intake
import Readings
import Testing

@Suite struct IntakeTests {
    /// Movements with ids, at QoS 1.
    private func movements() -> RuleSetOptions {
        oneReading {
            $0.kind = .delta
            $0.id = Expression("$.id")
            $0.time = TimeOptions(paths: ["$.t"])
        }
    }

    @Test("what the broker sends again after a broken link is recognised until the first new message")
    func redelivery() throws {
        let bench = try Bench(movements())
        bench.intake.linked(sessionPresent: false)
        for id in 1...10 { bench.take("t/a", "{\"v\":\(id)}", id: UInt16(id), qos: 1) }
        let first = bench.settle()
        #expect(first.readings.count == 10)
        #expect(first.receipts.count == 11)

        bench.intake.linked(sessionPresent: true)
        for id in 6...12 { bench.take("t/a", "{\"v\":\(id)}", id: UInt16(id), qos: 1) }
        bench.take("t/a", "{\"v\":10}", id: 10, qos: 1)
        let second = bench.settle()
        #expect(second.readings.map { $0.value.number } == [11, 12, 10])
        #expect(second.messageCount == 8)
        #expect(bench.intake.status.redelivered == 5)

        bench.intake.linked(sessionPresent: true)
        bench.take("t/a", "{\"v\":99}", id: 11, qos: 1)
        bench.take("t/a", "{\"v\":12}", id: 12, qos: 1)
        #expect(bench.settle().readings.count == 2)

        bench.intake.linked(sessionPresent: false)
        bench.take("t/a", "{\"v\":12}", id: 12, qos: 1)
        #expect(bench.settle().readings.count == 1)
    }

    @Test("within a run a message counts as redelivered once")
    func redeliveredOnce() throws {
        let bench = try Bench(movements())
        bench.take("t/a", "{\"v\":5}", id: 3, qos: 1)
        bench.settle()
        for _ in 0..<2 {
            bench.intake.linked(sessionPresent: true)
            bench.take("t/a", "{\"v\":5}", id: 3, qos: 1)
            #expect(bench.settle().readings.isEmpty)
        }
        bench.take("t/a", "{\"v\":5}", id: 3, qos: 1)
        #expect(bench.settle().readings.count == 1)
    }

    @Test("what was abandoned is as if it had never come")
    func abandoned() throws {
        let bench = try Bench(movements())
        bench.take("t/a", "{\"v\":1,\"id\":\"x\"}", id: 1, qos: 1)
        bench.take("t/a", "broken", id: 2, qos: 1)
        struct DiskFull: Error {}
        #expect(throws: DiskFull.self) {
            try bench.intake.settle { (_) throws(DiskFull) in throw DiskFull() }
        }
        bench.intake.abandoned()
        bench.intake.linked(sessionPresent: true)
        bench.take("t/a", "{\"v\":1,\"id\":\"x\"}", id: 1, qos: 1)
        bench.take("t/a", "broken", id: 2, qos: 1)
        let batch = bench.settle()
        #expect(batch.readings.count == 1)
        #expect(batch.deadLetters.map(\.count) == [1])
        let status = bench.intake.status
        #expect(
            status.messages == 2 && status.redelivered == 0 && status.dead == 1 && status.movementMarks == 1
        )
    }

    @Test("a movement counts once by its id, or by stamp and value; without both always")
    func movementsOnce() throws {
        let bench = try Bench(movements())
        let stamp = 1_750_122_900
        #expect(bench.lines("t/a", "{\"v\":5,\"id\":\"1\"}") == ["m=5"])
        #expect(bench.lines("t/a", "{\"v\":5,\"id\":\"1\",\"t\":\(stamp)}") == ["!duplicate_delta m: id 1"])
        #expect(bench.lines("t/b", "{\"v\":5,\"id\":\"1\"}") == ["m=5"])
        #expect(bench.lines("t/a", "{\"v\":5,\"t\":\(stamp)}") == ["m=5"])
        #expect(bench.lines("t/b", "{\"v\":5,\"t\":\(stamp)}") == ["m=5"])
        bench.now = bench.now.advanced(byMs: 61_000)
        #expect(
            bench.lines("t/a", "{\"v\":5,\"t\":\(stamp)}") == ["!duplicate_delta m: 2025-06-17T01:15:00.000Z"]
        )
        #expect(bench.lines("t/a", "{\"v\":6,\"t\":\(stamp)}") == ["m=6"])
        #expect(bench.lines("t/a", "{\"v\":5}") == ["m=5"])
        #expect(bench.lines("t/a", "{\"v\":5}") == ["m=5"])
        bench.now = bench.now.advanced(byMs: 604_800_001)
        #expect(bench.lines("t/a", "{\"v\":5,\"id\":\"1\"}") == ["m=5"])
        #expect(bench.lines("t/a", "{\"v\":null}") == ["!type a movement without a number"])
    }

    @Test(
        "after the store has given ids back every series is asked for again, and a movement still counts once"
    )
    func forgetsSeries() throws {
        let bench = try Bench(
            oneReading {
                $0.kind = .delta
                $0.id = Expression("$.id")
                $0.metric = "{$.item}"
            }
        )
        let bolts = "{\"v\":5,\"id\":\"1\",\"item\":\"ボルト\"}"
        #expect(bench.batch("t/a", bolts).readings.map(\.series.index) == [0])
        #expect(bench.batch("t/a", bolts.replacing("1", with: "2")).readings.map(\.series.index) == [0])
        bench.catalogue.forget()
        bench.intake.forgetSeries()
        #expect(bench.batch("t/a", bolts.replacing("1", with: "3")).readings.map(\.series.index) == [1])
        #expect(bench.lines("t/a", bolts) == ["!duplicate_delta ボルト: id 1"])
    }

    @Test("the first dead letter goes at once, the next after a minute with the running count")
    func deadLetters() throws {
        let bench = try Bench(oneReading())
        #expect(bench.batch("t/a", "x").deadLetters.map(\.count) == [1])
        for _ in 0..<5 { #expect(bench.batch("t/a", "x").deadLetters.isEmpty) }
        #expect(bench.batch("t/b", "x").deadLetters.map(\.topic) == ["t/b"])
        bench.now = bench.now.advanced(byMs: 60_000)
        let letter = try #require(bench.batch("t/a", "yyy", retain: true).deadLetters.first)
        #expect(
            letter.count == 7 && letter.rule == "one" && letter.bytes == 3
                && letter.payload == Array("yyy".utf8)
        )
        #expect(letter.retain && letter.time == bench.now)
        #expect(bench.intake.status.deadByReason == [.decode: 8])
        let long = bench.batch("t/c", "[" + String(repeating: "1,", count: 5000)).deadLetters
        #expect(long.first?.payload.count == 4096 && long.first?.bytes == 10_001)
    }

    @Test("limits: payload, readings in a message, and what a full message had done is undone")
    func limits() throws {
        var options = movements()
        options.rules[0].each = ["$.l[*]"]
        options.rules[0].readings[0].value = Expression("@")
        options.rules[0].readings[0].id = Expression("{$.id}/{index}")
        options.payloadBytesMax = 1000
        options.readingsPerMessageMax = 3
        let bench = try Bench(options)
        #expect(
            bench.lines("t/a", "{\"id\":1,\"l\":[1,2,3,4]}") == [
                "!too_large more than 3 readings in one message"
            ]
        )
        #expect(bench.lines("t/a", "{\"id\":1,\"l\":[1,2,3]}") == ["m=1", "m=2", "m=3"])
        #expect(
            bench.lines("t/b", String(repeating: " ", count: 1001)) == ["!too_large 1001 bytes; at most 1000"]
        )
    }

    @Test("marks, receipts and counts outlive a restart by keepsake and journal")
    func restart() throws {
        let catalogue = Catalogue()
        let before = try Bench(movements(), catalogue: catalogue)
        before.intake.linked(sessionPresent: false)
        before.take("t/a", "{\"v\":1,\"id\":\"k\"}", id: 7, qos: 1)
        before.take("t/a", "bad", id: 8, qos: 1)
        before.settle()
        let keepsake = before.intake.keepsake(bytesMax: 1 << 20)
        before.take("t/a", "{\"v\":1,\"id\":\"j\"}", id: 9, qos: 1)
        let journaled = before.settle()
        before.take("t/a", "{\"v\":1,\"id\":\"lost\"}", id: 10, qos: 1)
        #expect(before.intake.keepsake(bytesMax: 1 << 20) != keepsake)

        let after = try Bench(movements(), catalogue: catalogue)
        try after.intake.restore(keepsake)
        after.intake.replay(journaled)
        #expect(after.intake.status.dead == 1)
        after.intake.linked(sessionPresent: true)
        after.take("t/a", "{\"v\":1,\"id\":\"k\"}", id: 7, qos: 1)
        after.take("t/a", "bad", id: 8, qos: 1)
        after.take("t/a", "{\"v\":1,\"id\":\"j\"}", id: 9, qos: 1)
        after.take("t/a", "{\"v\":1,\"id\":\"lost\"}", id: 10, qos: 1)
        after.take("t/a", "{\"v\":1,\"id\":\"j\"}", id: 11, qos: 1)
        after.take("t/a", "bad", id: 12, qos: 1)
        let batch = after.settle()
        #expect(batch.readings.count == 1)
        #expect(batch.deadLetters.map(\.reason) == [.duplicateDelta])
        #expect(after.intake.status.redelivered == 3)
        #expect(after.intake.status.deadByReason == [.decode: 2, .duplicateDelta: 1])
    }

    @Test("a keepsake under way is not in it, and may be asked for while a batch is committed")
    func keepsakeOfSettled() throws {
        let bench = try Bench(movements())
        let empty = bench.intake.keepsake(bytesMax: 1 << 20)
        bench.take("t/a", "{\"v\":1,\"id\":\"k\"}", id: 7, qos: 1)
        bench.take("t/a", "bad", id: 8, qos: 1)
        bench.intake.settle { (_) throws(Never) in #expect(bench.intake.keepsake(bytesMax: 1 << 20) == empty)
        }
        #expect(bench.intake.keepsake(bytesMax: 1 << 20) != empty)
    }

    @Test("a keepsake that has little room forgets the oldest movements and says so")
    func smallKeepsake() throws {
        let bench = try Bench(movements())
        for number in 0..<1000 {
            bench.take("t/a", "{\"v\":1,\"id\":\"k\(number)\"}", id: 7, qos: 1)
        }
        bench.settle()
        let keepsake = bench.intake.keepsake(bytesMax: 8000)
        #expect(keepsake.count <= 8000)
        bench.take("t/a", "{\"v\":1,\"id\":\"k999\"}", id: 8, qos: 1)
        #expect(bench.settle().deadLetters.map(\.reason) == [.duplicateDelta], "the newest are known")
        #expect((700..<1000).contains(bench.intake.status.movementMarksForgotten))
        let after = try Bench(movements())
        try after.intake.restore(keepsake)
        #expect(after.intake.status.movementMarks > 0)
    }

    @Test("marks of the journal that find no room are counted as forgotten")
    func forgottenAtRestart() throws {
        let bench = try Bench(movements())
        var batch = Batch(opened: bench.now)
        batch.movements = (0..<262_150).map { Movement(mark: UInt128($0), instant: bench.now) }
        bench.intake.replay(batch)
        #expect(bench.intake.status.movementMarks == 262_144)
        #expect(bench.intake.status.movementMarksForgotten == 6)
    }

    @Test("a broken keepsake throws and leaves a usable intake, seed 3")
    func brokenKeepsake() throws {
        let bench = try Bench(movements())
        bench.take("t/a", "{\"v\":1,\"id\":\"k\"}", id: 7, qos: 1)
        bench.take("t/a", "bad", id: 8, qos: 1)
        bench.settle()
        let keepsake = bench.intake.keepsake(bytesMax: 1 << 20)
        for count in 0..<keepsake.count {
            let fresh = try Bench(movements())
            #expect(throws: ByteReader.Failure.self) {
                try fresh.intake.restore(Array(keepsake.prefix(count)))
            }
            #expect(fresh.batch("t/a", "{\"v\":1}").readings.count == 1)
        }
    }

    @Test("a new session of the broker makes old receipts worthless after a restart too")
    func newSession() throws {
        let bench = try Bench(movements())
        bench.take("t/a", "{\"v\":1}", id: 7, qos: 1)
        let first = bench.settle()
        bench.intake.linked(sessionPresent: false)
        bench.intake.abandoned()
        let second = bench.settle()
        let after = try Bench(movements(), catalogue: bench.catalogue)
        after.intake.replay(first)
        after.intake.replay(second)
        after.intake.linked(sessionPresent: true)
        after.take("t/a", "{\"v\":1}", id: 7, qos: 1)
        #expect(after.settle().readings.count == 1)
    }
}
