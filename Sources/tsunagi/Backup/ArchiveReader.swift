import Crypto
import Glibc

/// Why a file is no backup, or not whole any more.
struct ArchiveFailure: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ what: String) {
        description = "error: \(path) \(what); nothing was written. Take another backup"
    }
}

/// Reads what ``ArchiveWriter`` wrote: first all of it, to know that it is whole, then what counts.
final class ArchiveReader {
    /// A file or a folder of the archive.
    struct Entry {
        var name: String
        var mode: UInt32
        var isFolder: Bool
        /// On the disk.
        var bytes: Int
        /// What is not zeros, and where its bytes stand in the archive.
        var pieces: [(range: Range<Int>, place: Int)]
    }

    /// An extended header or a map of ranges longer than this is none of ours.
    private static let textBytesMax = 64 << 20
    private static let pieceBytes = 1 << 20

    private let path: String
    private let descriptor: Int32
    private var place = 0
    private var sum = SHA256()

    init(_ path: String) throws(Trouble) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Trouble("error: cannot open \(path): \(unsafe String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Reads the archive to its end.
    ///
    /// - Returns: of each name its last entry, in the order of the archive; the title apart.
    /// - Throws: ``ArchiveFailure`` where anything is not as it was written.
    func entries(progress: (Int) -> Void) throws -> [Entry] {
        var found: [Entry] = []
        var isTitled = false
        while true {
            let before = sum
            guard let entry = try next(progress) else { throw failure("ends too early") }
            if !isTitled {
                guard entry.name == ArchiveWriter.titleName else { throw failure("is no backup of tsunagi") }
                isTitled = true
                continue
            }
            if entry.name == ArchiveWriter.sumName {
                let text = before.finalize().map { Hex.pair($0) }.joined() + "\n"
                guard let piece = entry.pieces.first, entry.bytes == text.utf8.count,
                    try bytes(piece.place..<piece.place + entry.bytes) == Array(text.utf8),
                    try take(2 * ArchiveWriter.blockBytes).allSatisfy({ $0 == 0 })
                else { throw failure("is damaged: its sum does not hold") }
                break
            }
            found.append(entry)
        }
        var last: [String: Int] = [:]
        for (index, entry) in found.enumerated() { last[entry.name] = index }
        return found.enumerated().filter { last[$0.element.name] == $0.offset }.map(\.element)
    }

    /// Bytes of the archive, from anywhere in it.
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
            }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                throw failure(
                    got == 0 ? "ends too early" : "cannot be read: \(unsafe String(cString: strerror(errno)))"
                )
            }
            done += got
        }
        return bytes
    }

    // MARK: From entry to entry

    /// The next bytes, which are summed up.
    private func take(_ count: Int) throws -> [UInt8] {
        let taken = try bytes(place..<place + count)
        sum.update(data: taken)
        place += count
        return taken
    }

    private func skip(_ count: Int, _ progress: (Int) -> Void) throws {
        var rest = count
        while rest > 0 {
            rest -= try take(min(rest, ArchiveReader.pieceBytes)).count
            progress(place)
        }
    }

    /// The next entry; the place is behind it then. Nil at the end.
    private func next(_ progress: (Int) -> Void) throws -> Entry? {
        var records: [String: String] = [:]
        var header = try Header(take(ArchiveWriter.blockBytes))
        if header?.kind == 0x78, let length = header?.bytes {
            guard length <= ArchiveReader.textBytesMax else { throw failure("is damaged") }
            records = try ArchiveReader.records(take(ArchiveReader.padded(length)).prefix(length)) ?? [:]
            header = try Header(take(ArchiveWriter.blockBytes))
        }
        guard let header else { throw failure("is damaged, or no archive at all") }
        var name = records["path"] ?? header.name
        let stored = try number(records["size"]) ?? header.bytes
        let start = place
        guard header.kind == 0x30 || header.kind == 0x35, stored <= 1 << 50 else {
            throw failure("is damaged")
        }
        if header.kind == 0x35 {
            while name.hasSuffix("/") { name.removeLast() }
            try check(name)
            return Entry(name: name, mode: header.mode, isFolder: true, bytes: 0, pieces: [])
        }
        var pieces: [(range: Range<Int>, place: Int)] = []
        var bytes = stored
        if let real = try number(records["GNU.sparse.realsize"]) {
            name = records["GNU.sparse.name"] ?? name
            bytes = real
            pieces = try map(of: bytes, at: start, stored)
        } else if stored > 0 {
            pieces = [(0..<stored, start)]
        }
        try check(name)
        try skip(ArchiveReader.padded(start + stored) - place, progress)
        return Entry(name: name, mode: header.mode, isFolder: false, bytes: bytes, pieces: pieces)
    }

    /// The ranges of a file with holes.
    private func map(of bytes: Int, at start: Int, _ stored: Int) throws -> [(range: Range<Int>, place: Int)]
    {
        var text: [UInt8] = []
        var at = 0
        func line() throws -> Int {
            var number = 0
            while true {
                if at == text.count { text += try take(ArchiveWriter.blockBytes) }
                guard text.count <= min(stored, ArchiveReader.textBytesMax) else {
                    throw failure("is damaged")
                }
                let byte = text[at]
                at += 1
                if byte == UInt8(ascii: "\n") { return number }
                guard (0x30...0x39).contains(byte), number < 1 << 50 else { throw failure("is damaged") }
                number = number * 10 + Int(byte - 0x30)
            }
        }
        let count = try line()
        var pieces: [(range: Range<Int>, place: Int)] = []
        var end = 0
        for _ in 0..<count {
            let (offset, length) = (try line(), try line())
            guard offset >= end, offset + length <= bytes else { throw failure("is damaged") }
            end = offset + length
            pieces.append((offset..<end, 0))
        }
        var next = start + text.count
        for index in pieces.indices {
            pieces[index].place = next
            next += pieces[index].range.count
        }
        guard next == start + stored else { throw failure("is damaged") }
        return pieces
    }

    /// Names stay below the folder that they are unpacked in.
    private func check(_ name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, !name.contains("\0"), name.utf8.count < 4096 else {
            throw failure("is no backup of tsunagi")
        }
    }

    private func number(_ text: String?) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), number >= 0, number <= 1 << 50 else { throw failure("is damaged") }
        return number
    }

    private func failure(_ what: String) -> ArchiveFailure {
        ArchiveFailure(path, what)
    }

    private static func padded(_ bytes: Int) -> Int {
        (bytes + ArchiveWriter.blockBytes - 1) / ArchiveWriter.blockBytes * ArchiveWriter.blockBytes
    }

    /// `length key=value` and again.
    private static func records(_ bytes: ArraySlice<UInt8>) -> [String: String]? {
        var records: [String: String] = [:]
        var rest = bytes
        while let space = rest.firstIndex(of: 0x20) {
            let digits = String(decoding: rest[rest.startIndex..<space], as: UTF8.self)
            guard let length = Int(digits), length > space - rest.startIndex + 1, length <= rest.count else {
                return nil
            }
            let line = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equal = line.firstIndex(of: 0x3D) else { return nil }
            records[String(decoding: line[..<equal], as: UTF8.self)] = String(
                decoding: line[(equal + 1)...],
                as: UTF8.self
            )
            rest = rest.dropFirst(length)
        }
        return records
    }

    /// The fixed part of a header.
    private struct Header {
        var name: String
        var mode: UInt32
        var bytes: Int
        var kind: UInt8

        /// - Returns: nil where the sum of its bytes does not hold.
        init?(_ block: [UInt8]) {
            func octal(_ start: Int, _ count: Int) -> Int? {
                let digits = block[start..<start + count].prefix { (0x30...0x37).contains($0) }
                return digits.isEmpty ? nil : digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
            }
            let blanked = block[..<148].reduce(0) { $0 + Int($1) } + 8 * 0x20
            let sum = blanked + block[156...].reduce(0) { $0 + Int($1) }
            guard octal(148, 8) == sum, let mode = octal(100, 8), let bytes = octal(124, 12) else {
                return nil
            }
            name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
            (self.mode, self.bytes, kind) = (UInt32(mode & 0o7777), bytes, block[156])
        }
    }
}
