import Readings

/// Counts dead letters, and says which of them to write: the first of each rule, reason and topic at once,
/// then at most one a minute with the running count.
///
/// Holds at most ``entriesMax`` kinds; what comes beyond that is told apart by its reason alone.
struct DeadLetterBook: Sendable {
    static let entriesMax = 10_000
    static let pauseMs: Int64 = 60_000

    struct Entry: Hashable, Sendable {
        var count: UInt64 = 0
        /// When one was last written.
        var written = Instant.distantPast
    }

    private(set) var entries: [UInt64: Entry] = [:]
    private(set) var totals = [UInt64](repeating: 0, count: DeadReason.allCases.count)
    /// What entries and totals were before the batch that is not settled yet.
    private var before: [(key: UInt64, entry: Entry?)] = []
    private var totalsBefore: [UInt64]?

    /// All that were counted.
    var total: UInt64 { totals.reduce(0, +) }

    /// The key of a kind. A topic is told apart by its hash alone: a collision costs one letter, not one
    /// reading.
    static func key(rule: String, _ reason: DeadReason, topic: Span<UInt8>) -> UInt64 {
        let name = Array(rule.utf8)
        return ByteHash.hash(topic, seed: ByteHash.hash(name.span, seed: UInt64(place(reason)) + 1))
    }

    private static func key(_ reason: DeadReason) -> UInt64 {
        UInt64(place(reason)) + 1
    }

    static func place(_ reason: DeadReason) -> Int {
        DeadReason.allCases.firstIndex(of: reason) ?? 0
    }

    /// Counts one.
    ///
    /// - Returns: how many of its kind there have been, when a letter is to be written; else nil.
    mutating func count(_ wanted: UInt64, _ reason: DeadReason, at now: Instant) -> UInt64? {
        if totalsBefore == nil { totalsBefore = totals }
        totals[Self.place(reason)] += 1
        let key = entries.count < Self.entriesMax || entries[wanted] != nil ? wanted : Self.key(reason)
        var entry = entries[key] ?? Entry()
        before.append((key, entries[key]))
        entry.count += 1
        let isDue = entry.count == 1 || now.msSince(entry.written) >= Self.pauseMs
        if isDue { entry.written = now }
        entries[key] = entry
        return isDue ? entry.count : nil
    }

    /// The last batch is durable.
    mutating func settle() {
        before.removeAll(keepingCapacity: true)
        totalsBefore = nil
    }

    /// Undoes what was counted since the last ``settle()``.
    mutating func takeBack() {
        for (key, entry) in before.reversed() { entries[key] = entry }
        if let totalsBefore { totals = totalsBefore }
        settle()
    }

    /// Takes over a letter from before a restart.
    mutating func restore(_ letter: DeadLetter) {
        let topic = Array(letter.topic.utf8)
        let key = Self.key(rule: letter.rule, letter.reason, topic: topic.span)
        let known = entries[key]?.count ?? 0
        totals[Self.place(letter.reason)] += letter.count > known ? letter.count - known : 1
        guard known > 0 || entries.count < Self.entriesMax else { return }
        entries[key] = Entry(count: max(letter.count, known), written: letter.time)
    }

    /// Takes over what a keepsake held.
    mutating func restore(_ key: UInt64, _ entry: Entry) {
        if entries.count < Self.entriesMax { entries[key] = entry }
    }

    /// Takes over a total.
    mutating func restore(_ reason: DeadReason, total: UInt64) {
        totals[Self.place(reason)] = total
    }
}
