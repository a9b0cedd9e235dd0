import Glibc

/// Turns CP932 (Shift_JIS as Windows writes it) into UTF-8 by the C library, opened once.
///
/// Not Sendable: a conversion descriptor keeps state. Its owner is the intake, on the bus thread.
@safe struct Transcoder: ~Copyable {
    private let descriptor: iconv_t

    /// - Returns: nil when the C library has no table for CP932 (a machine without gconv modules).
    init?() {
        guard let opened = unsafe iconv_open("UTF-8", "CP932") else { return nil }
        if Int(bitPattern: opened) == -1 { return nil }
        unsafe descriptor = opened
    }

    deinit {
        unsafe iconv_close(descriptor)
    }

    /// Replaces CP932 bytes by UTF-8.
    ///
    /// - Throws: with the offset of the first byte that is not CP932, and then `bytes` is as it was.
    mutating func transcode(_ bytes: inout [UInt8], format: PayloadFormat) throws(DecodeFailure) {
        guard !bytes.isEmpty else { return }
        // A half-width kana grows from 1 byte to 3.
        var output = [UInt8](repeating: 0, count: bytes.count * 3)
        var written = 0
        var read = 0
        let failed = unsafe bytes.withUnsafeMutableBytes { source in
            unsafe output.withUnsafeMutableBytes { target in
                var input = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
                var inputLeft = source.count
                var place = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
                var placeLeft = target.count
                unsafe iconv(descriptor, nil, nil, nil, nil)
                let result = unsafe iconv(descriptor, &input, &inputLeft, &place, &placeLeft)
                read = source.count - inputLeft
                written = target.count - placeLeft
                return result == -1
            }
        }
        if failed { throw DecodeFailure(format: format.rawValue, byte: read, message: "not CP932") }
        output.removeLast(output.count - written)
        bytes = output
    }
}
