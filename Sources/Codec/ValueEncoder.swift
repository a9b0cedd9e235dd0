/// Writes ``ValueColumn``s. Owns what it needs for that.
struct ValueEncoder: ~Copyable {
    private var numbers = NumberEncoder()
    private var scaled = Scratch<Int64>(capacity: 4096)
    private var corrections = Scratch<Int64>(capacity: 1)
    private var gaps = Scratch<Int64>(capacity: 1)
    /// Of the column at hand, see ``encode(_:count:isNumeric:expected:surely:into:)``.
    private var sureBits = 0

    /// Writes a column of whole numbers without a head.
    mutating func encodeNumbers(_ values: UnsafePointer<Int64>, count: Int, into sink: inout ByteSink) {
        unsafe numbers.encode(values, count: count, into: &sink)
    }

    /// Writes `count` patterns, at least one; `isNumeric` says that they are Doubles, `expected` near which; with
    /// fewer bits than `surely` that is believed without looking at the patterns alone.
    mutating func encode(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        isNumeric: Bool,
        expected: UnsafePointer<Double>? = nil,
        surely: Int = 0,
        into sink: inout ByteSink
    ) {
        sink.reserve(64)
        sureBits = surely
        if !isNumeric {
            unsafe putPlain(patterns, count: count, into: &sink)
            return
        }
        scaled.reserve(count)
        guard let guess = unsafe DecimalFit.guess(patterns, count: count) else {
            unsafe putRough(patterns, count: count, exponent: nil, expected, into: &sink)
            return
        }
        let isWhole = unsafe DecimalFit.scale(
            patterns,
            count: count,
            exponent: guess.highest,
            into: scaled.base
        )
        if isWhole && guess.highest <= guess.common &+ 3 {
            unsafe putDecimals(0, count, guess.highest, expected, into: &sink)
            return
        }
        let exponent = unsafe Self.settle(patterns, count: count, from: guess)
        unsafe putRough(patterns, count: count, exponent: exponent, expected, into: &sink)
    }

    /// Weighs digits that all must carry against corrections that few need.
    private static func settle(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        from guess: (highest: Int, common: Int)
    ) -> Int {
        // A digit is 3.3 bits; a correction about 24.
        func bits(_ exponent: Int, _ misses: Int) -> Int { exponent &* count &* 10 / 3 &+ misses &* 24 }
        var exponent = guess.common
        var found = unsafe DecimalFit.misses(patterns, count: count, exponent: exponent)
        var best = (exponent: exponent, bits: bits(exponent, found.count))
        if guess.highest > guess.common {
            exponent = guess.highest
            found = unsafe DecimalFit.misses(patterns, count: count, exponent: exponent)
            if bits(exponent, found.count) < best.bits { best = (exponent, bits(exponent, found.count)) }
        }
        // Digits that the first look did not meet.
        var tries = 0
        while found.count > 0 && tries < 4 {
            let pattern = unsafe patterns[found.first]
            guard let next = DecimalFit.exponent(of: pattern, from: exponent &+ 1) else { break }
            exponent = next
            found = unsafe DecimalFit.misses(patterns, count: count, exponent: exponent)
            if bits(exponent, found.count) < best.bits { best = (exponent, bits(exponent, found.count)) }
            tries &+= 1
        }
        return best.exponent
    }

    // MARK: Forms

    private mutating func putPlain(_ patterns: UnsafePointer<UInt64>, count: Int, into sink: inout ByteSink) {
        sink.put(UInt8(ValueColumn.plain))
        let words = unsafe UnsafeRawPointer(patterns).assumingMemoryBound(to: Int64.self)
        unsafe numbers.encode(words, count: count, into: &sink)
    }

    /// The scaled numbers, or what they differ from the expected ones where that is shorter.
    private mutating func putDecimals(
        _ mark: Int,
        _ count: Int,
        _ exponent: Int,
        _ expected: UnsafePointer<Double>?,
        into sink: inout ByteSink
    ) {
        let head = mark | exponent &<< 4
        guard let expected = unsafe expected else {
            sink.put(UInt8(ValueColumn.decimal | head))
            unsafe numbers.encode(scaled.base, count: count, into: &sink)
            return
        }
        unsafe DecimalFit.shift(scaled.base, count: count, by: expected, exponent: exponent, sign: -1)
        let beside = unsafe numbers.plan(scaled.base, count: count)
        if beside.bits < sureBits {
            sink.put(UInt8(ValueColumn.beside | head))
            unsafe numbers.put(scaled.base, count: count, by: beside, into: &sink)
            return
        }
        unsafe DecimalFit.shift(scaled.base, count: count, by: expected, exponent: exponent, sign: 1)
        let alone = unsafe numbers.plan(scaled.base, count: count)
        if beside.bits < alone.bits {
            unsafe DecimalFit.shift(scaled.base, count: count, by: expected, exponent: exponent, sign: -1)
            sink.put(UInt8(ValueColumn.beside | head))
            unsafe numbers.put(scaled.base, count: count, by: beside, into: &sink)
        } else {
            sink.put(UInt8(ValueColumn.decimal | head))
            unsafe numbers.put(scaled.base, count: count, by: alone, into: &sink)
        }
    }

