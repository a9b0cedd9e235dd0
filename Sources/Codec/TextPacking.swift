internal import CZlib

/// Texts that resemble each other → few bytes: zlib's format (RFC 1950). Pure.
public enum TextPacking {
    /// What one run may hold at most, so that a damaged length asks for no more memory.
    public static let bytesMax = 64 << 10

    /// Packs 1 … ``bytesMax`` bytes.
    public static func packed(_ plain: Span<UInt8>) -> [UInt8] {
        precondition((1...bytesMax).contains(plain.count), "a run must hold 1 … \(bytesMax) bytes")
        let room = compressBound(uLong(plain.count))
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(room)) { buffer, count in
            var length = room
            let code = unsafe plain.withUnsafeBufferPointer { plain in
                unsafe compress2(buffer.baseAddress, &length, plain.baseAddress, uLong(plain.count), 9)
            }
            // It fails for want of memory alone, or of room, and there is room.
            precondition(code == Z_OK, "zlib must pack what it has room for (code \(code))")
            count = Int(length)
        }
    }

    /// Unpacks what takes exactly `count` bytes.
    ///
    /// - Throws: for bytes that are not of that form, or hold another count.
    public static func unpacked(_ packed: Span<UInt8>, count: Int) throws(ByteReader.Failure) -> [UInt8] {
        let wrong = ByteReader.Failure(offset: 0, expected: "\(count) packed bytes")
        guard (1...bytesMax).contains(count), packed.count > 0 else { throw wrong }
        var isWhole = false
        let plain = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var length = uLong(count)
            let code = unsafe packed.withUnsafeBufferPointer { packed in
                unsafe uncompress(buffer.baseAddress, &length, packed.baseAddress, uLong(packed.count))
            }
            isWhole = code == Z_OK && length == uLong(count)
            filled = isWhole ? count : 0
        }
        guard isWhole else { throw wrong }
        return plain
    }
}
