public import Readings

/// What became of a dropped file.
public struct FileOutcome: Hashable, Sendable {
    /// False when a file of this name and content was read before: then nothing of it is in the batch.
    public var isNew = true
    /// The rule whose folder it lay in.
    public var rule: String
    /// Readings that it came to.
    public var readings = 0
    /// Parts of it that came to nothing, those included that ``faults`` leaves out.
    public var faultCount = 0
    /// The first of them, at most ``faultsMax``, in the file's order.
    public var faults: [FileFault] = []

    /// More are counted and not told one by one.
    public static let faultsMax = 1000

    init(rule: String) {
        self.rule = rule
    }

    /// As it stands beside the file: a line for each thing, UTF-8.
    ///
    ///     file: 在庫.csv
    ///     read: 2026-06-17T01:15:00.000Z
    ///     content: 0123…cdef
    ///     rule: stock-sheet
    ///     readings: 12
    ///     dead letters: 1
    ///     line 5: type: not a number: "－"; check type and each
    ///
    /// - Parameter content: of the file, see ``ContentHash``.
    public func text(file: String, content: ContentHash, at now: Instant) -> String {
        var lines = [
            "file: \(file)", "read: \(now.iso8601)", "\(ContentHash.label)\(content)", "rule: \(rule)",
        ]
        if isNew {
            lines.append("readings: \(readings)")
            lines.append("dead letters: \(faultCount)")
        } else {
            lines.append("nothing was done: this content was read before under this name")
        }
        for fault in faults {
            let place = fault.line.map { "line \($0)" } ?? "file"
            lines.append("\(place): \(fault.reason.rawValue): \(fault.detail); \(fault.reason.usualFix)")
        }
        if faultCount > faults.count { lines.append("and \(faultCount - faults.count) more") }
        return lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
    }
}

/// A part of a dropped file that came to nothing.
public struct FileFault: Hashable, Sendable {
    /// 1-based; nil when it is the file as a whole.
    public var line: Int?
    /// A word of the table of reasons.
    public var reason: DeadReason
    /// What exactly was wrong.
    public var detail: String
}

/// 128 bits of a file's content, to tell whether it was read before.
public struct ContentHash: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// What stands before it in an outcome.
    public static let label = "content: "

    /// Of all bytes.
    public init(_ content: Span<UInt8>) {
        high = ByteHash.hash(content, seed: 3)
        low = ByteHash.hash(content, seed: 4)
    }

    /// 32 hexadecimal digits.
    public var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
