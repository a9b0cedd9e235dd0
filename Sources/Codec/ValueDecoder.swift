/// Reads ``ValueColumn``s. Owns what it needs for that.
struct ValueDecoder: ~Copyable {
    private var numbers = NumberDecoder()
    private var scaled = Scratch<Int64>(capacity: 4096)
    private var gaps = Scratch<Int64>(capacity: 1)

    /// Reads a column of whole numbers without a head.
    mutating func decodeNumbers(
        count: Int,
        from source: inout ByteSource,
        into values: UnsafeMutablePointer<Int64>
    ) throws(ByteReader.Failure) {
        try unsafe numbers.decode(count: count, from: &source, into: values)
    }

    /// Reads `count` patterns, at least one, and steps over them. `patterns` has room for them.
    /// `expected` is what the encoder was given.
    mutating func decode(
        count: Int,
        expected: UnsafePointer<Double>? = nil,
        from source: inout ByteSource,
        into patterns: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        let head = Int(try source.byte())
        if head & 7 == ValueColumn.decimal {
            try unsafe takeDecimals(head, count: count, expected: nil, from: &source, into: patterns)
            return
        }
        if head & 7 == ValueColumn.beside {
            guard let expected = unsafe expected else { throw source.failure("a column by itself") }
            try unsafe takeDecimals(head, count: count, expected: expected, from: &source, into: patterns)
            return
        }
        let words = unsafe UnsafeMutableRawPointer(patterns).assumingMemoryBound(to: Int64.self)
        switch head {
        case ValueColumn.plain:
            try unsafe numbers.decode(count: count, from: &source, into: words)
        case ValueColumn.binary:
            let place = source
            guard let k = Int(exactly: try source.zigZag()), ValueColumn.scales.contains(k) else {
                throw place.failure("a binary scale")
            }
            let scale = ValueColumn.scale(k)
            try unsafe numbers.decode(count: count, from: &source, into: words)
            for index in 0..<count {
                unsafe patterns[index] = (Double(words[index]) * scale).bitPattern
            }
        case ValueColumn.xor:
            try unsafe XORRun.take(count: count, from: &source, into: patterns)
        case ValueColumn.shifted:
            let shift = try source.byte()
            guard shift < 64 else { throw source.failure("a shift below 64") }
            try unsafe numbers.decode(count: count, from: &source, into: words)
            for index in 0..<count { unsafe patterns[index] &<<= UInt64(shift) }
        default:
            throw source.failure("a value form of 0 … 4")
        }
    }

    private mutating func takeDecimals(
        _ head: Int,
        count: Int,
        expected: UnsafePointer<Double>?,
        from source: inout ByteSource,
        into patterns: UnsafeMutablePointer<UInt64>
    ) throws(ByteReader.Failure) {
        scaled.reserve(count)
        let values = unsafe scaled.base
        try unsafe numbers.decode(count: count, from: &source, into: values)
        if let expected = unsafe expected {
            unsafe DecimalFit.shift(values, count: count, by: expected, exponent: head &>> 4, sign: 1)
        }
        let power = ValueColumn.power(head &>> 4)
        for index in 0..<count {
            unsafe patterns[index] = DecimalFit.restored(values[index], power: power)
        }
        if head & ValueColumn.correctedBit == 0 { return }
        let corrected = try source.count(in: 0...count)
        if corrected == 0 {
            try unsafe numbers.decode(count: count, from: &source, into: values)
            for index in 0..<count { unsafe patterns[index] &+= UInt64(bitPattern: values[index]) }
            return
        }
        gaps.reserve(corrected)
        let places = unsafe gaps.base
        try unsafe numbers.decode(count: corrected, from: &source, into: places)
        try unsafe numbers.decode(count: corrected, from: &source, into: values)
        var place = -1
        for index in 0..<corrected {
            let gap = unsafe places[index]
            guard gap >= 0, gap < Int64(count &- place &- 1) else {
                throw source.failure("a correction within the column")
            }
            place &+= Int(gap) &+ 1
            unsafe patterns[place] &+= UInt64(bitPattern: values[index])
        }
    }
}
