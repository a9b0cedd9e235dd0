import Codec
import Readings

@testable import RingStore

/// Holds the answers of a store against its model.
struct HistoryCheck {
    let store: RingStore
    let model: HistoryModel
    private let snapshot: Snapshot

    init(_ store: RingStore, _ model: HistoryModel) {
        (self.store, self.model) = (store, model)
        snapshot = store.snapshot()
    }

    /// One series while a seal may be under way: what its answer says is complete, is.
    func glance(at line: HistoryModel.Line) throws {
        try samples(of: line, from: .distantPast, to: .distantFuture)
    }

    /// Everything about every series. Nothing may be being sealed.
    func everything(_ random: inout SeededRandom) throws {
        let names = snapshot.series.map(\.key)
        try hold(names == model.lines.map(\.series.key), "series \(names)")
        let live = try liveRows(&random)
        for line in model.lines {
            let name = line.series.key.metric
            let found = try samples(of: line, from: .distantPast, to: .distantFuture)
            let there = Set(found)
            for row in live where row.line == Int(line.series.id.index) {
                let isStanding = line.samples.contains(row.sample)
                try hold(!isStanding || there.contains(row.sample), "\(name) lacks a late arrival \(row)")
            }
            let (from, to) = range(in: line, &random)
            try samples(of: line, from: from, to: to)
            try limited(line, from: max(from, snapshot.rawFrom ?? from), &random)
            let latest = snapshot.latest(line.series.id).map { PackedSample($0) }
            try hold(
                latest == line.latest,
                "\(name): latest \(String(describing: latest)), not \(String(describing: line.latest))"
            )
            let tier = Tier.allCases.randomElement(using: &random) ?? .minute
            try buckets(of: line, tier, from: from, to: to, &random)
            try buckets(of: line, tier, from: .distantPast, to: .distantFuture, &random)
            try states(of: line, tier, &random)
        }
        let status = store.status
        try hold(status.damaged == 0, "\(status.damaged) damaged")
        try hold(status.fault == nil, "fault: \(status.fault ?? "")")
    }

    // MARK: Samples

    /// A range that begins and ends about the samples of a series.
    private func range(in line: HistoryModel.Line, _ random: inout SeededRandom) -> (Instant, Instant) {
        func end() -> Instant {
            let sample = line.samples.randomElement(using: &random)
            let step = Int64.random(in: -1...1, using: &random)
            return Instant(milliseconds: sample?.instant ?? 0).advanced(byMs: step)
        }
        let (one, other) = (end(), end())
        return (min(one, other), max(one, other))
    }

    @discardableResult
    private func samples(of line: HistoryModel.Line, from: Instant, to: Instant) throws -> [PackedSample] {
        let name = line.series.key.metric
        let run = try snapshot.samples(line.series.id, from: from, to: to, limit: .max)
        let found = run.samples.map { PackedSample($0) }
        let complete = run.expiredBefore ?? from
        let due = line.samples(from: max(from, complete), to: to)
        let whole = found.filter { $0.instant >= complete.milliseconds }
        try hold(whole == due, "\(name): \(difference(whole, due))")
        for index in found.indices {
            try hold(line.sent[found[index]] != nil, "\(name): \(found[index]) was never sent")
            guard index > 0 else { continue }
            let isAfter =
                found[index - 1].instant < found[index].instant
                || (line.keepsEqualStamps && found[index - 1].instant == found[index].instant)
            try hold(isAfter, "\(name): \(found[index]) is out of order")
        }
        return found
    }

    private func limited(_ line: HistoryModel.Line, from: Instant, _ random: inout SeededRandom) throws {
        let limit = Int.random(in: 0...12, using: &random)
        let due = line.samples(from: from, to: .distantFuture)
        let run = try snapshot.samples(line.series.id, from: from, to: .distantFuture, limit: limit)
        let found = run.samples.map { PackedSample($0) }
        try hold(found == Array(due.prefix(limit)), "\(line.series.key.metric): the first \(limit)")
        try hold(run.truncated == (due.count > limit), "\(line.series.key.metric): truncated at \(limit)")
    }

    // MARK: Buckets

