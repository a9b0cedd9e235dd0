/// Chooses frame length and frame heads from counts of bit lengths, without encoding anything twice.
struct FramePlanner: ~Copyable {
    /// Numbers looked at together; every frame length is a multiple.
    private static let block = 64
    /// One row of a histogram: bit lengths 0 … 64, padded.
    private static let row = 66
    private static let codes = 4

    /// Per block, how many numbers have each bit length; merged in place for longer frames.
    private var lengths = Scratch<Int32>(capacity: 64 * FramePlanner.row)
    /// Per block the greatest number; merged like the lengths.
    private var greatest = Scratch<UInt64>(capacity: 64)
    /// Per frame-length code its heads.
    private var heads = Scratch<Head>(capacity: 64 * FramePlanner.codes)
    private var digits = Scratch<UInt64>(capacity: 64)
    /// Digits in a word, by radix.
    private var digitCounts = Scratch<Int>(capacity: 64)

    /// A frame's head byte; of a radix frame also the low bits and the radix.
    struct Head: BitwiseCopyable {
        var byte: Int
        var low = 0
        var radix = 0
    }

    init() {
        for radix in 0..<64 {
            unsafe digitCounts.base[radix] = radix < 2 ? 1 : RadixPacking.digits(radix)
        }
    }

    /// The best frame length's code and the estimated bits, heads included.
    mutating func plan(_ numbers: UnsafePointer<UInt64>, count: Int) -> (code: Int, bits: Int) {
        let blocks = (count &+ Self.block &- 1) / Self.block
        lengths.reserve(blocks * Self.row)
        heads.reserve(blocks * Self.codes)
        greatest.reserve(blocks)
        var all: UInt64 = 0
        for block in 0..<blocks {
            let row = unsafe lengths.base + block &* Self.row
            unsafe row.update(repeating: 0, count: Self.row)
            var most: UInt64 = 0
            for index in block &* Self.block..<min(count, (block &+ 1) &* Self.block) {
                let number = unsafe numbers[index]
                if number > most { most = number }
                unsafe row[64 &- number.leadingZeroBitCount] &+= 1
            }
            all |= most
            unsafe greatest.base[block] = most
        }
        let top = 64 &- all.leadingZeroBitCount
        var best = (code: 0, bits: Int.max)
        var frames = blocks
        for code in 1..<Self.codes where count > NumberFrames.length(code: code, count: count) {
            if code > 1 { frames = merge(frames, by: 2, top: top) }
            let bits = cost(frames, of: Self.block &<< (code &- 1), count: count, top: top, code: code)
            if bits < best.bits { best = (code, bits) }
        }
        frames = merge(frames, by: frames, top: top)
        let bits = cost(frames, of: count, count: count, top: top, code: 0)
        if bits <= best.bits { best = (0, bits) }
        return best
    }

    /// Appends all frames as planned just before.
    func put(_ numbers: UnsafePointer<UInt64>, count: Int, code: Int, into sink: inout ByteSink) {
        let length = NumberFrames.length(code: code, count: count)
        var start = 0
        var frame = 0
        while start < count {
            let own = min(length, count &- start)
            let head = unsafe heads.base[frame &* Self.codes &+ code]
            if head.byte == NumberFrames.radixHead {
                unsafe putRadix(numbers + start, count: own, head: head, into: &sink)
            } else {
                let byte = unsafe Self.refined(head.byte, numbers + start, count: own)
                unsafe NumberFrames.put(numbers + start, count: own, head: byte, into: &sink)
            }
            start &+= own
            frame &+= 1
        }
    }

    /// The neighbour of a Rice head that is really shortest.
    private static func refined(_ head: Int, _ numbers: UnsafePointer<UInt64>, count: Int) -> Int {
        if head <= NumberFrames.riceHead { return head }
        let low = UInt64(head &- NumberFrames.riceHead)
        if head >= NumberFrames.riceHead + NumberFrames.riceMax { return head }
        var less: UInt64 = 0
        var same: UInt64 = 0
        var more: UInt64 = 0
        for index in 0..<count {
            let number = unsafe numbers[index]
            less &+= number &>> (low &- 1)
            same &+= number &>> low
            more &+= number &>> (low &+ 1)
        }
        let one = UInt64(count)
        // Sums that spikes have blown up say nothing; the estimate knows about spikes.
        if less > one &* 8 { return head }
        if less < same &+ one { return head &- 1 }
        return more &+ one < same ? head &+ 1 : head
    }

