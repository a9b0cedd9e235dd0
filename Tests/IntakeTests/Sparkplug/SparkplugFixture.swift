import Foundation

@testable import Intake

/// A file of the vectors.
func sparkplugVector(_ name: String) -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array((try? Data(contentsOf: folder.appending(path: "Vectors/sparkplug/\(name)"))) ?? Data())
}

/// The cells of a table of the vectors, row by row, without the line of their names.
func sparkplugTable(_ name: String) -> [[String]] {
    sparkplugVector(name).split(separator: UInt8(ascii: "\n")).dropFirst().map { line in
        String(decoding: line, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
            .map(String.init)
    }
}

/// The bytes that hexadecimal digits stand for.
func hex(_ digits: String) -> [UInt8] {
    let digits = digits.filter { $0 != " " }
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
        let start = digits.index(digits.startIndex, offsetBy: place)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
    }
}

/// A payload as a test spells it.
func payload(_ build: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    build(&writer)
    return writer.bytes
}

extension WireWriter {
    /// A metric of a payload; what is nil is left out.
    mutating func metric(
        _ name: String? = nil,
        alias: UInt64? = nil,
        at stamp: UInt64? = nil,
        type: SparkplugDatatype? = nil,
        field: Int = 2,
        _ build: (inout WireWriter) -> Void = { _ in }
    ) {
        message(field) { metric in
            if let name { metric.text(1, name) }
            if let alias { metric.number(2, alias) }
            if let stamp { metric.number(3, stamp) }
            if let type { metric.number(4, UInt64(type.rawValue)) }
            build(&metric)
        }
    }

    /// A property set with texts and Int32s.
    mutating func properties(_ texts: [(String, String)] = [], quality: UInt64? = nil) {
        message(9) { set in
            for (key, _) in texts { set.text(1, key) }
            if quality != nil { set.text(1, "Quality") }
            for (_, value) in texts {
                set.message(2) {
                    $0.number(1, 12)
                    $0.text(8, value)
                }
            }
            if let quality {
                set.message(2) {
                    $0.number(1, 3)
                    $0.number(3, quality)
                }
            }
        }
    }
}
