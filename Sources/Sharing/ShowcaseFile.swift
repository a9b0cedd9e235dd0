import Codec
import Disclosure
import Glibc
import Readings

/// `<data>/sharing/showcase`: of each grant the last release that left, and the last one if that still waits.
///
/// Written anew as a whole, each release in a ``RecordFrame``; whoever loses it loses what partners' pages show until the
/// next release, and nothing else.
///
///     topic │ bucket start zigzag │ bucket end zigzag │ has left u8 │ values varint, each:
///     product │ site │ form u8, value │ unit │ completion u8 (zigzag if 1) │ age zigzag │ quality u8
///
/// Forms: 0 number double │ 1 text │ 2 band: low u8 (double if 1) │ high u8 (double if 1).
enum ShowcaseFile {
    /// Some ten thousand grants of one value each; those with the oldest buckets are left out.
    static let bytesMax = 4 << 20
    /// No longer record is written or read.
    static let recordBytesMax = 1 << 20

    static func bytes(_ shown: [String: [Showcase.Shown]]) -> [UInt8] {
        var bytes: [UInt8] = []
        let grants = shown.sorted { left, right in
            let (last, other) = (left.value.last?.bucketEnd, right.value.last?.bucketEnd)
            return (other ?? .distantPast, left.key) < (last ?? .distantPast, right.key)
        }
        for (topic, list) in grants {
            var kept = list.last(where: \.hasLeft).map { [$0] } ?? []
            if let last = list.last, !last.hasLeft { kept.append(last) }
            let records = kept.map { record(topic, $0) }.filter { $0.count <= recordBytesMax }.joined()
            guard bytes.count + records.count <= bytesMax else { break }
            bytes += records
        }
        return bytes
    }

    /// What a file tells, oldest first within a topic; nothing of one that cannot be read.
    static func read(_ path: String) -> [(topic: String, shown: Showcase.Shown)] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { _ = close(descriptor) }
        let file = PlacedFile.read(bytesMax, from: descriptor, at: 0) ?? []
        var records: [(String, Showcase.Shown)] = []
        var offset = 0
        while let record = RecordFrame.read(file, at: &offset, limit: recordBytesMax, parse) {
            records.append(record)
        }
        return records
    }

    private static func record(_ topic: String, _ shown: Showcase.Shown) -> [UInt8] {
        var body = ByteWriter()
        body.putText(topic)
        body.putZigZag(shown.bucketStart.milliseconds)
        body.putZigZag(shown.bucketEnd.milliseconds)
        body.put(shown.hasLeft ? 1 : 0)
        body.putVarint(UInt64(shown.values.count))
        for value in shown.values {
            body.putText(value.product)
            body.putText(value.site)
            put(value.value, into: &body)
            body.putText(value.unit)
            body.put(value.completion == nil ? 0 : 1)
            if let completion = value.completion { body.putZigZag(completion.milliseconds) }
            body.putZigZag(value.ageBuckets)
            body.put(value.quality.rawValue)
        }
        return RecordFrame.bytes(body.bytes)
    }

    private static func put(_ value: Obscured, into body: inout ByteWriter) {
        switch value {
        case .number(let number):
            body.put(0)
            body.putDouble(number)
        case .text(let text):
            body.put(1)
            body.putText(text)
        case .band(let low, let high):
            body.put(2)
            for edge in [low, high] {
                body.put(edge == nil ? 0 : 1)
                if let edge { body.putDouble(edge) }
            }
        }
    }

    private static func parse(_ body: [UInt8]) throws(ByteReader.Failure) -> (String, Showcase.Shown)? {
        var input = ByteReader(body)
        let topic = try input.text()
        let start = Instant(milliseconds: try input.zigZag())
        let end = Instant(milliseconds: try input.zigZag())
        let hasLeft = try input.byte() == 1
        var values: [Release.Value] = []
        for _ in 0..<(try input.count(limit: body.count)) {
            let (product, site) = (try input.text(), try input.text())
            guard let value = try obscured(&input) else { return nil }
            let unit = try input.text()
            let completion = try input.byte() == 1 ? Instant(milliseconds: try input.zigZag()) : nil
            let age = try input.zigZag()
            guard let quality = Quality(rawValue: try input.byte()) else { return nil }
            values.append(
                Release.Value(
                    product: product,
                    site: site,
                    value: value,
                    unit: unit,
                    completion: completion,
                    ageBuckets: age,
                    quality: quality
                )
            )
        }
        return (topic, Showcase.Shown(bucketStart: start, bucketEnd: end, values: values, hasLeft: hasLeft))
    }

    private static func obscured(_ input: inout ByteReader) throws(ByteReader.Failure) -> Obscured? {
        switch try input.byte() {
        case 0: return .number(try input.double())
        case 1: return .text(try input.text())
        case 2:
            let low = try input.byte() == 1 ? try input.double() : nil
            let high = try input.byte() == 1 ? try input.double() : nil
            return .band(low: low, high: high)
        default: return nil
        }
    }
}
