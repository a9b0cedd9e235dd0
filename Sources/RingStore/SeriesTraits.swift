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
