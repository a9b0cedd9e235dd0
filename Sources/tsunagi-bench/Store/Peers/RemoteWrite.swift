/// Prometheus' remote write: a protobuf `WriteRequest` inside of snappy's block form.
///
///     WriteRequest: 1 TimeSeries …   TimeSeries: 1 Label …, 2 Sample …
///     Label: 1 name, 2 value         Sample: 1 double value, 2 int64 milliseconds
///
/// The snappy block holds literals only: what is sent costs the server no search, and us no compressor.
struct RemoteWrite {
    /// The labels of each series, encoded.
    private let labels: [[UInt8]]
    private let isNumeric: [Bool]

    init(_ lines: LineBook) {
        labels = (0..<lines.count).map { series in
            RemoteWrite.label("__name__", lines.prefix)
                + RemoteWrite.label("device", lines.devices[lines.device[series]])
                + RemoteWrite.label("item", lines.item[series])
        }
        isNumeric = lines.isNumeric
    }

    /// The request's body.
    func bytes(_ samples: ArraySlice<Workload.Sample>) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(samples.count * 96)
        var point: [UInt8] = []
        for sample in samples {
            let series = Int(sample.series)
            point.removeAll(keepingCapacity: true)
            point.append(0x09)
            let bits = sample.number(isNumeric: isNumeric[series]).bitPattern
            for byte in 0..<8 { point.append(UInt8(truncatingIfNeeded: bits >> UInt64(byte * 8))) }
            point.append(0x10)
            RemoteWrite.varint(UInt64(bitPattern: sample.instant), &point)
            body.append(0x0A)
            RemoteWrite.varint(UInt64(labels[series].count + 2 + point.count), &body)
            body.append(contentsOf: labels[series])
            body.append(0x12)
            body.append(UInt8(point.count))
            body.append(contentsOf: point)
        }
        return RemoteWrite.snappy(body)
    }

    private static func label(_ name: String, _ value: String) -> [UInt8] {
        var inner: [UInt8] = [0x0A]
        varint(UInt64(name.utf8.count), &inner)
        inner.append(contentsOf: name.utf8)
        inner.append(0x12)
        varint(UInt64(value.utf8.count), &inner)
        inner.append(contentsOf: value.utf8)
        var outer: [UInt8] = [0x0A]
        varint(UInt64(inner.count), &outer)
        return outer + inner
    }

    /// A literal of up to 64 KiB has the tag 61 and its length less one in two bytes.
    private static func snappy(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + body.count / 16_384 + 16)
        varint(UInt64(body.count), &bytes)
        var place = 0
        while place < body.count {
            let end = min(body.count, place + 65_536)
            let length = end - place - 1
            bytes.append(61 << 2)
            bytes.append(UInt8(length & 0xFF))
            bytes.append(UInt8(length >> 8))
            bytes.append(contentsOf: body[place..<end])
            place = end
        }
        return bytes
    }

    private static func varint(_ number: UInt64, _ bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
