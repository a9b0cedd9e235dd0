internal import Codec
internal import Readings

/// What one merge, or the head, knows of one bucket of a series of states: how long each one held, between the
/// first and the last sample.
///
/// A bad or absent value is a state of its own: unknown.
///
/// In a rollup page each state of a bucket has a line of its own, at the bucket's start + 0, 1, 2 … ms, by its first
/// stamp. Columns, all whole numbers: 0 samples, 1 first stamp − bucket's start, 2 last stamp − bucket's start,
/// 3 milliseconds that it held, 4 form (as in ``PackedSample``), 5 bits.
struct StateRow: TierRow {
    typealias Reader = StateReader

    /// One state and its time.
    struct Span {
        /// Of ``PackedSample/mark``: number, flag, text or absent.
        var form: UInt8
        var bits: UInt64
        var samples: UInt64 = 0
        var firstAt: Int64
        var lastAt: Int64
        /// How long it held.
        var ms: Int64 = 0
    }

    /// More states than this in one bucket are told apart no longer: the others count as unknown.
    static let spansMax = 64

    let start: Int64
    /// By first stamp; empty before the first sample.
    private(set) var spans: [Span] = []
    /// The one of the latest stamp.
    private var last = 0

    init(start: Instant, widthMs: Int64, countsFalls: Bool, stamp: Int64) {
        self.start = start.milliseconds
    }

    /// - Parameter spans: by first stamp, not empty.
    init(start: Int64, spans: [Span]) {
        self.start = start
        self.spans = spans
        for index in spans.indices where spans[index].lastAt > spans[last].lastAt { last = index }
    }

    /// The first and the last stamp.
    var lowest: Int64 { spans[0].firstAt }
    var highest: Int64 { spans[last].lastAt }

    /// What holds at the end.
    var standing: Scalar { spans[last].value }

    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8) {
        let isKnown = mark >> 2 & 3 != Quality.bad.rawValue
        let form = isKnown ? mark & 3 : PackedSample.absent
        follow(at: instant)
        last = place(form, isKnown ? bits : 0, at: instant)
        spans[last].samples += 1
        spans[last].lastAt = instant
    }

    @discardableResult
    mutating func merge(_ other: StateRow) -> Bool {
        if other.highest < lowest {
            var earlier = other
            earlier.merge(self)
            spans = earlier.spans
            last = earlier.last
            return true
        }
        let isApart = other.lowest > highest
        if isApart { follow(at: other.lowest) }
        let end = other.spans[other.last]
        for span in other.spans {
            let place = place(span.form, span.bits, at: span.firstAt)
            spans[place].samples += span.samples
            spans[place].ms += span.ms
            spans[place].lastAt = max(spans[place].lastAt, span.lastAt)
        }
        if end.lastAt >= highest { last = place(end.form, end.bits, at: end.firstAt) }
        return isApart
    }

    /// What holds so far held until `instant`.
    private mutating func follow(at instant: Int64) {
        if !spans.isEmpty { spans[last].ms += instant &- highest }
    }

    /// The span of a state, made if there is none yet.
    private mutating func place(_ form: UInt8, _ bits: UInt64, at instant: Int64) -> Int {
        if let place = spans.firstIndex(where: { $0.form == form && $0.bits == bits }) { return place }
        if spans.count >= StateRow.spansMax - 1, form != PackedSample.absent {
            return place(PackedSample.absent, 0, at: instant)
        }
        spans.append(Span(form: form, bits: bits, firstAt: instant, lastAt: instant))
        return spans.count - 1
    }

    func widened(start: Int64, widthMs: Int64) -> StateRow { StateRow(start: start, spans: spans) }

    // MARK: Pages

    var lines: Int { spans.count }
    var stamps: (first: Int64, last: Int64) { (start, start &+ Int64(spans.count - 1)) }

    static func putStarts(_ rows: Swift.Span<StateRow>, into starts: inout [Int64]) {
        for index in rows.indices {
            for rank in rows[index].spans.indices { starts.append(rows[index].start &+ Int64(rank)) }
        }
    }

    static func put<Writer: RollupWriter & ~Copyable>(
        _ rows: Swift.Span<StateRow>,
        with cells: inout TierCells,
        into page: inout Writer
    ) {
        cells.collect(rows) { (_, span) in Int64(bitPattern: span.samples) }
        page.put(column: 0, integers: cells.integers.span)
        cells.collect(rows) { (start, span) in span.firstAt &- start }
        page.put(column: 1, integers: cells.integers.span)
        cells.collect(rows) { (start, span) in span.lastAt &- start }
        page.put(column: 2, integers: cells.integers.span)
        cells.collect(rows) { (_, span) in span.ms }
        page.put(column: 3, integers: cells.integers.span)
        cells.collect(rows) { (_, span) in Int64(span.form) }
        page.put(column: 4, integers: cells.integers.span)
        cells.collect(rows) { (_, span) in Int64(bitPattern: span.bits) }
        page.put(column: 5, integers: cells.integers.span)
    }
}

extension TierCells {
    fileprivate mutating func collect(
        _ rows: Swift.Span<StateRow>,
        _ cell: (_ start: Int64, _ span: StateRow.Span) -> Int64
    ) {
        integers.removeAll(keepingCapacity: true)
        for index in rows.indices {
            let start = rows[index].start
            for span in rows[index].spans { integers.append(cell(start, span)) }
        }
    }
}
