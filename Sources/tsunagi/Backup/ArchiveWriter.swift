import Crypto

/// Writes a POSIX archive (`tar tvf` shows it, `tar xf` unpacks it) from its first byte to its last, and nothing twice:
///
///     backup.json │ a file or folder … │ the same file again, as it was later … │ SHA256 │ two blocks of zeros
///
/// As always in such an archive, the later entry of a name counts. Files with holes stand as GNU's sparse files, version
/// 1.0. `SHA256` holds the sum over all bytes before its header, in hexadecimal.
final class ArchiveWriter {
    /// The first entry, and the last one.
    static let titleName = "backup.json"
    static let sumName = "SHA256"
    /// Everything comes in multiples of this.
    static let blockBytes = 512

    /// So many bytes have been written.
    private(set) var bytes = 0
    private let write: (Span<UInt8>) throws -> Void
    private var sum = SHA256()

    init(write: @escaping (Span<UInt8>) throws -> Void) {
        self.write = write
    }

    /// A small file whose bytes are at hand.
    func add(_ name: String, _ content: [UInt8]) throws {
        try put(Header(name: name, mode: 0o600, bytes: content.count, kind: .file).blocks)
        try put(content)
        try pad()
    }

    /// A folder.
    func add(folder: String, mode: UInt32) throws {
        try put(Header(name: folder + "/", mode: mode, bytes: 0, kind: .folder).blocks)
    }

    /// A file of `bytes` bytes, of which `ranges` are in the archive and all others are zeros.
    ///
    /// - Parameter read: called for each range, in their order; writes exactly its bytes with ``put(_:)``.
    func add(
        _ name: String,
        mode: UInt32,
        bytes: Int,
        ranges: [Range<Int>],
        _ read: (Range<Int>) throws -> Void
    ) throws {
        let isWhole = bytes == 0 ? ranges.isEmpty : ranges == [0..<bytes]
        if isWhole {
            try put(Header(name: name, mode: mode, bytes: bytes, kind: .file).blocks)
        } else {
            // An empty range at the end says how far the zeros behind the last one reach.
            let isOpen = ranges.last?.upperBound != bytes
            let map = ArchiveWriter.map(ranges + (isOpen ? [bytes..<bytes] : []))
            let stored = map.count + ranges.reduce(0) { $0 + $1.count }
            var header = Header(name: name, mode: mode, bytes: stored, kind: .file)
            header.realBytes = bytes
            try put(header.blocks)
            try put(map)
        }
        for range in ranges {
            let before = self.bytes
            try read(range)
            precondition(self.bytes - before == range.count, "a range is written as long as it is")
        }
        try pad()
    }

    /// The sum, and the end.
    func finish() throws {
        let text = sum.finalize().map { Hex.pair($0) }.joined() + "\n"
        try add(ArchiveWriter.sumName, Array(text.utf8))
        try put([UInt8](repeating: 0, count: 2 * ArchiveWriter.blockBytes))
    }

    /// Bytes of the entry at hand.
    func put(_ bytes: [UInt8]) throws {
        sum.update(data: bytes)
        self.bytes += bytes.count
        try write(bytes.span)
    }

    private func pad() throws {
        let rest = bytes % ArchiveWriter.blockBytes
        if rest > 0 { try put([UInt8](repeating: 0, count: ArchiveWriter.blockBytes - rest)) }
    }

    /// How many ranges, then where each begins and how long it is, a line for each number; whole blocks.
    private static func map(_ ranges: [Range<Int>]) -> [UInt8] {
        var text = "\(ranges.count)\n"
        for range in ranges { text += "\(range.lowerBound)\n\(range.count)\n" }
        let bytes = Array(text.utf8)
        let blocks = (bytes.count + blockBytes - 1) / blockBytes
        return bytes + [UInt8](repeating: 0, count: blocks * blockBytes - bytes.count)
    }

    /// What stands before an entry's bytes.
    private struct Header {
        enum Kind: UInt8 {
            case file = 0x30
            case folder = 0x35
            /// Says more of the entry that follows.
            case extended = 0x78
        }

        var name: String
        var mode: UInt32
        /// In the archive.
        var bytes: Int
        var kind: Kind
        /// On the disk, where that is more.
        var realBytes: Int?

        /// What eleven octal digits can say.
        private static let bytesMax = 1 << 33

        var blocks: [UInt8] {
            var records: [(String, String)] = []
            var short = name
            if let realBytes {
                records = [
                    ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name),
                    ("GNU.sparse.realsize", "\(realBytes)"),
                ]
                short = "GNUSparseFile.0/\(name)"
            }
            let isPlain = short.utf8.count <= 100 && short.utf8.allSatisfy { $0 < 0x80 }
            if !isPlain {
                if realBytes == nil { records.append(("path", name)) }
                short = "long-name"
            }
            if bytes >= Header.bytesMax { records.append(("size", "\(bytes)")) }
            if records.isEmpty { return block(short) }
            let text = records.map { Header.record($0, $1) }.joined()
            let extended = Header(name: "pax", mode: 0o600, bytes: text.utf8.count, kind: .extended)
            let padding = (ArchiveWriter.blockBytes - text.utf8.count % ArchiveWriter.blockBytes)
            return extended.block("pax") + Array(text.utf8)
                + [UInt8](repeating: 0, count: padding % ArchiveWriter.blockBytes) + block(short)
        }

        /// `length key=value`, the length its own digits included.
        private static func record(_ key: String, _ value: String) -> String {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count
            while "\(length)".utf8.count + rest.utf8.count != length {
                length = "\(length)".utf8.count + rest.utf8.count
            }
            return "\(length)\(rest)"
        }

        private func block(_ name: String) -> [UInt8] {
            var block = [UInt8](repeating: 0, count: ArchiveWriter.blockBytes)
            func set(_ text: String, at place: Int) {
                for (index, byte) in text.utf8.enumerated() { block[place + index] = byte }
            }
            set(name, at: 0)
            set(Header.octal(Int(mode), 7), at: 100)
            set(Header.octal(0, 7), at: 108)
            set(Header.octal(0, 7), at: 116)
            set(Header.octal(bytes < Header.bytesMax ? bytes : 0, 11), at: 124)
            set(Header.octal(0, 11), at: 136)
            set("        ", at: 148)
            block[156] = kind.rawValue
            set("ustar", at: 257)
            set("00", at: 263)
            let sum = block.reduce(0) { $0 + Int($1) }
            set(Header.octal(sum, 6) + "\0 ", at: 148)
            return block
        }

        private static func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
    }
}

/// Two digits for a byte.
enum Hex {
    static func pair(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0" + text : text
    }
}
