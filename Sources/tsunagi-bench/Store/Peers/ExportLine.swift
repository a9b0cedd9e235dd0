import Foundation

/// A line of `/api/v1/export`: `{"metric":{…},"values":[1,2],"timestamps":[…]}`.
enum ExportLine {
    static func samples(_ body: [UInt8]) throws -> [RawSample] {
        var samples: [RawSample] = []
        for line in body.split(separator: 10) {
            let text = String(decoding: line, as: UTF8.self)
            let (values, stamps) = (list("\"values\":[", text), list("\"timestamps\":[", text))
            guard values.count == stamps.count else { throw BenchFailure("an export that nobody can read") }
            for (value, stamp) in zip(values, stamps) {
                guard let number = Double(value), let instant = Int64(stamp) else {
                    throw BenchFailure("an export with \(value) at \(stamp)")
                }
                samples.append(RawSample(instant: instant, bits: number.bitPattern))
            }
        }
        return samples.sorted { $0.instant < $1.instant }
    }

    private static func list(_ key: String, _ text: String) -> [Substring] {
        guard let start = text.range(of: key)?.upperBound, let end = text[start...].firstIndex(of: "]") else {
            return []
        }
        return text[start..<end].split(separator: ",")
    }
}
