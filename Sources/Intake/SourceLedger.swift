public import Readings

/// Whoever publishes under a topic, as far as a rule can tell: an asset, or a topic where the asset is not
/// known from it.
public struct SourceStatus: Hashable, Sendable {
    /// The rule's name.
    public var rule: String
    /// The asset, or the topic.
    public var name: String
    /// Arrival of its last message that made a reading, by the gateway's clock.
    public var lastSeen: Instant
    /// Since the start.
    public var messages: UInt64
    /// Since the start.
    public var readings: UInt64
    /// Median of arrival − stamp over its last messages with stamps of their own, in milliseconds; nil
    /// without any. Above 60 000 its clock is slow, below −60 000 fast, or it sends late.
    public var skewMs: Int64?
    /// The longest pause that it has made lately, in milliseconds; see ``Rhythm``. Nil while that is not known.
    public var rhythmMs: Int64?
    /// It has been silent for three times ``rhythmMs``, with the link standing all the while.
    public var isStale = false

    /// So long a silence, in milliseconds, is more than its rhythm lets expect; nil while that is not known.
    public var patienceMs: Int64? { rhythmMs.map { $0 * Rhythm.patience } }

    /// Whether the clock's distance is worth telling.
    public var isSkewed: Bool { (skewMs?.magnitude ?? 0) > 60_000 }
}

/// What a source's messages of one batch come to.
struct SourceTouch: Sendable {
    let source: Int
    /// Nil while it was the broker that spoke, from its store of retained messages.
    var lastSeen: Instant?
    var messages: UInt64
    var readings: UInt64
    /// Arrival − stamp of the last message that had one.
    var skewMs: Int64?

    /// One more message.
    mutating func add(at now: Instant?, readings count: Int, skewMs: Int64?) {
        if let now { lastSeen = now }
        messages += 1
        readings += UInt64(count)
        if let skewMs { self.skewMs = skewMs }
    }
}

/// Gives numbers to sources and gathers what a batch says about each. At most ``sourcesMax`` are told apart.
struct SourceLedger: Sendable {
    static let sourcesMax = 10_000
    /// A longer name is no asset's, and its source is not told apart.
    static let nameBytesMax = SeriesKey.partBytesMax

    private var numbers: [String: Int32] = [:]
    private(set) var names: [(rule: String, name: String)] = []
    private(set) var touches: [SourceTouch] = []
    /// Index + 1 into `touches`, by source.
    private var touched: [Int32] = []

    /// The number of a source, or −1 when there are too many or its name is too long.
    mutating func number(rule: String, name: String) -> Int32 {
        guard name.utf8.count <= Self.nameBytesMax else { return -1 }
        let key = rule + "\u{0}" + name
        if let known = numbers[key] { return known }
        guard names.count < Self.sourcesMax else { return -1 }
        names.append((rule, name))
        touched.append(0)
        let number = Int32(names.count - 1)
        numbers[key] = number
        return number
    }

    /// Notes a message.
    ///
    /// - Parameters:
    ///   - now: its arrival; nil for one from the broker's store, which says nothing of when the source spoke.
    ///   - skewMs: likewise.
    mutating func touch(_ source: Int32, at now: Instant?, readings: Int, skewMs: Int64?) {
        guard source >= 0 else { return }
        if touched[Int(source)] == 0 {
            touches.append(SourceTouch(source: Int(source), lastSeen: nil, messages: 0, readings: 0))
            touched[Int(source)] = Int32(touches.count)
        }
        touches[Int(touched[Int(source)]) - 1].add(at: now, readings: readings, skewMs: skewMs)
    }

    /// Begins the next batch.
    mutating func clearTouches() {
        for touch in touches { touched[touch.source] = 0 }
        touches.removeAll(keepingCapacity: true)
    }
}

/// The last stamps' distances of one source, for their median: 136 bytes, whatever comes.
struct SkewWindow: Sendable {
    static let length = 15
    private var recent = InlineArray<15, Int64>(repeating: 0)
    /// How many were ever added, and where the next one goes.
    private var added = 0

    mutating func add(_ skewMs: Int64) {
        recent[added % Self.length] = skewMs
        added += 1
    }

    var median: Int64? {
        let count = min(added, Self.length)
        guard count > 0 else { return nil }
        return (0..<count).map { recent[$0] }.sorted()[count / 2]
    }
}
