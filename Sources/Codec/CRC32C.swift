internal import CPlatform

/// The checksum of everything we keep: CRC-32C (Castagnoli), by the processor's instruction where it has one.
public enum CRC32C {
    /// The checksum of `bytes`, continuing `seed` (0 to begin, else an earlier result).
    public static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe tsunagi_crc32c(seed, $0.baseAddress, $0.count) }
    }

    /// The checksum of an array.
    public static func checksum(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        checksum(bytes.span, seed: seed)
    }

    /// The checksum of borrowed memory.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        unsafe tsunagi_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// The same without the processor's instruction; what the fast way is tested against.
    static func byTable(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe tsunagi_crc32c_table(seed, $0.baseAddress, $0.count) }
    }
}
