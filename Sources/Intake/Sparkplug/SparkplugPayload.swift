/// A Sparkplug B payload, read: flat arrays whose names, texts and bytes are places in the payload.
///
/// One is used for message after message; its arrays keep their memory, so that nothing is allocated once they have
/// grown. A metric of a message by alias is about 20 bytes on the wire and 120 here.
struct SparkplugPayload: Sendable {
    /// Milliseconds since 1970 in UTC, when the sender sent it.
    private(set) var timestamp: UInt64?
    /// 0 … 255 says the specification; as it came.
    private(set) var seq: UInt64?
    /// Each is followed by the members of its template; the host fills in their entries.
    var metrics: [SparkplugMetric] = []
    /// Of all metrics, each one's together.
    private(set) var properties: [SparkplugProperty] = []
    var dataSets: [SparkplugDataSet] = []
    var columns: [SparkplugColumn] = []
    var cells: [SparkplugValue] = []

    /// Templates within templates and property sets within property sets, at most.
    let nestingMax: Int
    /// Metrics, properties, columns and cells of one payload, at most: 16 … 120 bytes each.
    let elementsMax: Int
    private var elements = 0
    private var keys: [ByteRange] = []

    /// What marks a payload that is packed into `body`, in any case.
    private static let compressed: StaticString = "spbv1.0_compressed"

    init(nestingMax: Int = 64, elementsMax: Int = 100_000) {
        self.nestingMax = nestingMax
        self.elementsMax = elementsMax
    }

    /// Reads a payload.
    ///
    /// - Parameter bytes: borrowed; the places that are noted lie in them.
    /// - Throws: ``DecodeFailure`` with the offset of what spoiled it; then what was read of it is of no use.
    /// - Complexity: O(bytes).
    mutating func read(_ bytes: Span<UInt8>) throws(DecodeFailure) {
        reset()
        var cursor = WireCursor(0..<bytes.count)
        while cursor.isInside {
            let start = cursor.position
            let key = try cursor.varint(bytes)
            switch key {
            case 0x08: timestamp = try cursor.varint(bytes)
            case 0x12: try metric(bytes, try cursor.run(bytes), start: start, depth: 0)
            case 0x18: seq = try cursor.varint(bytes)
            case 0x22:
                let uuid = try cursor.text(bytes)
                if bytes.extracting(uuid).equalsFolded(Self.compressed) {
                    throw WireCursor.failure(start, "a compressed payload; let the source send it plain")
                }
            case 0x2A: _ = try cursor.run(bytes)
            default: try cursor.skip(key, of: bytes, known: 1...5)
            }
        }
    }

    private mutating func reset() {
        timestamp = nil
        seq = nil
        elements = 0
        metrics.removeAll(keepingCapacity: true)
        if properties.isEmpty, dataSets.isEmpty { return }
        properties.removeAll(keepingCapacity: true)
        dataSets.removeAll(keepingCapacity: true)
        columns.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
    }

    /// Counts one more element; each has its place in the bytes.
    @inline(__always)
    mutating func count(at byte: Int) throws(DecodeFailure) {
        elements &+= 1
        guard elements <= elementsMax else {
            throw WireCursor.failure(byte, "more than \(elementsMax) metrics, properties and cells")
        }
    }

    // MARK: Metrics

