import Readings
import Testing

@testable import RingStore

@Suite("a commit")
struct CommitTests {
    @Test("is there after a kill, with series, texts, movements, receipts and dead letters")
    func everythingComesBack() throws {
        let place = Workplace()
        let open = try reopen(place)
        let state = try open.store.series(
            for: SeriesKey(
                site: "東大阪",
                asset: "ライン/二号",
                metric: "状態",
                tags: [Tag(name: "班", value: "夜"), Tag(name: "a", value: "")]
            ),
            kind: .state,
            type: .text,
            unit: ""
        )
        let running = try open.store.text(for: Array("運転中".utf8).span)
        var full = Batch(opened: Instant(milliseconds: 1_750_000_000_123))
        full.readings = [
            Reading(series: state.id, instant: Instant(milliseconds: 5), value: .text(running)),
            Reading(series: state.id, instant: Instant(milliseconds: 6), value: .absent, quality: .stale),
            Reading(
                series: state.id,
                instant: Instant(milliseconds: -7),
                value: .flag(true),
                quality: .uncertain,
                timeSource: .arrival,
                currentOnly: true
            ),
            Reading(series: state.id, instant: Instant(milliseconds: 7), value: .absent, historyOnly: true),
        ]
        full.movements = [Movement(mark: .max - 5, instant: Instant(milliseconds: 9))]
        full.receipts = [Receipt(messageID: 65_535, hash: .max)]
        full.messageCount = 4
        full.deadLetters = [
            DeadLetter(
                time: Instant(milliseconds: 8),
                topic: "工場/x",
                rule: "r",
                reason: .noMatch,
                detail: "d",
                qos: 1,
                retain: true,
                bytes: 9000,
                payload: [0, 255, 10],
                count: 3
            )
        ]
        #expect(try open.store.commit(full) == expected(sequence: 1, stored: 3, currentOnly: 1))
        let killed = try place.copy()
        let again = try reopen(killed)
        let back = try #require(again.batches.first)
        #expect(again.batches.count == 1)
        #expect(back.readings == full.readings)
        #expect(back.movements == full.movements)
        #expect(back.receipts == full.receipts)
        #expect(back.deadLetters == full.deadLetters)
        #expect(back.opened == full.opened)
        #expect(back.messageCount == 4)
        let snapshot = again.store.snapshot()
        #expect(snapshot.series == [state])
        #expect(snapshot.series(at: state.key) == state)
        #expect(snapshot.series(at: "東大阪/ライン/二号/状態") == state)
        #expect(snapshot.text(running) == "運転中")
        #expect(try snapshot.all(state.id) == [0, 1, 3].map { full.readings[$0].sample })
        #expect(snapshot.latest(state.id) == full.readings[2].sample)
        #expect(try again.store.text(for: Array("運転中".utf8).span) == running)
    }

    private func expected(sequence: UInt64, stored: Int, currentOnly: Int) -> Commit {
        var commit = Commit(sequence: sequence)
        commit.stored = stored
        commit.currentOnly = currentOnly
        return commit
    }

