internal import Codec
internal import Readings

/// One entry of the catalogue, as journal and catalogue file keep it.
///
///     series: 0, varint id, varint device, kind, type, text site, asset, metric,
///             varint tags, text name and value each, text unit
///     text:   1, varint id, text
enum Definition: Hashable {
    /// With the device whose pages it shares, see ``Catalogue/device(of:)``.
    case series(Series, device: UInt32)
    case text(TextID, String)

    /// Appends the bytes.
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .series(let series, let device):
            writer.put(0)
            writer.putVarint(UInt64(series.id.index))
            writer.putVarint(UInt64(device))
            writer.put(series.kind.rawValue)
            writer.put(series.type.rawValue)
            writer.putText(series.key.site)
            writer.putText(series.key.asset)
            writer.putText(series.key.metric)
            writer.putVarint(UInt64(series.key.tags.count))
            for tag in series.key.tags {
                writer.putText(tag.name)
                writer.putText(tag.value)
            }
            writer.putText(series.unit)
        case .text(let id, let text):
            writer.put(1)
            writer.putVarint(UInt64(id.index))
            writer.putText(text)
        }
    }

    /// What ``encode(into:)`` takes.
    var encodedBytes: Int {
        func varint(_ number: Int) -> Int { max(1, (70 - UInt64(number).leadingZeroBitCount) / 7) }
        func bytes(_ text: String) -> Int { varint(text.utf8.count) + text.utf8.count }
        switch self {
        case .series(let series, let device):
            let key = series.key
            var sum = 3 + varint(Int(series.id.index)) + varint(Int(device)) + varint(key.tags.count)
            sum += bytes(key.site) + bytes(key.asset) + bytes(key.metric) + bytes(series.unit)
            for tag in key.tags { sum += bytes(tag.name) + bytes(tag.value) }
            return sum
        case .text(let id, let text): return 1 + varint(Int(id.index)) + bytes(text)
        }
    }

    /// Reads one.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let start = reader.offset
        let form = try reader.byte()
        let index = UInt32(try reader.count(limit: Int(UInt32.max)))
        if form == 1 {
            self = .text(TextID(index: index), try reader.text())
            return
        }
        guard form == 0 else { throw ByteReader.Failure(offset: start, expected: "a definition") }
        let device = UInt32(try reader.count(limit: Int(UInt32.max)))
        guard let kind = Kind(rawValue: try reader.byte()),
            let type = ValueType(rawValue: try reader.byte())
        else { throw ByteReader.Failure(offset: start, expected: "a definition") }
        let (site, asset, metric) = (try reader.text(), try reader.text(), try reader.text())
        var tags: [Tag] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            tags.append(Tag(name: try reader.text(), value: try reader.text()))
        }
        let key = SeriesKey(site: site, asset: asset, metric: metric, tags: tags)
        self = .series(
            Series(id: SeriesID(index: index), key: key, kind: kind, type: type, unit: try reader.text()),
            device: device
        )
    }
}
