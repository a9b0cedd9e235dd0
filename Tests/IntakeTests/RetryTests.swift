import Intake
import Readings
import Synchronization
import Testing

/// Dead letters that today's rules read again.
@Suite struct RetryTests {
    /// Reads letters again and returns what became of them, with the batch that was settled.
    private func retry(_ bench: Bench, _ letters: [DeadLetter]) -> (outcomes: [RetryOutcome], batch: Batch) {
        let answer = Mutex<[RetryOutcome]>([])
        let takeBack = bench.intake.retry(letters) { outcomes in answer.withLock { $0 = outcomes } }
        #expect(bench.intake.tick(), "the link's thread is told that something waits")
        let batch = bench.settle()
        #expect(!takeBack(), "an order that was begun cannot be taken back")
        return (answer.withLock { $0 }, batch)
    }

    private func movements(id: Bool = false) -> RuleSetOptions {
        oneReading {
            $0.metric = "stock/ボルト"
            $0.kind = .delta
            $0.id = id ? Expression("$.id") : nil
        }
    }

    @Test("a letter that a mended rule can read becomes its readings, stamped when it arrived")
    func mended() throws {
        let letters = try Bench(oneReading { $0.value = Expression("$.x") }).batch("t/プレス", "{\"v\":4}")
            .deadLetters
        #expect(letters.map(\.reason) == [.pathMissing])
        let bench = try Bench(oneReading())
        bench.now = Bench.noon.advanced(byMs: 60_000)
        let (outcomes, batch) = retry(bench, letters)
        #expect(outcomes.map(\.readings) == [1] && outcomes.map(\.isSettled) == [true])
        #expect(batch.readings.map(\.instant) == [Bench.noon])
        #expect(batch.opened == bench.now && batch.messageCount == 0 && batch.receipts.isEmpty)
        #expect(bench.intake.status.messages == 0 && bench.intake.sources(limit: 9).isEmpty)
    }

    @Test("a letter that is still dead is told why, and counts in no statistics")
    func stillDead() throws {
        let bench = try Bench(oneReading())
        let letters = bench.batch("t/a", "{\"x\":1}").deadLetters
        let (outcomes, batch) = retry(bench, letters + letters)
        #expect(outcomes.map { $0.failures.map(\.reason) } == [[.pathMissing], [.pathMissing]])
        #expect(batch.deadLetters.isEmpty && bench.intake.status.dead == 1)
        // The kind is not due again before a minute has passed, retried or not.
        #expect(bench.batch("t/a", "{\"x\":1}").deadLetters.isEmpty)
        #expect(bench.intake.status.dead == 2)
    }

    @Test("a cut payload, a topic that no rule asks for and Sparkplug are refused with a reason")
    func refused() throws {
        let bench = try Bench(oneReading())
        let cut = bench.batch("t/c", "[" + String(repeating: "1,", count: 5000)).deadLetters
        #expect(retry(bench, cut).outcomes[0].refusal?.contains("first 4096 of its 10001 bytes") == true)
        var stranger = cut[0]
        (stranger.topic, stranger.payload, stranger.bytes) = ("other/x", [0x31], 1)
        #expect(retry(bench, [stranger]).outcomes[0].refusal?.contains("no rule asks") == true)
        stranger.topic = "t/" + String(repeating: "長", count: 170)
        #expect(retry(bench, [stranger]).outcomes[0].refusal?.contains("too long") == true)
        let host = try Bench(
            oneRule("spBv1.0/{group}/{type}/{node}/#", format: .sparkplug) { $0.readings = [] }
        )
        stranger.topic = "spBv1.0/suwa/NDATA/edge"
        #expect(retry(host, [stranger]).outcomes[0].refusal?.contains("rebirth") == true)
    }

    @Test("a movement counts once however often its letter is read: by its id, else by its arrival")
    func once() throws {
        for hasID in [true, false] {
            let broken = oneReading {
                $0.metric = "stock/ボルト"
                $0.kind = .delta
                $0.value = Expression("$.x")
            }
            let letters = try Bench(broken).batch("t/棚A", "{\"v\":5,\"id\":\"a1\"}").deadLetters
            let bench = try Bench(movements(id: hasID))
            let first = retry(bench, letters)
            #expect(first.batch.readings.map(\.value) == [.number(5)] && first.batch.movements.count == 1)
            let second = retry(bench, letters)
            #expect(second.batch.readings.isEmpty)
            #expect(second.outcomes[0].failures.map(\.reason) == [.duplicateDelta])
        }
    }

    @Test("movements without id beside a bad one are not counted twice: the letter is refused")
    func neighbours() throws {
        var options = movements()
        options.rules[0].each = ["$.l[*]"]
        options.rules[0].readings[0].value = Expression("@")
        let bench = try Bench(options)
        let first = bench.batch("t/棚A", "{\"l\":[1,\"x\",3]}")
        #expect(first.readings.count == 2 && first.deadLetters.count == 1)
        let (outcomes, batch) = retry(bench, first.deadLetters)
        #expect(outcomes[0].refusal?.contains("count the stock") == true)
        #expect(batch.readings.isEmpty && batch.movements.isEmpty)
        // Where no rule had taken the message, none of it was counted.
        var guarded = options
        guarded.rules[0].when["$.kind"] = .exists
        let letters = try Bench(guarded).batch("t/棚A", "{\"l\":[1,2]}").deadLetters
        #expect(letters.map(\.reason) == [.noRule])
        #expect(retry(bench, letters).batch.readings.count == 2)
    }

    @Test("a disk that refuses is told to whoever asked, and the letter can be read later")
    func refusingDisk() throws {
        struct DiskFull: Error {}
        let letters = try Bench(oneReading { $0.value = Expression("$.x") }).batch("t/a", "{\"v\":4}")
            .deadLetters
        let bench = try Bench(oneReading())
        let answer = Mutex<[RetryOutcome]>([])
        _ = bench.intake.retry(letters) { outcomes in answer.withLock { $0 = outcomes } }
        #expect(throws: DiskFull.self) {
            try bench.intake.settle { (_) throws(DiskFull) in throw DiskFull() }
        }
        bench.intake.abandoned()
        #expect(answer.withLock { $0 }[0].refusal?.contains("DiskFull") == true)
        #expect(retry(bench, letters).outcomes.map(\.readings) == [1])
    }

    @Test("an order that nobody has begun can be taken back, and is not carried out")
    func takenBack() throws {
        let bench = try Bench(oneReading())
        let letters = bench.batch("t/a", "{\"x\":1}").deadLetters
        let isAnswered = Mutex(false)
        let takeBack = bench.intake.retry(letters) { _ in isAnswered.withLock { $0 = true } }
        #expect(takeBack() && !takeBack())
        #expect(!bench.intake.tick())
        bench.settle()
        #expect(!isAnswered.withLock { $0 })
    }
}
