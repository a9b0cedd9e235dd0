import Foundation

/// The rows of a JSON answer: `"values":[[1767571200.5,"12.5"],…]` of Prometheus, `[[1767571200500,12.5],…]` of
/// InfluxDB.
enum QueryAnswer {
    /// - Parameter stampsPerSecond: 1 when stamps are seconds with a fraction, 1000 when they are milliseconds.
    static func samples(_ body: [UInt8], stampsPerSecond: Double) throws -> [RawSample] {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.range(of: "\"values\":[[")?.upperBound,
            let end = text.range(of: "]]", range: start..<text.endIndex)?.lowerBound
        else { return [] }
        var samples: [RawSample] = []
        for row in text[start..<end].components(separatedBy: "],[") {
            let parts = row.split(separator: ",")
            guard parts.count == 2, let stamp = Double(parts[0]),
                let value = Double(parts[1].trimmingCharacters(in: ["\""]))
            else { throw BenchFailure("an answer with the row \(row.prefix(60))") }
            let instant = Int64((stamp * 1000 / stampsPerSecond).rounded())
            samples.append(RawSample(instant: instant, bits: value.bitPattern))
        }
        return samples
    }

    /// How often a text occurs in an answer, overlaps not counted.
    static func count(_ text: String, in bytes: [UInt8]) -> Int {
        let pattern = Array(text.utf8)
        var count = 0
        var place = 0
        while place + pattern.count <= bytes.count {
            if bytes[place] == pattern[0], bytes[place..<(place + pattern.count)].elementsEqual(pattern) {
                count += 1
                place += pattern.count
            } else {
                place += 1
            }
        }
        return count
    }
}
