internal import Codec
internal import Readings

/// Samples of the series of one device on their way into pages: series after series in three flat columns, so that
/// a series of few samples costs no memory of its own. To be used again and again.
///
/// First every series is added and told how many samples come; then ``layOut()``; then samples are appended, in the
/// order of their arrival; then each series is settled.
struct DeviceRuns {
    /// One series.
    struct Run {
        let series: UInt32
        let traits: SeriesTraits
        /// Where its samples are, as far as they are there already.
        fileprivate(set) var start = 0
        fileprivate(set) var end = 0
        /// Samples that were announced.
        fileprivate var expected = 0

        var range: Range<Int> { start..<end }
        var count: Int { end - start }
    }

    /// By id, ascending.
    private(set) var runs: [Run] = []
    private(set) var instants: [Int64] = []
    private(set) var bits: [UInt64] = []
    private(set) var marks: [UInt8] = []

    /// Forgets all series; keeps the memory.
    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
    }

    /// Adds a series, ids ascending, of which `count` samples are to come, and more may be announced.
    mutating func add(_ series: UInt32, _ traits: SeriesTraits, expecting count: Int) {
        runs.append(Run(series: series, traits: traits, expected: count))
    }

    /// Announces samples.
    mutating func expect(_ count: Int, of run: Int) {
        runs[run].expected += count
    }

    /// Gives every series its place.
    mutating func layOut() {
        var end = 0
        for index in runs.indices {
            (runs[index].start, runs[index].end) = (end, end)
            end += runs[index].expected
        }
        if end > instants.count {
            let more = max(end, instants.count * 2) - instants.count
            instants.append(contentsOf: repeatElement(0, count: more))
            bits.append(contentsOf: repeatElement(0, count: more))
            marks.append(contentsOf: repeatElement(0, count: more))
        }
    }

    /// Where a series is in ``runs``.
    func index(of series: UInt32) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].series < series { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].series == series ? low : nil
    }

    /// Appends announced samples of a series from a draft.
    mutating func append(_ samples: borrowing DraftRun, to run: Int) {
        let place = place(of: samples.count, in: run)
        Self.with(&instants, &bits, &marks) { samples.copy(to: &$0, &$1, &$2, at: place) }
    }

    /// Appends announced samples of a series from the head.
    mutating func append(_ rows: Span<UInt32>, of generation: Generation, to run: Int) {
        if rows.isEmpty { return }
        let place = place(of: rows.count, in: run)
        Self.with(&instants, &bits, &marks) { generation.copy(rows, to: &$0, &$1, &$2, at: place) }
    }

    /// Appends an announced sample of a series.
    mutating func append(_ sample: PackedSample, to run: Int) {
        let place = place(of: 1, in: run)
        instants[place] = sample.instant
        bits[place] = sample.bits
        marks[place] = sample.mark
    }

    @inline(__always)
    private static func with(
        _ instants: inout [Int64],
        _ bits: inout [UInt64],
        _ marks: inout [UInt8],
        _ body: (inout MutableSpan<Int64>, inout MutableSpan<UInt64>, inout MutableSpan<UInt8>) -> Void
    ) {
        var instants = instants.mutableSpan
        var bits = bits.mutableSpan
        var marks = marks.mutableSpan
        body(&instants, &bits, &marks)
    }

    private mutating func place(of count: Int, in run: Int) -> Int {
        let place = runs[run].end
        precondition(
            place + count <= runs[run].start + runs[run].expected,
            "samples must be announced before they come"
        )
        runs[run].end = place + count
        return place
    }

    /// Orders each series by stamp, and by arrival where stamps are equal; of equal stamps the last arrival stays
    /// unless all count. Series without samples go.
    mutating func settle() {
        var kept = 0
        for index in runs.indices where runs[index].count > 0 {
            if !isStrict(runs[index].range) { order(index) }
            if kept != index { runs[kept] = runs[index] }
            kept += 1
        }
        runs.removeLast(runs.count - kept)
    }

    private func isStrict(_ range: Range<Int>) -> Bool {
        let instants = instants.span.extracting(range)
        var isStrict = true
        for index in 1..<max(1, instants.count) where instants[index] <= instants[index - 1] {
            isStrict = false
        }
        return isStrict
    }

    private mutating func order(_ run: Int) {
        var rows = runs[run].range.map { place in
            Row(instant: instants[place], bits: bits[place], order: UInt64(place), mark: marks[place])
        }
        rows.settle(keepsEqualStamps: runs[run].traits.keepsEqualStamps)
        runs[run].end = runs[run].start
        for row in rows { append(row.packed, to: run) }
    }

    // MARK: Samples of equal stamps

    /// Takes all but the first sample of each stamp away, and returns them.
    mutating func takeEqualStamps() -> DeviceRuns {
        var rest = DeviceRuns()
        for run in runs { rest.add(run.series, run.traits, expecting: run.count) }
        rest.layOut()
        for index in runs.indices where runs[index].traits.keepsEqualStamps {
            let range = runs[index].range
            runs[index].end = range.lowerBound
            for place in range {
                let sample = PackedSample(instant: instants[place], bits: bits[place], mark: marks[place])
                let isNext = runs[index].count == 0 || instants[runs[index].end - 1] != sample.instant
                if isNext { append(sample, to: index) } else { rest.append(sample, to: index) }
            }
        }
        rest.settle()
        return rest
    }

    /// The first place of a run, from `start` on, whose stamp is not below `limit`.
    func place(notBelow limit: Int64, from start: Int, to end: Int) -> Int {
        var low = start
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if instants[middle] < limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
