/// A column of whole numbers in the smallest of six forms. Exact for every `Int64`: differences wrap around.
///
///     form                       bytes after the form's byte
///     0 constant                 zigzag value
///     1 runs                     zigzag step from the last run's value, varint length; until all are covered
///     2 packed                   zigzag lowest, width (1 byte), (value − lowest) × count in width bits each
///     3 packed differences       zigzag first, then the differences as form 2
///     4 packed second diff.      zigzag first, zigzag first difference, then the second ones as form 2
///     5 runs of differences      zigzag first, then the differences as form 1
///
/// Form 5 is a clock that ticks evenly: a handful of bytes whatever the count.
enum IntegerColumn {
    /// Appends `values`, at least one.
    static func encode(_ values: [Int64], into writer: inout ByteWriter) {
        precondition(!values.isEmpty, "a column must hold at least one number")
        let differences = steps(values)
        var choices: [(form: UInt8, bytes: Int)] = []
        if differences.allSatisfy({ $0 == 0 }) {
            writer.put(0)
            writer.putZigZag(values[0])
            return
        }
        let second = steps(differences)
        choices.append((2, packedBytes(values)))
        choices.append((3, varintBytes(values[0]) + packedBytes(differences)))
        if !second.isEmpty {
            choices.append((4, varintBytes(values[0]) + varintBytes(differences[0]) + packedBytes(second)))
        }
        choices.append((1, runBytes(values)))
        choices.append((5, varintBytes(values[0]) + runBytes(differences)))
        var best = choices[0]
        for choice in choices where choice.bytes < best.bytes { best = choice }
        writer.put(best.form)
        switch best.form {
        case 1: putRuns(values, into: &writer)
        case 2: putPacked(values, into: &writer)
        case 3:
            writer.putZigZag(values[0])
            putPacked(differences, into: &writer)
        case 4:
            writer.putZigZag(values[0])
            writer.putZigZag(differences[0])
            putPacked(second, into: &writer)
        default:
            writer.putZigZag(values[0])
            putRuns(differences, into: &writer)
        }
    }

    /// Reads `count` numbers, at least one.
    static func decode(count: Int, from reader: inout ByteReader) throws(ByteReader.Failure) -> [Int64] {
        let form = try reader.byte()
        switch form {
        case 0:
            return [Int64](repeating: try reader.zigZag(), count: count)
        case 1:
            return try takeRuns(count: count, from: &reader)
        case 2:
            return try takePacked(count: count, from: &reader)
        case 3:
            let first = try reader.zigZag()
            return sums(first, try takePacked(count: count - 1, from: &reader))
        case 4 where count >= 2:
            let first = try reader.zigZag()
            let step = try reader.zigZag()
            return sums(first, sums(step, try takePacked(count: count - 2, from: &reader)))
        case 5:
            let first = try reader.zigZag()
            return sums(first, try takeRuns(count: count - 1, from: &reader))
        default:
            throw ByteReader.Failure(offset: reader.offset - 1, expected: "a column form of 0 … 5")
        }
    }

    private static func steps(_ values: [Int64]) -> [Int64] {
        guard values.count > 1 else { return [] }
        var differences: [Int64] = []
        differences.reserveCapacity(values.count - 1)
        for index in 1..<values.count { differences.append(values[index] &- values[index - 1]) }
        return differences
    }

    private static func sums(_ first: Int64, _ differences: [Int64]) -> [Int64] {
        var values: [Int64] = []
        values.reserveCapacity(differences.count + 1)
        var value = first
        values.append(value)
        for difference in differences {
            value = value &+ difference
            values.append(value)
        }
        return values
    }

    // MARK: Packed

    private static func span(_ values: [Int64]) -> (lowest: Int64, width: Int) {
        var lowest = values[0]
        var highest = values[0]
        for value in values {
            if value < lowest { lowest = value }
            if value > highest { highest = value }
        }
        return (lowest, 64 - UInt64(bitPattern: highest &- lowest).leadingZeroBitCount)
    }

    private static func packedBytes(_ values: [Int64]) -> Int {
        let (lowest, width) = span(values)
        return varintBytes(lowest) + 1 + (width * values.count + 7) / 8
    }

    private static func putPacked(_ values: [Int64], into writer: inout ByteWriter) {
        let (lowest, width) = span(values)
        writer.putZigZag(lowest)
        writer.put(UInt8(width))
        var bits = BitWriter()
        for value in values { bits.put(UInt64(bitPattern: value &- lowest), width: width, into: &writer) }
        bits.finish(into: &writer)
    }

    private static func takePacked(
        count: Int,
        from reader: inout ByteReader
    ) throws(ByteReader.Failure) -> [Int64] {
        let lowest = try reader.zigZag()
        let width = Int(try reader.byte())
        guard width <= 64, (width * count + 7) / 8 <= reader.remaining else {
            throw ByteReader.Failure(offset: reader.offset, expected: "\(count) numbers of \(width) bits")
        }
        var values: [Int64] = []
        values.reserveCapacity(count)
        var bits = BitReader()
        for _ in 0..<count {
            values.append(lowest &+ Int64(bitPattern: try bits.take(width: width, from: &reader)))
        }
        return values
    }

    // MARK: Runs

    private static func runBytes(_ values: [Int64]) -> Int {
        var total = 0
        eachRun(values) { step, length in total += varintBytes(step) + (length < 128 ? 1 : 2) }
        return total
    }

    private static func putRuns(_ values: [Int64], into writer: inout ByteWriter) {
        eachRun(values) { step, length in
            writer.putZigZag(step)
            writer.putVarint(UInt64(length))
        }
    }

    private static func eachRun(_ values: [Int64], _ body: (Int64, Int) -> Void) {
        var last: Int64 = 0
        var start = 0
        while start < values.count {
            var end = start + 1
            while end < values.count && values[end] == values[start] { end += 1 }
            body(values[start] &- last, end - start)
            last = values[start]
            start = end
        }
    }

    private static func takeRuns(
        count: Int,
        from reader: inout ByteReader
    ) throws(ByteReader.Failure) -> [Int64] {
        var values: [Int64] = []
        values.reserveCapacity(count)
        var value: Int64 = 0
        while values.count < count {
            value = value &+ (try reader.zigZag())
            let length = try reader.count(limit: count - values.count)
            guard length > 0 else {
                throw ByteReader.Failure(offset: reader.offset, expected: "a run length")
            }
            for _ in 0..<length { values.append(value) }
        }
        return values
    }

    private static func varintBytes(_ number: Int64) -> Int {
        (70 - (ZigZag.encoded(number) | 1).leadingZeroBitCount) / 7
    }
}
