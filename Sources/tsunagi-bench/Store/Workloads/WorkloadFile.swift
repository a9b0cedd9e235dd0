import Foundation

/// A workload as one file, for measurements outside of this program.
///
///     u32 devices │ per device: u32 series │ per series:
///     u8 numeric │ u8 name bytes │ name … │ u32 samples │ i64 instants … │ u64 bits …
///
/// Little endian. Instants are milliseconds; the bits are those of a `Double` (numeric 1) or a text's id (0).
enum WorkloadFile {
    static func write(_ workload: Workload, to path: String) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(workload.sampleCount * 16 + workload.seriesCount * 64)
        append(UInt32(workload.devices.count), to: &bytes)
        for device in workload.devices {
            append(UInt32(device.lines.count), to: &bytes)
            for line in device.lines {
                let name = line.name.utf8.prefix(255)
                bytes.append(line.isNumeric ? 1 : 0)
                bytes.append(UInt8(name.count))
                bytes.append(contentsOf: name)
                append(UInt32(line.instants.count), to: &bytes)
                for instant in line.instants { append(instant, to: &bytes) }
                for bits in line.bits { append(bits, to: &bytes) }
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
        for byte in 0..<(Number.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(byte * 8)))
        }
    }
}
