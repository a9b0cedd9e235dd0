internal import Codec
internal import Readings

/// Buckets of a series of states as they are read from pages; see ``StateRow``.
struct StateColumns: TierColumns {
    private var rows: [StateRow] = []

    var count: Int { rows.count }

    subscript(_ row: Int) -> StateRow { rows[row] }

    func stamps(of row: Int) -> (first: Int64, last: Int64) {
        rows[row].stamps
    }

    func ascend(_ rows: Range<Int>, after last: Int64) -> Bool {
        var last = last
        for row in rows {
            let start = stamps(of: row).first
            guard start > last else { return false }
            last = start
        }
        return true
    }

    mutating func read(
        _ page: [UInt8],
        series: UInt32,
        of tier: Tier,
        countsFalls: Bool,
        with decoder: inout RollupDecoder,
        ends: Bool
    ) -> Bool {
        rows.removeAll(keepingCapacity: true)
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
            let start = Instant(milliseconds: starts[index]).floored(toMs: tier.widthMs).milliseconds
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
                || Instant(milliseconds: starts[index + 1]).msSince(Instant(milliseconds: start))
                    >= tier.widthMs
            if isLast {
                rows.append(StateRow(start: start, spans: spans))
                spans.removeAll(keepingCapacity: true)
            }
        }
        return true
    }
}
