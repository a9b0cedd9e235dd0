/// What a value on the wire says, once its datatype is known.
enum SparkplugReading {
    /// Why a value cannot be used; its neighbours can.
    struct Fault: Error {
        let detail: StaticString
    }

    /// Reads a value that is one scalar.
    ///
    /// - Parameters:
    ///   - datatype: nil when nobody said it: then the field decides.
    ///   - bytes: the payload.
    ///   - text: gets digits and base64 appended; texts stay where they are.
    /// - Returns: what it is, and where it lies: in `text`, but `isInPayload` in the payload.
    static func scalar(
        _ value: SparkplugValue,
        _ datatype: SparkplugDatatype?,
        of bytes: Span<UInt8>,
        into text: inout [UInt8]
    ) throws(Fault) -> (kind: Node.Kind, range: ByteRange, isInPayload: Bool) {
        let start = text.count
        switch datatype ?? guessed(value.field) {
        case .int8: text.append(signed: Int64(Int8(truncatingIfNeeded: try whole(value))))
        case .int16: text.append(signed: Int64(Int16(truncatingIfNeeded: try whole(value))))
        case .int32: text.append(signed: Int64(Int32(truncatingIfNeeded: try whole(value))))
        case .int64:
            let bits = try whole(value)
            let isShort = value.field == .int
            text.append(signed: isShort ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits))
        case .uint8, .uint16, .uint32, .uint64, .dateTime: text.append(decimal: try whole(value))
        case .float, .double: try real(value, into: &text)
        case .boolean:
            switch value.field {
            case .boolean, .int, .long: return (value.bits == 0 ? .no : .yes, .empty, false)
            default: throw Fault(detail: "a Boolean in another field than boolean_value")
            }
        case .string, .text, .uuid:
            guard value.field == .text else {
                throw Fault(detail: "a text in another field than string_value")
            }
            guard bytes.extracting(value.run.indices).firstByteThatIsNotUTF8 == nil else {
                throw Fault(detail: "a text that is not UTF-8")
            }
            return (.text, value.run, true)
        case .bytes, .file:
            guard value.field == .bytes else {
                throw Fault(detail: "bytes in another field than bytes_value")
            }
            appendBase64(bytes.extracting(value.run.indices), to: &text)
            return (.text, ByteRange(start: start, count: text.count - start), false)
        case .dataSet, .template, .propertySet, .propertySetList, .int8Array, .int16Array, .int32Array,
            .int64Array, .uint8Array, .uint16Array, .uint32Array, .uint64Array, .floatArray, .doubleArray,
            .booleanArray, .stringArray, .dateTimeArray, nil:
            throw Fault(detail: "a value that is no scalar")
        }
        return (.number, ByteRange(start: start, count: text.count - start), false)
    }

    private static func whole(_ value: SparkplugValue) throws(Fault) -> UInt64 {
        switch value.field {
        case .int, .long, .boolean: return value.bits
        default: throw Fault(detail: "a whole number in another field than int_value or long_value")
        }
    }

    private static func real(_ value: SparkplugValue, into text: inout [UInt8]) throws(Fault) {
        switch value.field {
        case .float: text.append(shortest: Float(bitPattern: UInt32(truncatingIfNeeded: value.bits)))
        case .double: text.append(shortest: Double(bitPattern: value.bits))
        default: throw Fault(detail: "a real number in another field than float_value or double_value")
        }
    }

    /// What a field most likely holds.
    private static func guessed(_ field: SparkplugValue.Field) -> SparkplugDatatype? {
        switch field {
        case .int: .uint32
        case .long: .uint64
        case .float: .float
        case .double: .double
        case .boolean: .boolean
        case .text: .string
        case .bytes: .bytes
        case .none, .dataSet, .template, .propertySet, .propertySets, .other: nil
        }
    }

    private static let base64Letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    private static func appendBase64(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        var place = 0
        while place < bytes.count {
            let left = bytes.count - place
            let word =
                UInt32(bytes[place]) << 16 | (left > 1 ? UInt32(bytes[place + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[place + 2]) : 0)
            text.append(base64Letters[Int(word >> 18)])
            text.append(base64Letters[Int(word >> 12 & 63)])
            text.append(left > 1 ? base64Letters[Int(word >> 6 & 63)] : UInt8(ascii: "="))
            text.append(left > 2 ? base64Letters[Int(word & 63)] : UInt8(ascii: "="))
            place += 3
        }
    }
}
