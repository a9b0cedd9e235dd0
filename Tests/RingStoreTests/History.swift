import Codec
import Readings
import Testing

@testable import RingStore

/// One random history of a store: everything about it follows from its seed, but for how far a seal has come when a
/// glance is taken.
final class History {
    /// What came about, so that a test can tell whether it proved anything.
    struct Tally {
        var readings = 0
        var late = 0
        var replaced = 0
        var seals = 0
        var turns = 0
        var kills = 0
        var closes = 0
        var jumps = 0

        mutating func add(_ other: Tally) {
            readings += other.readings
            late += other.late
            replaced += other.replaced
            seals += other.seals
            turns += other.turns
            kills += other.kills
            closes += other.closes
            jumps += other.jumps
        }
    }

    private static let budget = 160 << 10
    private static let start: Int64 = 1_700_000_000_000
    private static let hourMs: Int64 = 3_600_000
    private static let seriesMax = 6

    private(set) var tally = Tally()
    private let seed: UInt64
    private let tells: Bool
    private let tuning: StoreTuning
    private let steps: Int
    private let batchMax: Int
    private let place = Workplace(inMemory: true)
    private var random: SeededRandom
    private var open: Reopened
    private var model = HistoryModel()
    private var texts: [TextID] = []
    private var kept = CountKept(0)
    private var clock = History.start
    private var step = 0

    /// - Parameter tells: whether every step is printed.
    init(seed: UInt64, tells: Bool) throws {
        (self.seed, self.tells) = (seed, tells)
        var random = SeededRandom(seed: seed)
        var tuning = StoreTuning.tiny
        tuning.youngBytes = 8192...8192
        tuning.headRows = [16, 60, 200].randomElement(using: &random) ?? 60
        tuning.pageSamples = Int.random(in: 2...24, using: &random)
        // One in thirty-two is long enough for the ring to turn.
        let isLong = Int.random(in: 0..<32, using: &random) == 0
        steps = isLong ? Int.random(in: 80...160, using: &random) : Int.random(in: 3...24, using: &random)
        batchMax = isLong ? 80 : 24
        self.tuning = tuning
        self.random = random
        open = try reopen(place, budget: History.budget, tuning: tuning)
        keep()
    }

    func run() throws {
        do {
            while step < steps {
                try takeStep()
                step += 1
            }
            try look()
            try restart(kills: Bool.random(using: &random))
            try look()
            tally.turns += open.store.snapshot().rawFrom == nil ? 0 : 1
            let used = place.diskBytes
            if used > History.budget { throw Disagreement("\(used) bytes on the disk, over the budget") }
            open.store.abandon()
        } catch {
            open.store.abandon()
            throw Disagreement("seed \(seed) step \(step): \(error)")
        }
    }

    // MARK: Steps

    private func takeStep() throws {
        switch Int.random(in: 0..<32, using: &random) {
        case 0: try restart(kills: true)
        case 1: try restart(kills: false)
        case 2:
            tell("compact")
            try open.store.compact()
        case 3: try look()
        case 4:
            guard let line = model.lines.randomElement(using: &random) else { return }
            tell("glance at \(line.series.key.metric)")
            try HistoryCheck(open.store, model).glance(at: line)
        case 5...7: jump()
        default: try commit(batch())
        }
    }

    private func jump() {
        tally.jumps += 1
        switch Int.random(in: 0..<4, using: &random) {
        // A clock without a battery.
        case 0: clock = Int64.random(in: 0...100_000, using: &random)
        case 1: clock -= 12 * History.hourMs
        case 2: clock += 365 * 24 * History.hourMs
        default: clock = History.start + Int64(step) * 60_000
        }
        tell("the clock jumps to \(clock)")
    }

    private func restart(kills: Bool) throws {
        tell(kills ? "kill" : "close")
        if kills { open.store.abandon() } else { open.store.close() }
        tally.kills += kills ? 1 : 0
        tally.closes += kills ? 0 : 1
        open = try reopen(place, budget: History.budget, tuning: tuning)
        let known = CountKept.read(open.keepsake)
        let due = model.batches.dropFirst(known)
        let isSame =
            known <= model.batches.count && open.batches.count == due.count
            && zip(open.batches, due).allSatisfy { History.isSame($0.readings, $1) }
        guard isSame else {
            throw Disagreement(
                "\(known) batches kept and \(open.batches.count) replayed of \(model.batches.count)"
            )
        }
        if !kills && !open.batches.isEmpty {
            throw Disagreement("a closed store replays \(open.batches.count)")
        }
        keep()
        // What no commit named yet is not durable; registered in the same order it gets the same ids.
        for line in model.lines { _ = try register(like: line.series) }
        for (number, text) in texts.enumerated() where try self.text(number) != text {
            throw Disagreement("text \(number) has another id")
        }
    }

    private func look() throws {
        tell("look")
        try open.store.waitUntilSealed()
        try HistoryCheck(open.store, model).everything(&random)
    }

    private func keep() {
        kept = CountKept(model.batches.count)
        open.store.setKeepsake { [kept] _ in kept.bytes }
    }

    private func tell(_ words: @autoclosure () -> String) {
        if tells { print("step \(step): \(words())") }
    }

    // MARK: Commits

    private func commit(_ readings: [Reading]) throws {
        tell("commit \(readings.count) readings")
        let before = open.store.snapshot()
        let commit = try open.store.commit(RingStoreTests.batch(readings))
        let after = open.store.snapshot()
        model.take(readings)
        kept.set(model.batches.count)
        tally.readings += readings.count
        tally.replaced += commit.replaced
        if after.view.active !== before.view.active { tally.seals += 1 }
        guard commit.sequence == UInt64(model.batches.count),
            after.cursor == before.cursor + UInt64(commit.stored),
            commit.stored + commit.duplicates + commit.currentOnly == readings.count
        else { throw Disagreement("\(commit) of \(readings.count) readings") }
    }