    private mutating func metric(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        start: Int,
        depth: Int
    ) throws(DecodeFailure) {
        try count(at: start)
        let place = metrics.count
        var metric = SparkplugMetric()
        metric.start = UInt32(truncatingIfNeeded: start)
        var template: Range<Int>?
        var cursor = WireCursor(range)
        while cursor.isInside {
            let key = try cursor.varint(bytes)
            switch key {
            case 0x0A:
                let name = try cursor.text(bytes)
                metric.nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
                metric.nameCount = UInt32(truncatingIfNeeded: name.count)
                metric.marks.insert(.name)
            case 0x10:
                metric.alias = try cursor.varint(bytes)
                metric.marks.insert(.alias)
            case 0x18:
                metric.timestamp = try cursor.varint(bytes)
                metric.marks.insert(.timestamp)
            case 0x20: metric.datatype = UInt32(truncatingIfNeeded: try cursor.varint(bytes))
            case 0x28: set(.isHistorical, try cursor.varint(bytes) != 0, &metric)
            case 0x30: set(.isTransient, try cursor.varint(bytes) != 0, &metric)
            case 0x38: set(.isNull, try cursor.varint(bytes) != 0, &metric)
            case 0x42: _ = try cursor.run(bytes)
            case 0x4A: try propertySet(bytes, try cursor.run(bytes), of: &metric)
            case 0x50...0x9A:
                let value = try self.value(key, &cursor, bytes)
                if value.field == .template {
                    template = value.run.indices
                } else {
                    template = nil
                }
                metric.value = value
            default: try cursor.skip(key, of: bytes, known: 1...19)
            }
        }
        metrics.append(metric)
        if let template { try self.template(bytes, template, of: place, depth: depth + 1) }
        metrics[place].next = UInt32(truncatingIfNeeded: metrics.count)
    }

    @inline(__always)
    private func set(_ mark: SparkplugMetric.Marks, _ isSet: Bool, _ metric: inout SparkplugMetric) {
        if isSet { metric.marks.insert(mark) } else { metric.marks.remove(mark) }
    }

    /// Reads one of a metric's values, fields 10 … 19.
    @inline(__always)
    private mutating func value(
        _ key: UInt64,
        _ cursor: inout WireCursor,
        _ bytes: Span<UInt8>
    ) throws(DecodeFailure) -> SparkplugValue {
        switch key {
        case 0x50: return SparkplugValue(.int, try cursor.varint(bytes) & 0xFFFF_FFFF)
        case 0x58: return SparkplugValue(.long, try cursor.varint(bytes))
        case 0x65: return SparkplugValue(.float, UInt64(try cursor.fixed32(bytes)))
        case 0x69: return SparkplugValue(.double, try cursor.fixed64(bytes))
        case 0x70: return SparkplugValue(.boolean, try cursor.varint(bytes) != 0 ? 1 : 0)
        case 0x7A: return SparkplugValue(.text, at: try cursor.run(bytes))
        case 0x82: return SparkplugValue(.bytes, at: try cursor.run(bytes))
        case 0x8A: return try dataSet(bytes, try cursor.run(bytes))
        case 0x92: return SparkplugValue(.template, at: try cursor.run(bytes))
        case 0x9A:
            _ = try cursor.run(bytes)
            return SparkplugValue(.other, 0)
        default:
            try cursor.skip(key, of: bytes, known: 1...19)
            return .none
        }
    }

    /// Reads a template: its members become metrics behind the one whose value it is.
    private mutating func template(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        of place: Int,
        depth: Int
    ) throws(DecodeFailure) {
        guard depth <= nestingMax else {
            throw WireCursor.failure(range.lowerBound, "templates nested deeper than \(nestingMax) levels")
        }
        var cursor = WireCursor(range)
        while cursor.isInside {
            let start = cursor.position
            let key = try cursor.varint(bytes)
            switch key {
            case 0x0A: _ = try cursor.run(bytes)
            case 0x12: try metric(bytes, try cursor.run(bytes), start: start, depth: depth)
            case 0x1A: try parameter(bytes, try cursor.run(bytes))
            case 0x22:
                let reference = try cursor.text(bytes)
                metrics[place].reference = ByteRange(start: reference.lowerBound, count: reference.count)
                metrics[place].marks.insert(.hasReference)
            case 0x28: set(.isDefinition, try cursor.varint(bytes) != 0, &metrics[place])
            default: try cursor.skip(key, of: bytes, known: 1...5)
            }
        }
    }