    @Test("drops exact repeats and replaces equal stamps, but keeps every movement")
    func repeats() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        let delta = try open.store.gauge("出荷", kind: .delta)
        let first = try open.store.commit(
            batch([reading(gauge, 1, 5), reading(gauge, 1, 5), reading(delta, 1, 5)])
        )
        #expect((first.stored, first.duplicates, first.replaced) == (2, 1, 0))
        let second = try open.store.commit(
            batch([reading(gauge, 1, 6), reading(gauge, 1, 6, .bad), reading(delta, 1, 5)])
        )
        #expect((second.stored, second.duplicates, second.replaced) == (3, 0, 2))
        let snapshot = open.store.snapshot()
        #expect(try snapshot.all(gauge.id) == [reading(gauge, 1, 6, .bad).sample])
        #expect(try snapshot.numbers(delta.id) == [5, 5])
    }

    @Test("of a current value shows as latest but is no history, and yields to a newer good sample")
    func currentOnly() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        func current(_ instant: Int64, _ value: Double) -> Reading {
            var reading = reading(gauge, instant, value, .stale)
            reading.currentOnly = true
            return reading
        }
        _ = try open.store.commit(batch([current(10, 1)]))
        #expect(open.store.snapshot().latest(gauge.id)?.value == .number(1))
        _ = try open.store.commit(batch([reading(gauge, 20, 2)]))
        _ = try open.store.commit(batch([current(15, 3)]))
        #expect(open.store.snapshot().latest(gauge.id)?.value == .number(2))
        _ = try open.store.commit(batch([current(30, 4)]))
        #expect(open.store.snapshot().latest(gauge.id)?.value == .number(4))
        #expect(try open.store.snapshot().numbers(gauge.id) == [2])
    }

    @Test("by arrival the last is current, by source the newest, repeated or not")
    func setBack() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        func commit(_ instant: Int64, _ source: TimeSource) throws -> Int64? {
            var reading = reading(gauge, instant, Double(instant))
            reading.timeSource = source
            _ = try open.store.commit(batch([reading]))
            return open.store.snapshot().latest(gauge.id)?.instant.milliseconds
        }
        #expect(try commit(10, .source) == 10)
        #expect(try commit(5, .source) == 10)
        #expect(try commit(4, .arrival) == 4)
        #expect(try commit(10, .source) == 10)
        #expect(try commit(4, .arrival) == 4)
        #expect(try commit(5, .source) == 5)
        #expect(try open.store.snapshot().numbers(gauge.id) == [4, 5, 10])
    }

    @Test("of nothing writes nothing")
    func empty() throws {
        let open = try reopen(Workplace())
        #expect(try open.store.commit(batch([])).sequence == 0)
        #expect(open.store.status.commits == 0)
    }

    @Test("that does not fit one record goes in pieces, and comes back whole")
    func pieces() throws {
        let place = Workplace()
        let open = try reopen(place)
        let gauge = try open.store.gauge("速い")
        let delta = try open.store.gauge("出荷", kind: .delta)
        var large = batch((0..<9000).map { reading(gauge, Int64($0), Double($0) / 8) })
        large.readings.append(reading(delta, 5, 1))
        large.movements = [Movement(mark: 7, instant: Instant(milliseconds: 5))]
        large.receipts = [Receipt(messageID: 1, hash: 2)]
        #expect(throws: StoreFailure.self) { try open.store.commit(large) }
        // 16 384 readings of 3 … 5 bytes fit a half of 512 KiB, not one of 8 KiB.
        let roomy = Workplace()
        var tuning = StoreTuning.tiny
        tuning.journalBytes = (64 << 10)...(64 << 10)
        let second = try reopen(roomy, tuning: tuning)
        let fast = try second.store.gauge("速い")
        let out = try second.store.gauge("出荷", kind: .delta)
        var wide = batch((0..<6000).map { reading(fast, Int64($0), Double($0) / 7) })
        wide.readings.append(reading(out, 5, 1))
        wide.movements = large.movements
        wide.receipts = large.receipts
        wide.deadLetters = []
        do { _ = try second.store.commit(wide) } catch { #expect("\(error)".contains("over the journal's")) }
        let divided = wide.pieces { $0 == out.id }
        // Behind the other readings: a mark says that all that came before it is kept.
        let counted = divided.firstIndex { !$0.movements.isEmpty }
        #expect(counted.map { divided[$0].movements } == wide.movements)
        #expect(counted.map { divided[$0].readings } == [reading(out, 5, 1)])
        #expect(counted.map { divided[($0 + 1)...].flatMap(\.readings) } == [])
        #expect(divided.last?.receipts == wide.receipts)
        #expect(divided.flatMap(\.readings).count == wide.readings.count)
    }

    @Test("shows to a live reader in the order of arrival, over a freeze, from a cursor")
    func live() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        var cursor = open.store.snapshot().cursor
        var seen: [Double] = []
        for round in 0..<50 {
            let start = round * 10
            _ = try open.store.commit(
                batch((start..<start + 10).map { reading(gauge, Int64(-$0), Double($0)) })
            )
            let snapshot = open.store.snapshot()
            while cursor < snapshot.cursor {
                let (rows, next) = snapshot.live(after: cursor, limit: 7)
                seen += rows.compactMap(\.1.value.number)
                cursor = next
            }
        }
        #expect(seen == (0..<500).map(Double.init))
        let (old, end) = open.store.snapshot().live(after: 0, limit: 1000)
        #expect(end == 500)
        #expect(old.last?.1.value == .number(499))
        #expect(open.store.snapshot().live(after: 99_999, limit: 10).cursor == 500)
    }

    @Test("after closing says so")
    func closed() throws {
        let open = try reopen(Workplace())
        let gauge = try open.store.gauge("温度")
        _ = try open.store.commit(batch([reading(gauge, 1, 1)]))
        let snapshot = open.store.snapshot()
        open.store.close()
        #expect(throws: StoreFailure.closed) { try open.store.commit(batch([reading(gauge, 2, 1)])) }
        #expect(try snapshot.numbers(gauge.id) == [1])
    }
}
