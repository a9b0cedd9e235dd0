/// Ids of series in ascending order: those that have one value of one label. One alone takes no memory of its own.
struct PostingList: Sendable {
    private var first: UInt32 = 0
    private var rest: [UInt32] = []
    private(set) var count = 0

    subscript(index: Int) -> UInt32 { index == 0 ? first : rest[index - 1] }

    /// Ids come in ascending order.
    mutating func append(_ id: UInt32) {
        if count == 0 { first = id } else { rest.append(id) }
        count += 1
    }

    /// All of them.
    var ids: [UInt32] { count == 0 ? [] : [first] + rest }

    /// The first place from `start` on whose id is not below `id`.
    ///
    /// - Complexity: O(log of the distance), so that a walk over both lists costs little where they agree.
    func place(of id: UInt32, from start: Int) -> Int {
        var low = start
        var step = 1
        while low + step < count, self[low + step] < id {
            low += step
            step *= 2
        }
        var high = min(count, low + step)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A set of ids, a bit for each series of the catalogue: 125 kB for a million.
struct IDSet: Sendable {
    private var words: [UInt64]

    /// Empty, for ids below `count`.
    init(count: Int) {
        words = [UInt64](repeating: 0, count: count / 64 + 1)
    }

    mutating func insert(_ list: PostingList) {
        for index in 0..<list.count {
            let id = list[index]
            words[Int(id / 64)] |= 1 << UInt64(id % 64)
        }
    }

    func contains(_ id: UInt32) -> Bool {
        words[Int(id / 64)] >> UInt64(id % 64) & 1 != 0
    }

    /// Those within (or else those not within), ascending, below `count`.
    func ids(below count: Int, within: Bool = true) -> [UInt32] {
        var ids: [UInt32] = []
        for (index, word) in words.enumerated() {
            var bits = within ? word : ~word
            while bits != 0 {
                let id = index * 64 + bits.trailingZeroBitCount
                guard id < count else { return ids }
                ids.append(UInt32(id))
                bits &= bits &- 1
            }
        }
        return ids
    }
}

/// All ids of several lists.
struct PostingUnion: Sendable {
    private(set) var lists: [PostingList] = []
    /// An id that stands in two lists counts twice.
    private(set) var size = 0

    mutating func add(_ list: PostingList) {
        guard list.count > 0 else { return }
        lists.append(list)
        size += list.count
    }

    /// The ids, ascending; every one is below `count`.
    func ids(below count: Int) -> [UInt32] {
        if lists.count <= 1 { return lists.first?.ids ?? [] }
        return set(below: count).ids(below: count)
    }

    /// As a set.
    func set(below count: Int) -> IDSet {
        var set = IDSet(count: count)
        for list in lists { set.insert(list) }
        return set
    }

    /// Leaves in `ids` (ascending, below `count`) what is in one of the lists, or else what is in none.
    func filter(_ ids: inout [UInt32], keeps: Bool, below count: Int) {
        // A step of a search costs about what a bit of a set does.
        if ids.count * lists.count * 8 < size + count / 64 {
            var places = [Int](repeating: 0, count: lists.count)
            ids.removeAll { id in
                var isIn = false
                for (number, list) in lists.enumerated() {
                    let place = list.place(of: id, from: places[number])
                    places[number] = place
                    if place < list.count, list[place] == id { isIn = true }
                }
                return isIn != keeps
            }
        } else {
            let set = set(below: count)
            ids.removeAll { set.contains($0) != keeps }
        }
    }
}
