@testable import Intake

/// Writes protobuf's wire format field by field: what tests feed in, broken payloads too.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func key(_ field: Int, _ wire: Int) {
        varint(UInt64(field << 3 | wire))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ field: Int, _ value: UInt64) {
        key(field, 0)
        varint(value)
    }

    mutating func flag(_ field: Int, _ value: Bool) {
        number(field, value ? 1 : 0)
    }

    mutating func float(_ field: Int, _ value: Float) {
        key(field, 5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }

    mutating func double(_ field: Int, _ value: Double) {
        key(field, 1)
        bytes.append(fixed: value.bitPattern)
    }

    mutating func text(_ field: Int, _ value: String) {
        run(field, Array(value.utf8))
    }

    mutating func run(_ field: Int, _ value: [UInt8]) {
        key(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func message(_ field: Int, _ build: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        build(&inner)
        run(field, inner.bytes)
    }
}
