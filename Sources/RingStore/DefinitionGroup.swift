internal import Codec
internal import Readings

/// Some definitions of one kind, as one record of the catalogue: names resemble those before them.
///
///     series: 2, then each
///         1 byte   what is as in the series before: bit 0 id + 1, 1 device, 2 kind and type, 3 site, 4 asset, 5 unit;
///                  bit 6 no tags
///         what is not so, in this order: zigzag id − id before, zigzag device − device before, kind, type, text site,
///         asset, unit
///         varint bytes that the metric has in common with the one before from its start, text: the rest
///         unless bit 6 is set: varint tags, text name and value each
///     texts: 3, varint id of the first, varint bytes, then packed (``TextPacking``): text each, ids ascending by one
///
/// Before the first, ids are −1, kind and type 0, texts empty.
struct DefinitionGroup {
    /// What one group holds at most: it is lost as a whole when it is damaged.
    private static let bytesMax = 16 << 10

    private var definitions: [Definition] = []
    private var plainBytes = 0

    /// Takes a definition in; false when it has to go into another group.
    mutating func take(_ definition: Definition) -> Bool {
        let bytes = CatalogueFile.bytes(of: definition)
        if let last = definitions.last {
            guard last.follows(in: definition), plainBytes + bytes <= DefinitionGroup.bytesMax else {
                return false
            }
        }
        definitions.append(definition)
        plainBytes += bytes
        return true
    }

    /// The record's body.
    var body: [UInt8] {
        if definitions.count == 1 { return single(definitions[0]) }
        var writer = ByteWriter(capacity: plainBytes)
        switch definitions[0] {
        case .series:
            writer.put(2)
            var before = SeriesLine()
            for case .series(let series, let device) in definitions {
                before.put(SeriesLine(series, device), into: &writer)
            }
        case .text(let first, _):
            writer.put(3)
            writer.putVarint(UInt64(first.index))
            var plain = ByteWriter(capacity: plainBytes)
            for case .text(_, let text) in definitions { plain.putText(text) }
            writer.putVarint(UInt64(plain.count))
            writer.putRaw(TextPacking.packed(plain.bytes.span))
        }
        return writer.bytes
    }

    private func single(_ definition: Definition) -> [UInt8] {
        var writer = ByteWriter(capacity: plainBytes)
        definition.encode(into: &writer)
        return writer.bytes
    }

    /// The definitions of a record's body.
    static func read(_ reader: inout ByteReader) throws(ByteReader.Failure) -> [Definition] {
        let start = reader
        switch try reader.byte() {
        case 2:
            var definitions: [Definition] = []
            var line = SeriesLine()
            while reader.remaining > 0 {
                try line.read(from: &reader)
                definitions.append(.series(line.series, device: UInt32(line.device)))
            }
            return definitions
        case 3:
            var index = UInt32(try reader.count(limit: Int(UInt32.max)))
            let count = try reader.count(limit: TextPacking.bytesMax)
            let packed = Array(try reader.raw(reader.remaining))
            var plain = ByteReader(try TextPacking.unpacked(packed.span, count: count))
            var definitions: [Definition] = []
            while plain.remaining > 0 {
                definitions.append(.text(TextID(index: index), try plain.text()))
                index &+= 1
            }
            return definitions
        default:
            reader = start
            return [try Definition(from: &reader)]
        }
    }
}

extension Definition {
    /// Whether another may come after this one in its group.
    fileprivate func follows(in next: Definition) -> Bool {
        switch (self, next) {
        case (.series, .series): true
        case (.text(let id, _), .text(let following, _)): id.index &+ 1 == following.index
        default: false
        }
    }
}

/// A series beside the one before it.
private struct SeriesLine {
    var id: Int64 = -1
    var device: Int64 = -1
    var kind: UInt8 = 0
    var type: UInt8 = 0
    var site = ""
    var asset = ""
    var unit = ""
    var metric: [UInt8] = []
    var tags: [Tag] = []

    init() {}

    init(_ series: Series, _ device: UInt32) {
        (id, self.device) = (Int64(series.id.index), Int64(device))
        (kind, type) = (series.kind.rawValue, series.type.rawValue)
        (site, asset, unit) = (series.key.site, series.key.asset, series.unit)
        (metric, tags) = (Array(series.key.metric.utf8), series.key.tags)
    }

    /// Writes the next one, which this becomes.
    mutating func put(_ next: SeriesLine, into writer: inout ByteWriter) {
        var same: UInt8 = 0
        if next.id == id + 1 { same |= 1 }
        if next.device == device { same |= 2 }
        if next.kind == kind && next.type == type { same |= 4 }
        // Compared by bytes: what Unicode calls equal may be spelled otherwise.
        if next.site.utf8.elementsEqual(site.utf8) { same |= 8 }
        if next.asset.utf8.elementsEqual(asset.utf8) { same |= 16 }
        if next.unit.utf8.elementsEqual(unit.utf8) { same |= 32 }
        if next.tags.isEmpty { same |= 64 }
        writer.put(same)
        if same & 1 == 0 { writer.putZigZag(next.id - id) }
        if same & 2 == 0 { writer.putZigZag(next.device - device) }
        if same & 4 == 0 {
            writer.put(next.kind)
            writer.put(next.type)
        }
        if same & 8 == 0 { writer.putText(next.site) }
        if same & 16 == 0 { writer.putText(next.asset) }
        if same & 32 == 0 { writer.putText(next.unit) }
        let common = zip(metric, next.metric).prefix { $0 == $1 }.count
        writer.putVarint(UInt64(common))
        writer.putBytes(Array(next.metric[common...]))
        if same & 64 == 0 {
            writer.putVarint(UInt64(next.tags.count))
            for tag in next.tags {
                writer.putText(tag.name)
                writer.putText(tag.value)
            }
        }
        self = next
    }

    /// Reads the next one, which this becomes.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let same = try reader.byte()
        id = try Self.number(id, same & 1 != 0 ? 1 : reader.zigZag(), reader)
        device = try Self.number(device, same & 2 != 0 ? 0 : reader.zigZag(), reader)
        if same & 4 == 0 { (kind, type) = (try reader.byte(), try reader.byte()) }
        if same & 8 == 0 { site = try reader.text() }
        if same & 16 == 0 { asset = try reader.text() }
        if same & 32 == 0 { unit = try reader.text() }
        let common = try reader.count(limit: metric.count)
        metric.removeLast(metric.count - common)
        metric += try reader.raw(reader.count(limit: reader.remaining))
        tags = []
        if same & 64 == 0 {
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                tags.append(Tag(name: try reader.text(), value: try reader.text()))
            }
        }
        guard Kind(rawValue: kind) != nil, ValueType(rawValue: type) != nil else {
            throw ByteReader.Failure(offset: reader.offset, expected: "a kind and a type")
        }
    }

    private static func number(
        _ before: Int64,
        _ step: Int64,
        _ reader: ByteReader
    ) throws(ByteReader.Failure) -> Int64 {
        let (number, overflow) = before.addingReportingOverflow(step)
        guard !overflow, (0...Int64(UInt32.max)).contains(number) else {
            throw ByteReader.Failure(offset: reader.offset, expected: "a number of 32 bits")
        }
        return number
    }

    var series: Series {
        Series(
            id: SeriesID(index: UInt32(id)),
            key: SeriesKey(
                site: site,
                asset: asset,
                metric: String(decoding: metric, as: UTF8.self),
                tags: tags
            ),
            kind: Kind(rawValue: kind) ?? .gauge,
            type: ValueType(rawValue: type) ?? .number,
            unit: unit
        )
    }
}