    private func buckets(
        of line: HistoryModel.Line,
        _ tier: Tier,
        from: Instant,
        to: Instant,
        _ random: inout SeededRandom
    ) throws {
        let name = "\(line.series.key.metric) \(tier)"
        let ends = Bool.random(using: &random)
        let first = from.floored(toMs: tier.widthMs)
        let rawFrom = snapshot.rawFrom?.ceiled(toMs: tier.widthMs)
        let exact = rawFrom.map { max(first, $0) } ?? first
        let found = try snapshot.buckets(line.series.id, tier, from: from, to: to, ends: ends)
        let whole = found.filter { $0.start >= exact }
        let due = line.buckets(tier, from: exact, to: to)
        try hold(whole.count == due.count, "\(name): \(whole.count) buckets, not \(due.count)")
        for (bucket, expected) in zip(whole, due) {
            try hold(bucket.isSame(as: expected, ends: ends), "\(name): \(bucket), not \(expected)")
        }
        // Before that a sample that was sent again may count again.
        if whole.count == found.count { return }
        var sent: [Instant: UInt64] = [:]
        for (sample, count) in line.sent where sample.isQuantity {
            sent[sample.sample.instant.floored(toMs: tier.widthMs), default: 0] += UInt64(count)
        }
        for bucket in found where bucket.start < exact {
            let most = sent[bucket.start] ?? 0
            try hold(bucket.count > 0 && bucket.count <= most, "\(name): \(bucket) of \(most) sent")
        }
    }

    /// Time per state in some buckets about a sample.
    private func states(of line: HistoryModel.Line, _ tier: Tier, _ random: inout SeededRandom) throws {
        guard line.isState, let about = line.samples.randomElement(using: &random) else { return }
        // The ends of time have no room for more buckets.
        guard abs(about.sample.instant.milliseconds) < 1 << 50 else { return }
        let from = about.sample.instant.advanced(
            byMs: Int64.random(in: -3...3, using: &random) * tier.widthMs
        )
        .floored(toMs: tier.widthMs)
        let to = from.advanced(byMs: Int64.random(in: 1...40, using: &random) * tier.widthMs)
        if let rawFrom = snapshot.rawFrom {
            // What stood before may be forgotten.
            let standing = line.samples.last { $0.instant < from.milliseconds }
            guard from >= rawFrom, let standing, standing.instant >= rawFrom.milliseconds else { return }
        }
        let name = "\(line.series.key.metric) \(tier) \(from.milliseconds)"
        let due = line.states(tier, from: from, to: to)
        let found = try snapshot.states(line.series.id, tier, from: from, to: to, limit: .max)
        try hold(found.map(\.start) == due.map(\.start), "\(name): \(found.count) buckets, not \(due.count)")
        for (bucket, expected) in zip(found, due) {
            try hold(
                StateShares(bucket) == expected.shares,
                "\(name): \(bucket.shares), not \(expected.shares)"
            )
        }
    }

    // MARK: Live rows

    /// Rows of the history by arrival: the last ones that were sent, but for those that were sent twice.
    private func liveRows(_ random: inout SeededRandom) throws -> [(line: Int, sample: PackedSample)] {
        let (all, end) = snapshot.live(after: 0, limit: .max)
        try hold(end == snapshot.cursor, "live rows end at \(end), not \(snapshot.cursor)")
        let rows = all.map { (line: Int($0.0.index), sample: PackedSample($0.1)) }
        var next = model.arrivals.count - 1
        for row in rows.reversed() {
            while next >= 0, model.arrivals[next] != row {
                let (line, sample) = model.arrivals[next]
                let isTwin = model.lines[line].sent[sample] ?? 0 > 1 && !model.lines[line].keepsEqualStamps
                try hold(isTwin, "live rows lack \(sample) of \(line)")
                next -= 1
            }
            try hold(next >= 0, "a live row was never sent: \(row)")
            next -= 1
        }
        let first = end - UInt64(all.count)
        let from = UInt64.random(in: first...end, using: &random)
        let limit = Int.random(in: 0...40, using: &random)
        let (some, after) = snapshot.live(after: from, limit: limit)
        let due = rows.dropFirst(Int(from - first)).prefix(limit)
        let isSame = zip(some, due).allSatisfy {
            $0.0.0.index == UInt32($0.1.line) && PackedSample($0.0.1) == $0.1.sample
        }
        try hold(some.count == due.count && isSame, "\(limit) live rows after \(from)")
        try hold(after == from + UInt64(due.count), "the cursor after \(limit) live rows")
        return rows
    }

    // MARK: Words

    private func hold(_ isSo: Bool, _ words: @autoclosure () -> String) throws {
        if !isSo { throw Disagreement(words()) }
    }

    private func difference(_ found: [PackedSample], _ due: [PackedSample]) -> String {
        let missing = Set(due).subtracting(found).min { $0.instant < $1.instant }
        let more = Set(found).subtracting(due).min { $0.instant < $1.instant }
        return "\(found.count) samples, not \(due.count); the first missing \(String(describing: missing)), "
            + "the first too many \(String(describing: more))"
    }
}