    private mutating func merge(_ frames: Int, by step: Int, top: Int) -> Int {
        if step <= 1 { return frames }
        var target = 0
        var first = 0
        while first < frames {
            let into = unsafe lengths.base + target &* Self.row
            unsafe greatest.base[target] = greatest.base[first]
            if target != first {
                unsafe into.update(from: lengths.base + first &* Self.row, count: Self.row)
            }
            for other in (first &+ 1)..<max(first &+ 1, min(frames, first &+ step)) {
                let from = unsafe lengths.base + other &* Self.row
                for length in 0...top { unsafe into[length] &+= from[length] }
                if unsafe greatest.base[other] > greatest.base[target] {
                    unsafe greatest.base[target] = greatest.base[other]
                }
            }
            target &+= 1
            first &+= step
        }
        return target
    }

    private mutating func cost(_ frames: Int, of length: Int, count: Int, top: Int, code: Int) -> Int {
        var bits = 0
        for frame in 0..<frames {
            let own = min(length, count &- frame &* length)
            let row = unsafe lengths.base + frame &* Self.row
            let (byte, found) = unsafe Self.cheapest(row, count: own, top: top)
            var cost = found
            var head = Head(byte: byte)
            if own >= 32 { offerRadix(unsafe greatest.base[frame], own, &head, &cost) }
            unsafe heads.base[frame &* Self.codes &+ code] = head
            bits &+= cost
        }
        return bits
    }

    /// Digits of a radix, when they are shorter than what was found.
    private func offerRadix(_ greatest: UInt64, _ count: Int, _ head: inout Head, _ bits: inout Int) {
        let length = 64 &- greatest.leadingZeroBitCount
        for low in max(0, length &- 6)..<max(0, length &- 1) where low <= NumberFrames.radixLowMax {
            let radix = Int(greatest &>> UInt64(low)) &+ 1
            if !RadixPacking.radixes.contains(radix) { continue }
            let digits = unsafe digitCounts.base[radix]
            let own = 24 &+ count &* low &+ RadixPacking.bits(radix, digits: digits, count: count)
            if own < bits {
                bits = own
                head = Head(byte: NumberFrames.radixHead, low: low, radix: radix)
            }
        }
    }

    private func putRadix(
        _ numbers: UnsafePointer<UInt64>,
        count: Int,
        head: Head,
        into sink: inout ByteSink
    ) {
        sink.put(UInt8(NumberFrames.radixHead))
        sink.put(UInt8(head.low))
        sink.put(UInt8(head.radix))
        unsafe BitPacking.put(numbers, count: count, width: head.low, into: &sink)
        unsafe RadixPacking.put(
            numbers,
            count: count,
            low: head.low,
            radix: head.radix,
            scratch: digits.base,
            into: &sink
        )
    }

    /// 16 times the mean of n >> k over the n that are j bits longer than k.
    private static func restTimes16(_ longer: Int) -> Int {
        switch longer {
        case 1: 16
        case 2: 39
        case 3: 85
        case 4: 175
        case 5: 355
        default: 16 &* (33 &+ 8 &* ((longer &+ 1) / 7))
        }
    }

    private static func cheapest(
        _ row: UnsafePointer<Int32>,
        count: Int,
        top: Int
    ) -> (head: Int, bits: Int) {
        var longest = top
        while longest > 0, unsafe row[longest] == 0 { longest &-= 1 }
        var best = (head: longest, bits: count &* longest)
        if longest <= 1 { return (best.head, best.bits &+ 8) }
        var median = 0
        var below = Int(unsafe row[0])
        while below &* 2 < count {
            median &+= 1
            below &+= Int(unsafe row[median])
        }
        let highest = max(0, min(median &+ 1, longest &- 1, NumberFrames.riceMax))
        for low in min(highest, max(0, median &- 2))...highest {
            var rests = 0
            for length in low &+ 1..<max(low &+ 1, longest &+ 1) {
                rests &+= Int(unsafe row[length]) &* restTimes16(length &- low)
            }
            let bits = count &* (low &+ 1) &+ rests / 16 &+ 4
            if bits < best.bits { best = (NumberFrames.riceHead &+ low, bits) }
        }
        return (best.head, best.bits &+ 8)
    }
}
