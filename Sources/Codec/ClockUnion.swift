/// The union of ascending lists of instants, and where a list stands in it.
struct ClockUnion: ~Copyable {
    private var lists = Scratch<Int64>(capacity: 1)
    private var other = Scratch<Int64>(capacity: 1)
    /// Where each list ends.
    private var ends: [Int] = []
    private var ticksCount = 0

    /// After ``merge()``, ascending.
    var ticks: UnsafePointer<Int64> { unsafe UnsafePointer(lists.base) }

    mutating func removeAll() {
        ends.removeAll(keepingCapacity: true)
        ticksCount = 0
    }

    mutating func add(_ list: UnsafePointer<Int64>, count: Int) {
        let start = ends.last ?? 0
        lists.reserve(start &+ count, keeping: start)
        unsafe (lists.base + start).update(from: list, count: count)
        ends.append(start &+ count)
    }

    /// Merges the lists two by two until one is left; returns how many ticks it has.
    mutating func merge() -> Int {
        other.reserve(ends.last ?? 0)
        while ends.count > 1 {
            var written = 0
            var start = 0
            var merged = 0
            var index = 0
            while index < ends.count {
                let middle = ends[index]
                let end = index &+ 1 < ends.count ? ends[index &+ 1] : middle
                written = mergeTwo(start, middle, end, at: written)
                ends[merged] = written
                merged &+= 1
                start = end
                index &+= 2
            }
            ends.removeLast(ends.count &- merged)
            swap(&lists, &other)
        }
        ticksCount = ends.first ?? 0
        return ticksCount
    }

    /// Merges `lists[start ..< middle]` and `lists[middle ..< end]`, equal instants once; returns the end.
    private func mergeTwo(_ start: Int, _ middle: Int, _ end: Int, at target: Int) -> Int {
        let from = unsafe lists.base
        let into = unsafe other.base
        var left = start
        var right = middle
        var written = target
        while left < middle && right < end {
            let one = unsafe from[left]
            let two = unsafe from[right]
            unsafe into[written] = one < two ? one : two
            written &+= 1
            left &+= one <= two ? 1 : 0
            right &+= two <= one ? 1 : 0
        }
        unsafe (into + written).update(from: from + left, count: middle &- left)
        written &+= middle &- left
        unsafe (into + written).update(from: from + right, count: end &- right)
        return written &+ end &- right
    }

    /// How many ticks lie before the first and between every two instants of a list that is in the union.
    func skips(of list: UnsafePointer<Int64>, count: Int, into skips: UnsafeMutablePointer<Int64>) {
        let ticks = unsafe ticks
        var next = 0
        for index in 0..<count {
            let wanted = unsafe list[index]
            // Gallop: the next instant is mostly near.
            var step = 1
            var low = next
            while low &+ step < ticksCount, unsafe ticks[low &+ step] <= wanted {
                low &+= step
                step &*= 2
            }
            var high = min(ticksCount, low &+ step)
            while high &- low > 1 {
                let middle = (low &+ high) / 2
                if unsafe ticks[middle] <= wanted { low = middle } else { high = middle }
            }
            unsafe skips[index] = Int64(low &- next)
            next = low &+ 1
        }
    }
}
