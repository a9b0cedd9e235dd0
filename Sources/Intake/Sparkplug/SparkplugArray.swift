/// An array as it stands in `bytes_value`: elements of a fixed width, the lowest byte first; bits behind their
/// number; or texts that each end with a zero byte.
///
///     Boolean   u32 count │ bits, the highest of each byte first │ whatever fills the last byte
///     String    bytes, 0 │ bytes, 0 │ …
struct SparkplugArray {
    let element: SparkplugDatatype
    /// Elements.
    let count: Int
    private let run: ByteRange
    /// Where the next element begins; of booleans its number.
    private var place: Int
    private var taken = 0

    /// - Parameter bytes: the payload.
    init(_ run: ByteRange, of element: SparkplugDatatype, in bytes: Span<UInt8>) throws(SparkplugReading
        .Fault)
    {
        self.element = element
        self.run = run
        place = run.start
        switch element {
        case .boolean:
            guard run.count >= 4 else {
                throw SparkplugReading.Fault(detail: "an array of booleans without its count")
            }
            var wanted = 0
            for offset in 0..<4 { wanted |= Int(bytes[run.start + offset]) << (8 * offset) }
            guard (wanted + 7) / 8 == run.count - 4 else {
                throw SparkplugReading.Fault(
                    detail: "an array of booleans longer or shorter than its count says"
                )
            }
            count = wanted
            place = 0
        case .string:
            guard run.count == 0 || bytes[run.end - 1] == 0 else {
                throw SparkplugReading.Fault(detail: "an array of texts whose last one has no end")
            }
            var ends = 0
            for index in run.indices where bytes[index] == 0 { ends += 1 }
            count = ends
        default:
            let width = Self.width(element)
            guard run.count % width == 0 else {
                throw SparkplugReading.Fault(detail: "an array whose length is no multiple of its elements'")
            }
            count = run.count / width
        }
    }

    /// Takes the next element; there must be one.
    mutating func next(_ bytes: Span<UInt8>) -> SparkplugValue {
        precondition(taken < count, "an array has no element behind its last")
        taken += 1
        switch element {
        case .boolean:
            let byte = bytes[run.start + 4 + place / 8]
            defer { place += 1 }
            return SparkplugValue(.boolean, UInt64(byte >> (7 - UInt8(place % 8)) & 1))
        case .string:
            let start = place
            while bytes[place] != 0 { place += 1 }
            place += 1
            return SparkplugValue(.text, at: start..<place - 1)
        default:
            let width = Self.width(element)
            var bits: UInt64 = 0
            for offset in 0..<width { bits |= UInt64(bytes[place + offset]) << UInt64(8 * offset) }
            place += width
            switch element {
            case .float: return SparkplugValue(.float, bits)
            case .double: return SparkplugValue(.double, bits)
            default: return SparkplugValue(width == 8 ? .long : .int, bits)
            }
        }
    }

    /// Bytes of an element.
    private static func width(_ element: SparkplugDatatype) -> Int {
        switch element {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        default: 8
        }
    }
}
