internal import Readings

/// Text on its way out, as UTF-8 in memory that is used again.
struct TextSink {
    private(set) var bytes: [UInt8] = []
    /// The minute whose beginning stands in ``minuteText``; `Int64.max` before the first.
    private var minute = Int64.max
    /// `2025-06-17T01:15:`.
    private var minuteText: [UInt8] = []

    init() {}

    var count: Int { bytes.count }

    mutating func put(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Takes everything back, keeping the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// `2025-06-17T01:15:00.000Z`; what lies outside the years 0 … 9999 as plain milliseconds.
    mutating func put(_ instant: Instant) {
        let start = instant.floored(toMs: 60_000)
        guard TextSink.years.contains(instant.milliseconds) else {
            put(String(instant.milliseconds))
            return
        }
        if start.milliseconds != minute {
            minute = start.milliseconds
            minuteText = Array(start.iso8601.utf8.prefix(17))
        }
        bytes.append(contentsOf: minuteText)
        let rest = Int(instant.milliseconds - start.milliseconds)
        put(digit: rest / 10_000)
        put(digit: rest / 1000)
        put(UInt8(ascii: "."))
        put(digit: rest / 100)
        put(digit: rest / 10)
        put(digit: rest)
        put(UInt8(ascii: "Z"))
    }

    private mutating func put(digit: Int) {
        bytes.append(UInt8(ascii: "0") + UInt8(digit % 10))
    }

    /// 0000-01-01 … 9999-12-31.
    private static let years: Range<Int64> = -62_167_219_200_000..<253_402_300_800_000

    /// In quotes, as JSON has it.
    mutating func putJSON(_ text: String) {
        put(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put(UInt8(ascii: "\\"))
                put(byte)
            case 0x0A: put("\\n")
            case 0x0D: put("\\r")
            case 0x09: put("\\t")
            case ..<0x20:
                put("\\u00")
                put(TextSink.hex[Int(byte >> 4)])
                put(TextSink.hex[Int(byte & 15)])
            default: put(byte)
            }
        }
        put(UInt8(ascii: "\""))
    }

    /// 16 hexadecimal digits.
    mutating func putHex(_ bits: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            put(TextSink.hex[Int(bits >> UInt64(shift) & 15)])
        }
    }

    private static let hex = Array("0123456789abcdef".utf8)
}