    /// Steps through a template's parameter: constants of its making, no readings.
    private func parameter(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeFailure) {
        var cursor = WireCursor(range)
        while cursor.isInside {
            let key = try cursor.varint(bytes)
            switch key {
            case 0x10, 0x18, 0x20, 0x38: _ = try cursor.varint(bytes)
            case 0x2D: _ = try cursor.fixed32(bytes)
            case 0x31: _ = try cursor.fixed64(bytes)
            case 0x0A, 0x42, 0x4A: _ = try cursor.run(bytes)
            default: try cursor.skip(key, of: bytes, known: 1...9)
            }
        }
    }

    // MARK: Properties

    private mutating func propertySet(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        of metric: inout SparkplugMetric
    ) throws(DecodeFailure) {
        metric.firstProperty = UInt32(truncatingIfNeeded: properties.count)
        metric.marks.remove(.hasUnevenProperties)
        if !keys.isEmpty { keys.removeAll(keepingCapacity: true) }
        let first = properties.count
        var cursor = WireCursor(range)
        while cursor.isInside {
            let start = cursor.position
            let key = try cursor.varint(bytes)
            switch key {
            case 0x0A:
                try count(at: start)
                let name = try cursor.text(bytes)
                keys.append(ByteRange(start: name.lowerBound, count: name.count))
            case 0x12:
                try count(at: start)
                properties.append(try property(bytes, try cursor.run(bytes), depth: 1))
            default: try cursor.skip(key, of: bytes, known: 1...2)
            }
        }
        if keys.count == properties.count - first {
            for (offset, key) in keys.enumerated() { properties[first + offset].key = key }
        } else {
            properties.removeLast(properties.count - first)
            metric.marks.insert(.hasUnevenProperties)
        }
        metric.propertyEnd = UInt32(truncatingIfNeeded: properties.count)
    }

    private func property(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        depth: Int
    ) throws(DecodeFailure) -> SparkplugProperty {
        var property = SparkplugProperty(key: .empty)
        var cursor = WireCursor(range)
        while cursor.isInside {
            let key = try cursor.varint(bytes)
            switch key {
            case 0x08: property.type = UInt32(truncatingIfNeeded: try cursor.varint(bytes))
            case 0x10: property.isNull = try cursor.varint(bytes) != 0
            case 0x18: property.value = SparkplugValue(.int, try cursor.varint(bytes) & 0xFFFF_FFFF)
            case 0x20: property.value = SparkplugValue(.long, try cursor.varint(bytes))
            case 0x2D: property.value = SparkplugValue(.float, UInt64(try cursor.fixed32(bytes)))
            case 0x31: property.value = SparkplugValue(.double, try cursor.fixed64(bytes))
            case 0x38: property.value = SparkplugValue(.boolean, try cursor.varint(bytes) != 0 ? 1 : 0)
            case 0x42: property.value = SparkplugValue(.text, at: try cursor.run(bytes))
            case 0x4A:
                let inner = try cursor.run(bytes)
                try nested(bytes, inner, depth: depth + 1, isList: false)
                property.value = SparkplugValue(.propertySet, at: inner)
            case 0x52:
                let inner = try cursor.run(bytes)
                try nested(bytes, inner, depth: depth + 1, isList: true)
                property.value = SparkplugValue(.propertySets, at: inner)
            case 0x5A: _ = try cursor.run(bytes)
            default: try cursor.skip(key, of: bytes, known: 1...11)
            }
        }
        return property
    }

    /// Steps through a set within a set; what it holds is not kept.
    private func nested(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        depth: Int,
        isList: Bool
    ) throws(DecodeFailure) {
        guard depth <= nestingMax else {
            throw WireCursor.failure(range.lowerBound, "properties nested deeper than \(nestingMax) levels")
        }
        var cursor = WireCursor(range)
        while cursor.isInside {
            let key = try cursor.varint(bytes)
            switch key {
            case 0x0A where isList: try nested(bytes, try cursor.run(bytes), depth: depth + 1, isList: false)
            case 0x0A: _ = try cursor.text(bytes)
            case 0x12 where !isList: _ = try property(bytes, try cursor.run(bytes), depth: depth + 1)
            default: try cursor.skip(key, of: bytes, known: 1...(isList ? 1 : 2))
            }
        }
    }
}
