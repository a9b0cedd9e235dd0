/// The few different numbers of a column, the commonest first.
struct WordList: ~Copyable {
    /// A power of two well above the words there can be.
    private static let slots = 1024

    private var numbers = Scratch<Int64>(capacity: NumberColumn.wordsMax)
    private var uses = Scratch<Int32>(capacity: NumberColumn.wordsMax)
    /// Words by frequency, as indexes of `numbers`; and the other way round.
    private var order = Scratch<UInt8>(capacity: NumberColumn.wordsMax + 1)
    private var places = Scratch<UInt8>(capacity: NumberColumn.wordsMax + 1)
    /// Index + 1 of the word in each slot of a hash table; 0 is free.
    private var table = Scratch<UInt8>(capacity: WordList.slots)
    private var sorted = Scratch<Int64>(capacity: NumberColumn.wordsMax)
    private var which = Scratch<Int64>(capacity: 16)
    private(set) var count = 0

    /// The words, after ``fill(_:count:first:)``.
    var values: UnsafePointer<Int64> { unsafe UnsafePointer(sorted.base) }
    /// Which word each number after the first is.
    var ranks: UnsafePointer<Int64> { unsafe UnsafePointer(which.base) }

    /// About how many bits words take for `source[1 ..< total]`; `Int.max` when they do not pay.
    mutating func look(
        _ source: UnsafePointer<Int64>,
        count total: Int,
        first: Int64,
        below bits: Int
    ) -> Int {
        // A word must take fewer bits than the number it stands for.
        let most = min(NumberColumn.wordsMax, total / 2, 1 &<< min(8, bits / total))
        guard unsafe gather(source, count: total, first: first, most: most) else { return .max }
        arrange()
        var lowest = unsafe numbers.base[0]
        var highest = lowest
        var sum = 0
        for word in 0..<count {
            let number = unsafe numbers.base[word]
            if number < lowest { lowest = number }
            if number > highest { highest = number }
            sum &+= Int(unsafe uses.base[word]) &* Int(unsafe places.base[word])
        }
        let width = 64 &- (count &- 1).leadingZeroBitCount
        let ranks = min((total &- 1) &* width, NumberStatistics.riceBits(sum: sum, count: total &- 1))
        return 112 &+ count &* NumberStatistics.width(lowest, highest) &+ ranks
    }

    /// Collects the words of `source[1 ..< total]`, of which there are at most ``NumberColumn/wordsMax``.
    mutating func fill(_ source: UnsafePointer<Int64>, count total: Int, first: Int64) {
        let isWhole = unsafe gather(source, count: total, first: first, most: NumberColumn.wordsMax)
        precondition(isWhole, "words must have been counted before")
        arrange()
        for rank in 0..<count {
            unsafe sorted.base[rank] = numbers.base[Int(order.base[rank])]
        }
        which.reserve(total)
        for index in 1..<total {
            let slot = unsafe Self.slot(of: source[index] &- first, numbers.base, table.base)
            unsafe which.base[index &- 1] = Int64(places.base[Int(table.base[slot]) &- 1])
        }
    }

    private mutating func gather(
        _ source: UnsafePointer<Int64>,
        count total: Int,
        first: Int64,
        most: Int
    ) -> Bool {
        unsafe table.base.update(repeating: 0, count: Self.slots)
        count = 0
        for index in 1..<total {
            let number = unsafe source[index] &- first
            let slot = unsafe Self.slot(of: number, numbers.base, table.base)
            let found = Int(unsafe table.base[slot])
            if found > 0 {
                unsafe uses.base[found &- 1] &+= 1
                continue
            }
            if count == most { return false }
            unsafe numbers.base[count] = number
            unsafe uses.base[count] = 1
            count &+= 1
            unsafe table.base[slot] = UInt8(count)
        }
        return true
    }

    /// Where `number` is in the table, or the free slot where it would be.
    @inline(__always)
    private static func slot(
        of number: Int64,
        _ numbers: UnsafePointer<Int64>,
        _ table: UnsafePointer<UInt8>
    ) -> Int {
        var slot = Int((UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15) &>> 54)
        while true {
            let found = Int(unsafe table[slot])
            if found == 0 { return slot }
            if unsafe numbers[found &- 1] == number { return slot }
            slot = (slot &+ 1) & (slots &- 1)
        }
    }

    private func arrange() {
        for word in 0..<count {
            let use = unsafe uses.base[word]
            var place = word
            while place > 0, unsafe uses.base[Int(order.base[place &- 1])] < use {
                unsafe order.base[place] = order.base[place &- 1]
                place &-= 1
            }
            unsafe order.base[place] = UInt8(word)
        }
        for place in 0..<count { unsafe places.base[Int(order.base[place])] = UInt8(place) }
    }
}
