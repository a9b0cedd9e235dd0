/// Finds a metric's entry by its alias.
///
/// Most senders count their aliases up from somewhere: then a look-up is one place in an array. Scattered ones stand
/// in a dictionary.
struct AliasTable: Sendable {
    private var base: UInt64 = 0
    private var dense: [Int32] = []
    private var sparse: [UInt64: Int32] = [:]

    /// Takes pairs in, as they were given out; of equal aliases the first counts.
    init(_ pairs: [(alias: UInt64, entry: Int32)] = []) {
        guard let low = pairs.map(\.alias).min(), let high = pairs.map(\.alias).max() else { return }
        if high - low < UInt64(pairs.count * 8 + 64) {
            base = low
            dense = [Int32](repeating: -1, count: Int(high - low) + 1)
            for pair in pairs where dense[Int(pair.alias - low)] < 0 {
                dense[Int(pair.alias - low)] = pair.entry
            }
        } else {
            for pair in pairs where sparse[pair.alias] == nil { sparse[pair.alias] = pair.entry }
        }
    }

    /// The entry of an alias; −1 for none.
    @inline(__always)
    func entry(of alias: UInt64) -> Int32 {
        let offset = alias &- base
        if offset < UInt64(dense.count) { return dense[Int(offset)] }
        return sparse.isEmpty ? -1 : sparse[alias] ?? -1
    }
}