    /// The best form for patterns that are not all decimals of one exponent.
    private mutating func putRough(
        _ patterns: UnsafePointer<UInt64>,
        count: Int,
        exponent: Int?,
        _ expected: UnsafePointer<Double>?,
        into sink: inout ByteSink
    ) {
        var best = unsafe (form: ValueColumn.xor, bits: XORRun.bits(patterns, count: count))
        let shift = unsafe shifted(patterns, count: count)
        let shiftedBits = unsafe numbers.plan(scaled.base, count: count).bits &+ 8
        if shiftedBits < best.bits { best = (ValueColumn.shifted, shiftedBits) }
        let scale = unsafe BinaryFit.scale(of: patterns, count: count)
        if let scale {
            unsafe BinaryFit.numbers(patterns, count: count, scale: scale, into: scaled.base)
            let bits = unsafe numbers.plan(scaled.base, count: count).bits &+ 12
            if bits < best.bits { best = (ValueColumn.binary, bits) }
        }
        var corrected = 0
        if let exponent {
            corrections.reserve(count)
            corrected = unsafe DecimalFit.correct(
                patterns,
                count: count,
                exponent: exponent,
                into: scaled.base,
                off: corrections.base
            )
            let bits = unsafe numbers.plan(scaled.base, count: count).bits &+ correctionBits(corrected, count)
            if bits < best.bits { best = (ValueColumn.decimal, bits) }
        }
        switch best.form {
        case ValueColumn.decimal:
            let mark = corrected > 0 ? ValueColumn.correctedBit : 0
            unsafe putDecimals(mark, count, exponent ?? 0, expected, into: &sink)
            if corrected > 0 { putCorrections(corrected, count, into: &sink) }
        case ValueColumn.binary:
            sink.put(UInt8(ValueColumn.binary))
            sink.putZigZag(Int64(scale ?? 0))
            unsafe BinaryFit.numbers(patterns, count: count, scale: scale ?? 0, into: scaled.base)
            unsafe numbers.encode(scaled.base, count: count, into: &sink)
        case ValueColumn.shifted where shift == 0:
            unsafe putPlain(patterns, count: count, into: &sink)
        case ValueColumn.shifted:
            sink.put(UInt8(ValueColumn.shifted))
            sink.put(UInt8(unsafe shifted(patterns, count: count)))
            unsafe numbers.encode(scaled.base, count: count, into: &sink)
        default:
            sink.put(UInt8(ValueColumn.xor))
            unsafe XORRun.put(patterns, count: count, into: &sink)
        }
    }

    /// The patterns without the zeros that all of them end in; returns how many zeros, 0 … 63.
    private mutating func shifted(_ patterns: UnsafePointer<UInt64>, count: Int) -> Int {
        var all: UInt64 = 0
        for index in 0..<count { all |= unsafe patterns[index] }
        let shift = min(63, all.trailingZeroBitCount)
        for index in 0..<count {
            unsafe scaled.base[index] = Int64(bitPattern: patterns[index]) &>> Int64(shift)
        }
        return shift
    }

    // MARK: Corrections

    private mutating func correctionBits(_ corrected: Int, _ count: Int) -> Int {
        if corrected == 0 { return 0 }
        if corrected &* 3 > count {
            return unsafe numbers.plan(corrections.base, count: count).bits &+ 8
        }
        var bits = 64 &+ NumberStatistics.riceBits(sum: count, count: corrected)
        for index in 0..<count {
            let size = unsafe corrections.base[index].magnitude
            bits &+= 66 &- (size | 1).leadingZeroBitCount
        }
        return bits
    }

    private mutating func putCorrections(_ corrected: Int, _ count: Int, into sink: inout ByteSink) {
        if corrected &* 3 > count {
            sink.reserve(16)
            sink.putVarint(0)
            unsafe numbers.encode(corrections.base, count: count, into: &sink)
            return
        }
        gaps.reserve(corrected)
        var found = 0
        var last = -1
        for index in 0..<count {
            let off = unsafe corrections.base[index]
            if off == 0 { continue }
            unsafe gaps.base[found] = Int64(index &- last &- 1)
            unsafe corrections.base[found] = off
            last = index
            found &+= 1
        }
        sink.reserve(16)
        sink.putVarint(UInt64(found))
        unsafe numbers.encode(gaps.base, count: found, into: &sink)
        unsafe numbers.encode(corrections.base, count: found, into: &sink)
    }
}
