internal import Codec
internal import Readings

/// The rows of several series of one device in one tier: series after series, in flat memory.
struct TierTable<Row: TierRow> {
    /// A series and where its rows are.
    struct Member {
        let series: UInt32
        /// Where its rows end; they begin where those of the series before end.
        let end: Int
        /// The first of its rows that is in no page yet, and the end of those for the page at hand.
        var place: Int
        var cut: Int
    }

    private(set) var rows: [Row] = []
    private(set) var members: [Member] = []

    mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
    }

    /// Folds the samples of one series more, settled, at least one.
    mutating func fold(_ runs: borrowing DeviceRuns, _ run: DeviceRuns.Run, widthMs: Int64, countsFalls: Bool)
    {
        let start = rows.count
        let instants = runs.instants.span.extracting(run.range)
        let bits = runs.bits.span.extracting(run.range)
        let marks = runs.marks.span.extracting(run.range)
        var end = Int64.min
        var row: Row?
        for index in instants.indices {
            let instant = instants[index]
            if instant >= end || row == nil {
                if let row { rows.append(row) }
                let start = Instant(milliseconds: instant).floored(toMs: widthMs)
                row = Row(start: start, widthMs: widthMs, countsFalls: countsFalls, stamp: instant)
                end = start.advanced(byMs: widthMs).milliseconds
            }
            row?.fold(instant, bits[index], marks[index])
        }
        if let row { rows.append(row) }
        members.append(Member(series: run.series, end: rows.count, place: start, cut: start))
    }

    /// Folds all rows of a finer tier, of a width that divides this one; what was in the table goes.
    mutating func fold(_ finer: borrowing TierTable, widthMs: Int64) {
        removeAll()
        var index = 0
        for member in finer.members {
            let first = rows.count
            while index < member.end {
                let start = Instant(milliseconds: finer.rows[index].start).floored(toMs: widthMs).milliseconds
                if rows.count > first, rows[rows.count - 1].start == start {
                    rows[rows.count - 1].merge(finer.rows[index])
                } else {
                    rows.append(finer.rows[index].widened(start: start, widthMs: widthMs))
                }
                index += 1
            }
            members.append(Member(series: member.series, end: rows.count, place: first, cut: first))
        }
    }

    // MARK: Pages

    /// Chooses the rows for the next page: of each series those not in pages yet that take at most `most` lines,
    /// one at least.
    mutating func cut(most: Int) -> TierCut {
        var cut = TierCut()
        for index in members.indices {
            let place = members[index].place
            var end = place
            var lines = 0
            while end < members[index].end, end == place || lines + rows[end].lines <= most {
                lines += rows[end].lines
                end += 1
            }
            members[index].cut = end
            if end == place { continue }
            cut.series += 1
            cut.lines += lines
            cut.lowest = min(cut.lowest, rows[place].stamps.first)
            cut.highest = max(cut.highest, rows[end - 1].stamps.last)
        }
        return cut
    }

    /// The page of what was chosen is written.
    mutating func advance() {
        for index in members.indices { members[index].place = members[index].cut }
    }

    /// Adds the rows chosen of one series, if there are any.
    func put(_ member: Int, with cells: inout TierCells, into page: inout RollupEncoder) {
        let part = members[member].place..<members[member].cut
        if part.isEmpty { return }
        cells.starts.removeAll(keepingCapacity: true)
        let rows = rows.span.extracting(part)
        Row.putStarts(rows, into: &cells.starts)
        page.add(series: members[member].series, starts: cells.starts.span)
        Row.put(rows, with: &cells, into: &page)
    }

    /// Adds the rows chosen of all series, if there are any.
    func put(with cells: inout TierCells, into page: inout WideRollupEncoder) {
        cells.ids.removeAll(keepingCapacity: true)
        cells.counts.removeAll(keepingCapacity: true)
        cells.starts.removeAll(keepingCapacity: true)
        var isWhole = true
        var end = 0
        for member in members {
            if member.place != end || member.cut != member.end { isWhole = false }
            end = member.end
            if member.place == member.cut { continue }
            let before = cells.starts.count
            Row.putStarts(rows.span.extracting(member.place..<member.cut), into: &cells.starts)
            cells.ids.append(member.series)
            cells.counts.append(cells.starts.count - before)
        }
        if cells.ids.isEmpty { return }
        page.add(series: cells.ids.span, counts: cells.counts.span, starts: cells.starts.span)
        if isWhole {
            Row.put(rows.span, with: &cells, into: &page)
        } else {
            let taken = members.flatMap { rows[$0.place..<$0.cut] }
            Row.put(taken.span, with: &cells, into: &page)
        }
    }
}

/// What goes into one page.
struct TierCut {
    var series = 0
    var lines = 0
    var lowest = Int64.max
    var highest = Int64.min

    mutating func add(_ other: TierCut) {
        series += other.series
        lines += other.lines
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
    }
}
