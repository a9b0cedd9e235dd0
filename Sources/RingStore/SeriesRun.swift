internal import Codec
internal import Readings

/// What of a series decides how its samples are kept.
struct SeriesTraits: Hashable, Sendable {
    var kind: Kind
    var type: ValueType

    init(_ series: Series) {
        (kind, type) = (series.kind, series.type)
    }

    var isNumeric: Bool { type == .number }
    /// Movements of equal stamps all count; of anything else the last arrival stands.
    var keepsEqualStamps: Bool { kind == .delta }
    /// Its values are states, not quantities: its buckets tell how long each one held.
    var isState: Bool { kind == .state || type != .number }
    /// See ``Bucket/countsFalls``.
    var countsFalls: Bool { kind == .counter }
}

/// Samples of one series on their way into pages, in order of arrival until ``settle()``.
struct SeriesRun {
    let series: UInt32
    let traits: SeriesTraits
    var columns: SampleColumns
    /// How late the first part of `columns` arrived; larger is later.
    private var firstOrder: Int?
    /// Where each further part begins, and how late it arrived. Most runs have none, and allocate nothing for it.
    private var laterParts: [(start: Int, order: Int)] = []

    /// - Parameter memory: empty columns that may have room.
    @inline(__always)
    init(_ series: UInt32, _ traits: SeriesTraits, memory: consuming SampleColumns = SampleColumns()) {
        columns = memory
        self.series = series
        self.traits = traits
    }

    /// What is appended from here on arrived `order`-th.
    mutating func begin(order: Int) {
        guard let first = firstOrder else {
            firstOrder = order
            return
        }
        if (laterParts.last?.order ?? first) != order { laterParts.append((columns.count, order)) }
    }

    /// Orders by stamp, and by arrival where stamps are equal; of equal stamps the last arrival stays unless
    /// all count.
    mutating func settle() {
        if !isStrict(columns.instants.span) { order() }
        firstOrder = nil
        if !laterParts.isEmpty { laterParts.removeAll(keepingCapacity: true) }
    }

    private mutating func order() {
        var rows: [Row] = []
        rows.reserveCapacity(columns.count)
        let parts = [(start: 0, order: firstOrder ?? 0)] + laterParts
        for (number, part) in parts.enumerated() {
            let end = number + 1 < parts.count ? parts[number + 1].start : columns.count
            for index in part.start..<end {
                rows.append(
                    Row(
                        instant: columns.instants[index],
                        bits: columns.bits[index],
                        order: UInt64(part.order) << 40 | UInt64(index - part.start),
                        mark: columns.marks[index]
                    )
                )
            }
        }
        rows.settle(keepsEqualStamps: traits.keepsEqualStamps)
        columns.removeAll()
        for row in rows { columns.append(row.packed) }
    }

    /// Takes the first `count` samples away.
    mutating func take(first count: Int) -> SampleColumns {
        var head = SampleColumns()
        head.instants = Array(columns.instants[..<count])
        head.bits = Array(columns.bits[..<count])
        head.marks = Array(columns.marks[..<count])
        columns.instants.removeFirst(count)
        columns.bits.removeFirst(count)
        columns.marks.removeFirst(count)
        return head
    }

    private func isStrict(_ instants: Span<Int64>) -> Bool {
        var isStrict = true
        for index in 1..<max(1, instants.count) where instants[index] <= instants[index - 1] {
            isStrict = false
        }
        return isStrict
    }
}

extension [Int64] {
    /// The first index whose number is not below `limit`, in ascending numbers.
    func firstPlace(notBelow limit: Int64, from start: Int = 0) -> Int {
        var low = start
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