    private func batch() throws -> [Reading] {
        if model.lines.isEmpty || Int.random(in: 0..<6, using: &random) == 0 { try addLine() }
        var readings: [Reading] = []
        if Int.random(in: 0..<10, using: &random) == 0, let current = try current() {
            readings.append(current)
        }
        for _ in 0..<Int.random(in: 1...batchMax, using: &random) {
            clock += [0, 1, 1000, 1000, 20_000, 61_000].randomElement(using: &random) ?? 0
            guard let line = model.lines.randomElement(using: &random) else { break }
            readings.append(try reading(of: line))
            // What is sent twice.
            if Int.random(in: 0..<16, using: &random) == 0 { readings.append(readings[readings.count - 1]) }
        }
        return readings
    }

    private func reading(of line: HistoryModel.Line) throws -> Reading {
        let known = line.samples.isEmpty ? nil : line.samples.randomElement(using: &random)?.sample
        var instant = Instant(milliseconds: clock)
        switch Int.random(in: 0..<400, using: &random) {
        // As far out as whole minutes go.
        case 0: instant = Instant(milliseconds: .min + 600_000)
        case 1: instant = Instant(milliseconds: .max - 600_000)
        case 2..<40:
            instant = instant.advanced(byMs: -Int64.random(in: 1...History.hourMs, using: &random))
            tally.late += 1
        case 40..<80: instant = known?.instant ?? instant
        case 80..<100:
            // A repeat of what may be sealed long since.
            if let known {
                return reading(line, known.instant, known.value, known.quality)
            }
        default: break
        }
        let value = try scalar(for: line.series.type)
        let quality =
            Int.random(in: 0..<5, using: &random) == 0 ? Quality.allCases.randomElement(using: &random) : nil
        return reading(line, instant, value, quality ?? .good)
    }

    /// Who stamped it follows from the stamp, so that a repeat is the same to the bit.
    private func reading(
        _ line: HistoryModel.Line,
        _ instant: Instant,
        _ value: Scalar,
        _ quality: Quality
    ) -> Reading {
        Reading(
            series: line.series.id,
            instant: instant,
            value: value,
            quality: quality,
            timeSource: instant.milliseconds % 2 == 0 ? .source : .arrival
        )
    }

    /// The current value of a series, which is no history.
    private func current() throws -> Reading? {
        guard let line = model.lines.randomElement(using: &random) else { return nil }
        let instant = clock + Int64.random(in: -5000...5000, using: &random)
        guard line.isPlain(current: instant) else { return nil }
        var found = reading(line, Instant(milliseconds: instant), try scalar(for: line.series.type), .good)
        found.currentOnly = true
        return found
    }

    // MARK: Values

    private func scalar(for type: ValueType) throws -> Scalar {
        switch Int.random(in: 0..<40, using: &random) {
        case 0, 1: return .absent
        // A source that says what its series is not.
        case 2: return .flag(Bool.random(using: &random))
        case 3: return .number(number())
        default: break
        }
        switch type {
        case .number: return .number(number())
        case .flag: return .flag(Bool.random(using: &random))
        case .text: return .text(try text(Int.random(in: 0...min(11, texts.count), using: &random)))
        }
    }

    private func number() -> Double {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return -0.0
        case 1: return 0
        case 2: return Double(bitPattern: random.next())
        case 3: return Bool.random(using: &random) ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
        case 4 where Bool.random(using: &random): return notFinite()
        case 4: return Double(Int64.random(in: .min ... .max, using: &random))
        case 5...7: return Double(Int.random(in: 0...300, using: &random))
        default: return Double(Int.random(in: -5000...5000, using: &random)) / 10
        }
    }

    private func notFinite() -> Double {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .infinity
        case 1: -.infinity
        case 2: Double(nan: random.next() & 0x3FFF_FFFF_FFFF, signaling: Bool.random(using: &random))
        default: -Double(nan: 0, signaling: false)
        }
    }

    // MARK: Names

    private func addLine() throws {
        let number = model.lines.count
        guard number < History.seriesMax else { return }
        let (kind, type): (Kind, ValueType) = [
            (.gauge, .number), (.delta, .number), (.state, .text), (.counter, .number), (.state, .flag),
        ][number % 5]
        let series = Series(
            id: SeriesID(index: UInt32(number)),
            key: SeriesKey(site: "名古屋", asset: "旋盤/\(number / 3)号機", metric: "m\(number)"),
            kind: kind,
            type: type,
            unit: "Cel"
        )
        guard try register(like: series) == series else {
            throw Disagreement("series \(number) has another id")
        }
        model.add(series)
    }

    private func register(like series: Series) throws -> Series {
        try open.store.series(for: series.key, kind: series.kind, type: series.type, unit: series.unit)
    }

    /// Text of that number, registered if there is none yet.
    private func text(_ number: Int) throws -> TextID {
        let id = try open.store.text(for: Array("状態 \(number)".utf8).span)
        if number == texts.count { texts.append(id) }
        return id
    }

    private static func isSame(_ found: [Reading], _ due: [Reading]) -> Bool {
        found.count == due.count
            && zip(found, due).allSatisfy {
                $0.series == $1.series && $0.currentOnly == $1.currentOnly
                    && PackedSample($0.sample) == PackedSample($1.sample)
            }
    }
}
