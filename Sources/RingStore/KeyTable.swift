internal import Readings

/// The ids of series by key: which of all series to look at, without a second copy of their names.
///
///     slot    0 when free, else hash 32 │ 1 + id 32        the hash is of this process alone
///
/// Open addressing: a key lies at its hash or in the slots behind it, without a free one between. At most three in
/// four slots are used.
struct KeyTable: Sendable {
    private var slots: [UInt64] = []
    private(set) var count = 0

    /// Makes room for so many.
    mutating func reserve(_ count: Int) {
        if count > limit { move(to: KeyTable.size(for: count)) }
    }

    /// The id under which `series` has a series of this key.
    ///
    /// - Parameter hash: the key's, see ``hash(_:)``: whoever finds nothing inserts it.
    func find(_ key: SeriesKey, _ hash: UInt64, in series: [Series]) -> UInt32? {
        if slots.isEmpty { return nil }
        var slot = home(hash)
        while slots[slot] != 0 {
            if KeyTable.hash(of: slots[slot]) == hash {
                let id = KeyTable.id(slots[slot])
                if series[Int(id)].key == key { return id }
            }
            slot = after(slot)
        }
        return nil
    }

    /// Takes in a key that is not there yet, by its hash.
    mutating func insert(_ hash: UInt64, _ id: UInt32) {
        if count == limit { move(to: KeyTable.size(for: count + 1)) }
        put(hash << 32 | (UInt64(id) + 1))
        count += 1
    }

    /// Lets go of the key that leads to `id`, if one does.
    mutating func remove(_ key: SeriesKey, _ id: UInt32) {
        if slots.isEmpty { return }
        let wanted = KeyTable.hash(key) << 32 | (UInt64(id) + 1)
        var free = home(wanted >> 32)
        while slots[free] != wanted {
            if slots[free] == 0 { return }
            free = after(free)
        }
        // Those behind move up where that brings them no further from home than they may be.
        var next = after(free)
        while slots[next] != 0 {
            let distance = (next - home(KeyTable.hash(of: slots[next]))) & (slots.count - 1)
            if distance >= (next - free) & (slots.count - 1) {
                slots[free] = slots[next]
                free = next
            }
            next = after(next)
        }
        slots[free] = 0
        count -= 1
    }

    private var limit: Int { slots.count / 4 * 3 }

    private static func size(for count: Int) -> Int {
        var size = 16
        while size / 4 * 3 < count { size *= 2 }
        return size
    }

    /// 32 bits that keys which are equal have in common.
    static func hash(_ key: SeriesKey) -> UInt64 { UInt64(UInt32(truncatingIfNeeded: key.hashValue)) }

    private static func hash(of slot: UInt64) -> UInt64 { slot >> 32 }

    private static func id(_ slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot) - 1 }

    private func home(_ hash: UInt64) -> Int { Int(hash) & (slots.count - 1) }

    private func after(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }

    private mutating func put(_ entry: UInt64) {
        var slot = home(KeyTable.hash(of: entry))
        while slots[slot] != 0 { slot = after(slot) }
        slots[slot] = entry
    }

    private mutating func move(to size: Int) {
        let former = slots
        slots = [UInt64](repeating: 0, count: size)
        for entry in former where entry != 0 { put(entry) }
    }
}
