/// A value as it stood on the wire: which of the fields it was, and its bits or its place.
///
/// 16 bytes and trivial. What the bits mean, the datatype says.
struct SparkplugValue: Hashable, Sendable {
    enum Field: UInt8, Sendable {
        case none, int, long, float, double, boolean, text, bytes, dataSet, template, propertySet,
            propertySets
        /// An extension's.
        case other
    }

    var field = Field.none
    /// A number's bits; of a run start << 32 │ count; of a data set its number in the payload.
    var bits: UInt64 = 0

    static let none = SparkplugValue()

    init() {}

    init(_ field: Field, _ bits: UInt64) {
        self.field = field
        self.bits = bits
    }

    init(_ field: Field, at range: Range<Int>) {
        self.field = field
        bits = UInt64(range.lowerBound) << 32 | UInt64(range.count)
    }

    /// Where a run lies in the payload.
    var run: ByteRange { ByteRange(start: Int(bits >> 32), count: Int(bits & 0xFFFF_FFFF)) }
}

/// A metric as it stood on the wire; names and texts are places in the payload.
struct SparkplugMetric: Hashable, Sendable {
    /// What was there: protobuf 2 tells an alias of 0 from none.
    struct Marks: OptionSet, Hashable, Sendable {
        let rawValue: UInt16

        static let name = Marks(rawValue: 1)
        static let alias = Marks(rawValue: 2)
        static let timestamp = Marks(rawValue: 4)
        static let isHistorical = Marks(rawValue: 8)
        static let isTransient = Marks(rawValue: 16)
        static let isNull = Marks(rawValue: 32)
        /// Its template is the definition of one: schema, no value.
        static let isDefinition = Marks(rawValue: 64)
        /// Its template names its definition.
        static let hasReference = Marks(rawValue: 128)
        /// Keys and values of its properties differ in number; none is kept.
        static let hasUnevenProperties = Marks(rawValue: 256)
    }

    var marks: Marks = []
    /// 0 when there was none.
    var datatype: UInt32 = 0
    var alias: UInt64 = 0
    /// Milliseconds since 1970 in UTC.
    var timestamp: UInt64 = 0
    var nameStart: UInt32 = 0
    var nameCount: UInt32 = 0
    var value = SparkplugValue.none
    /// Among the payload's properties.
    var firstProperty: UInt32 = 0
    var propertyEnd: UInt32 = 0
    /// The name of its template's definition.
    var reference = ByteRange.empty
    /// Behind this metric and the members of its template.
    var next: UInt32 = 0
    /// The place of its first byte, for a dead letter.
    var start: UInt32 = 0
    /// Which entry of the births it belongs to; −1 for none. Filled by the host.
    var entry: Int32 = -1

    var name: ByteRange { ByteRange(start: Int(nameStart), count: Int(nameCount)) }
}

/// A property of a metric.
struct SparkplugProperty: Hashable, Sendable {
    var key: ByteRange
    /// A datatype's code; 0 when there was none.
    var type: UInt32 = 0
    var isNull = false
    /// A nested set is not gone into; its field says that there was one.
    var value = SparkplugValue.none
}

/// A table as a value.
struct SparkplugDataSet: Hashable, Sendable {
    /// Among the payload's columns.
    var firstColumn: Int
    var columnCount: Int
    /// Among the payload's cells, row after row.
    var firstCell: Int
    var rowCount: Int
    /// Why it cannot be used; nil when it can.
    var fault: StaticString?

    static func == (left: SparkplugDataSet, right: SparkplugDataSet) -> Bool {
        left.firstColumn == right.firstColumn && left.columnCount == right.columnCount
            && left.firstCell == right.firstCell && left.rowCount == right.rowCount
            && (left.fault == nil) == (right.fault == nil)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(firstColumn)
        hasher.combine(firstCell)
    }
}

/// A column of a table.
struct SparkplugColumn: Hashable, Sendable {
    var name: ByteRange
    /// A datatype's code.
    var type: UInt32 = 0
}
