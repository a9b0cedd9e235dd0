import Readings

/// Sparkplug's codes of what a value is.
enum SparkplugDatatype: UInt8, Hashable, Sendable, CaseIterable {
    case int8 = 1
    case int16, int32, int64, uint8, uint16, uint32, uint64, float, double, boolean, string, dateTime, text
    case uuid, dataSet, bytes, file, template, propertySet, propertySetList
    case int8Array, int16Array, int32Array, int64Array, uint8Array, uint16Array, uint32Array, uint64Array
    case floatArray, doubleArray, booleanArray, stringArray, dateTimeArray

    /// The datatype of a code on the wire; nil for none that there is, and for 0.
    init?(code: UInt32) {
        guard let code = UInt8(exactly: code) else { return nil }
        self.init(rawValue: code)
    }

    /// What each element of an array is; nil for everything else.
    var element: SparkplugDatatype? {
        switch self {
        case .int8Array: .int8
        case .int16Array: .int16
        case .int32Array: .int32
        case .int64Array: .int64
        case .uint8Array: .uint8
        case .uint16Array: .uint16
        case .uint32Array: .uint32
        case .uint64Array: .uint64
        case .floatArray: .float
        case .doubleArray: .double
        case .booleanArray: .boolean
        case .stringArray: .string
        case .dateTimeArray: .dateTime
        default: nil
        }
    }

    /// What a series of such values holds; nil for what has no value of its own.
    var valueType: ValueType? {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float, .double, .dateTime:
            .number
        case .boolean: .flag
        case .string, .text, .uuid, .bytes, .file: .text
        default: element?.valueType
        }
    }

    /// As the specification spells it.
    var word: StaticString {
        switch self {
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .uint8: "UInt8"
        case .uint16: "UInt16"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .float: "Float"
        case .double: "Double"
        case .boolean: "Boolean"
        case .string: "String"
        case .dateTime: "DateTime"
        case .text: "Text"
        case .uuid: "UUID"
        case .dataSet: "DataSet"
        case .bytes: "Bytes"
        case .file: "File"
        case .template: "Template"
        case .propertySet: "PropertySet"
        case .propertySetList: "PropertySetList"
        case .int8Array: "Int8Array"
        case .int16Array: "Int16Array"
        case .int32Array: "Int32Array"
        case .int64Array: "Int64Array"
        case .uint8Array: "UInt8Array"
        case .uint16Array: "UInt16Array"
        case .uint32Array: "UInt32Array"
        case .uint64Array: "UInt64Array"
        case .floatArray: "FloatArray"
        case .doubleArray: "DoubleArray"
        case .booleanArray: "BooleanArray"
        case .stringArray: "StringArray"
        case .dateTimeArray: "DateTimeArray"
        }
    }
}
