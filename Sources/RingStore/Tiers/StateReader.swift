internal import Codec
internal import Readings

/// Buckets of a series of states; see ``StateRow``.
struct StateReader: TierReader {
    private let widthMs: Int64
    private let range: Range<Int64>
    private var taken: [StateRow] = []
    private(set) var isAscending = true

    init(_ tier: Tier, countsFalls: Bool, in range: Range<Int64>, pages: Int) {
        widthMs = tier.widthMs
        self.range = range
    }

    var rows: [StateRow]? { taken }

    mutating func take(_ page: [UInt8], series: UInt32, with decoder: inout RollupDecoder) -> Bool {
        var starts: [Int64] = []
        var columns = [[Int64]](repeating: [], count: 6)
        do throws(ByteReader.Failure) {
            try decoder.open(page.span)
            guard let index = decoder.index(of: series) else { return true }
            try decoder.starts(at: index, from: page.span, into: &starts)
            for number in columns.indices {
                guard try decoder.integers(UInt8(number), at: index, from: page.span, into: &columns[number])
                else { return false }
            }
        } catch {
            return false
        }
        var spans: [StateRow.Span] = []
        for index in starts.indices {
            let start = Instant(milliseconds: starts[index]).floored(toMs: widthMs).milliseconds
            spans.append(
                StateRow.Span(
                    form: UInt8(truncatingIfNeeded: columns[4][index] & 3),
                    bits: UInt64(bitPattern: columns[5][index]),
                    samples: UInt64(bitPattern: columns[0][index]),
                    firstAt: start &+ columns[1][index],
                    lastAt: start &+ columns[2][index],
                    ms: columns[3][index]
                )
            )
            // Saturating: two stamps may be further apart than a number of 64 bits can tell.
            let isLast =
                index + 1 == starts.count
                || Instant(milliseconds: starts[index + 1]).msSince(Instant(milliseconds: start)) >= widthMs
            if isLast {
                take(StateRow(start: start, spans: spans))
                spans.removeAll(keepingCapacity: true)
            }
        }
        return true
    }

    private mutating func take(_ row: StateRow) {
        guard range.contains(row.start) else { return }
        if let last = taken.last, row.start <= last.start { isAscending = false }
        taken.append(row)
    }
}
