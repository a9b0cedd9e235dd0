internal import Codec
internal import Readings

/// Buckets of a series of states, column by column: how they are folded, written and read.
///
/// In a rollup page each state of a bucket has a row of its own, at the bucket's start + 0, 1, 2 … ms, by its first
/// stamp. Columns, all whole numbers: 0 samples, 1 first stamp − bucket's start, 2 last stamp − bucket's start,
/// 3 milliseconds that it held, 4 form (as in ``PackedSample``), 5 bits.
struct StateColumns: TierColumns {
    private var rows: [StateRow] = []

    var count: Int { rows.count }

    subscript(_ row: Int) -> StateRow { rows[row] }

    mutating func fold(_ samples: borrowing SampleColumns, widthMs: Int64, countsFalls: Bool) {
        rows.removeAll(keepingCapacity: true)
        for index in 0..<samples.count {
            rows.fold(
                samples.instants[index],
                samples.bits[index],
                samples.marks[index],
                widthMs: widthMs,
                countsFalls: false
            )
        }
    }

    mutating func fold(_ finer: borrowing StateColumns, widthMs: Int64) {
        rows.removeAll(keepingCapacity: true)
        for index in 0..<finer.count {
            let row = finer[index]
            let start = Instant(milliseconds: row.start).floored(toMs: widthMs).milliseconds
            if rows.last?.start == start {
                rows[rows.count - 1].merge(row)
            } else {
                rows.append(StateRow(start: start, spans: row.spans))
            }
        }
    }

    // MARK: Pages

    func end(from start: Int, most: Int) -> Int {
        var end = start
        var lines = 0
        repeat {
            lines += rows[end].spans.count
            end += 1
        } while end < rows.count && lines + rows[end].spans.count <= most
        return end
    }

    func stamps(of row: Int) -> (first: Int64, last: Int64) {
        (rows[row].start, rows[row].start &+ Int64(rows[row].spans.count - 1))
    }

    func put(_ part: Range<Int>, series: UInt32, into encoder: inout RollupEncoder) -> Int {
        var starts: [Int64] = []
        var columns = [[Int64]](repeating: [], count: 6)
        for row in rows[part] {
            for (rank, span) in row.spans.enumerated() {
                starts.append(row.start &+ Int64(rank))
                columns[0].append(Int64(bitPattern: span.samples))
                columns[1].append(span.firstAt &- row.start)
                columns[2].append(span.lastAt &- row.start)
                columns[3].append(span.ms)
                columns[4].append(Int64(span.form))
                columns[5].append(Int64(bitPattern: span.bits))
            }
        }
        encoder.add(series: series, starts: starts.span)
        for index in columns.indices {
            let column = columns[index]
            encoder.put(column: UInt8(index), integers: column.span)
        }
        return starts.count
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
