import Codec
import Glibc
import Readings

/// Why there is no ring of letters; the gateway does not start then.
public struct LetterRingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    init(_ step: String, _ path: String, _ code: Int32) {
        description =
            "cannot \(step) the ring of dead letters \(path): \(unsafe String(cString: strerror(code))); "
            + "check the disk and who owns data.directory"
    }
}

/// Where a letter lies in its file.
struct LetterPlace: Hashable, Sendable {
    let number: UInt64
    let offset: Int
    let bytes: Int

    var end: Int { offset + bytes }
}

/// The file of a ring of letters.
final class LetterFile: Sendable {
    /// The first page.
    static let headerBytes = 4096
    private static let magic = Array("TSUNDLR\u{0}".utf8)
    private static let version: UInt32 = 1

    private let descriptor: Int32
    private let path: String
    /// All of it.
    let bytes: Int
    /// The ring's random id, folded: a payload that looks like a record never passes for one.
    let seed: UInt32

    private init(_ descriptor: Int32, _ path: String, bytes: Int, seed: UInt32) {
        (self.descriptor, self.path, self.bytes, self.seed) = (descriptor, path, bytes, seed)
    }

    deinit {
        _ = close(descriptor)
    }

    /// Opens the file or lays it out.
    ///
    /// - Returns: the file, where letters lie in it, in no order, and what was amiss.
    static func open(_ path: String, bytes: Int) throws(LetterRingFailure)
        -> (LetterFile, [LetterPlace], note: String?)
    {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw LetterRingFailure("open", path, errno) }
            return (try layOut(path, bytes: bytes, filled: { _ in [] }), [], nil)
        }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0,
            let all = PlacedFile.read(min(Int(size), DeadLetterRing.bytesMax), from: descriptor, at: 0)
        else {
            defer { _ = close(descriptor) }
            throw LetterRingFailure("read", path, errno)
        }
        guard let seed = seed(of: all) else {
            _ = close(descriptor)
            let note = "the ring of dead letters \(path) could not be read; it begins anew"
            return (try layOut(path, bytes: bytes, filled: { _ in [] }), [], note)
        }
        let places = places(in: all, seed: seed)
        if all.count == bytes { return (LetterFile(descriptor, path, bytes: bytes, seed: seed), places, nil) }
        _ = close(descriptor)
        var moved: [LetterPlace] = []
        let file = try layOut(path, bytes: bytes) { fresh in
            let records = places.sorted { $0.number < $1.number }
                .compactMap { LetterRecord(Array(all[$0.offset..<$0.end]), seed: seed) }
            let body: [UInt8]
            (body, moved) = packed(records, into: bytes - headerBytes, seed: fresh)
            return body
        }
        return (file, moved, nil)
    }

    /// The newest records that fit into `room` bytes, oldest first, and where they lie.
    private static func packed(_ records: [LetterRecord], into room: Int, seed: UInt32) -> (
        [UInt8], [LetterPlace]
    ) {
        var first = records.count
        var bytes = 0
        while first > 0, bytes + records[first - 1].bytes <= room {
            first -= 1
            bytes += records[first].bytes
        }
        var body: [UInt8] = []
        var places: [LetterPlace] = []
        for record in records[first...] {
            let run = LetterRecord.bytes(
                record.letter,
                number: record.number,
                replayed: record.replayed,
                seed: seed
            )
            guard let run else { continue }
            places.append(
                LetterPlace(number: record.number, offset: headerBytes + body.count, bytes: run.count)
            )
            body += run
        }
        return (body, places)
    }

    /// Makes the file under another name and renames it over, so that a crash leaves one whole file.
    private static func layOut(
        _ path: String,
        bytes: Int,
        filled: (_ seed: UInt32) -> [UInt8]
    ) throws(LetterRingFailure) -> LetterFile {
        let id = UInt64.random(in: 1...UInt64.max)
        let seed = UInt32(truncatingIfNeeded: id) ^ UInt32(truncatingIfNeeded: id >> 32)
        var page = ByteWriter(capacity: bytes)
        page.putRaw(magic)
        page.putFixed32(version)
        page.putFixed32(0)
        page.putFixed64(id)
        page.putFixed64(UInt64(bytes))
        page.putFixed32(CRC32C.checksum(page.bytes.span))
        page.putRaw(repeatElement(0, count: headerBytes - page.count))
        page.putRaw(filled(seed))
        // Zeros really written: the ring never asks the disk for more room.
        page.putRaw(repeatElement(0, count: bytes - page.count))
        let fresh = path + ".new"
        let descriptor = unsafe Glibc.open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LetterRingFailure("create", fresh, errno) }
        var code = PlacedFile.write(page.bytes, to: descriptor, at: 0)
        if code == 0 { code = PlacedFile.sync(descriptor) }
        if code == 0, unsafe rename(fresh, path) != 0 { code = errno }
        guard code == 0 else {
            _ = close(descriptor)
            throw LetterRingFailure("lay out", fresh, code)
        }
        PlacedFile.syncFolder(of: path)
        return LetterFile(descriptor, path, bytes: bytes, seed: seed)
    }

    /// The seed of a file whose first page is whole and of this version.
    private static func seed(of all: [UInt8]) -> UInt32? {
        guard all.count > headerBytes, all.starts(with: magic) else { return nil }
        var input = ByteReader(all, offset: magic.count)
        guard (try? input.fixed32()) == version, (try? input.fixed32()) != nil, let id = try? input.fixed64(),
            (try? input.fixed64()) != nil, let sum = try? input.fixed32(),
            CRC32C.checksum(all.span.extracting(0..<32)) == sum
        else { return nil }
        return UInt32(truncatingIfNeeded: id) ^ UInt32(truncatingIfNeeded: id >> 32)
    }

    private static func places(in all: [UInt8], seed: UInt32) -> [LetterPlace] {
        var places: [LetterPlace] = []
        var offset = headerBytes
        while offset + LetterRecord.stride <= all.count {
            if let length = LetterRecord.length(Array(all[offset..<offset + LetterRecord.headerBytes])),
                offset + length <= all.count,
                let record = LetterRecord(Array(all[offset..<offset + length]), seed: seed)
            {
                places.append(LetterPlace(number: record.number, offset: offset, bytes: length))
                offset += length
            } else {
                offset += LetterRecord.stride
            }
        }
        return places
    }

    // MARK: While it is open

    /// The letter of a place; nil when it was overtaken or cannot be read.
    func letter(at place: LetterPlace) -> KeptLetter? {
        guard let bytes = PlacedFile.read(place.bytes, from: descriptor, at: place.offset),
            let record = LetterRecord(bytes, seed: seed), record.number == place.number
        else { return nil }
        return KeptLetter(number: record.number, letter: record.letter, replayed: record.replayed)
    }

    /// Whether what lies at a place is this record, whatever became of the letter since.
    func holds(_ record: [UInt8], at place: LetterPlace) -> Bool {
        guard let bytes = PlacedFile.read(place.bytes, from: descriptor, at: place.offset),
            let there = LetterRecord(bytes, seed: seed), let wanted = LetterRecord(record, seed: seed)
        else { return false }
        return there.checksum == wanted.checksum
    }

    /// - Returns: why it could not be written; nil when it was.
    func write(_ run: [UInt8], at offset: Int) -> String? {
        fault("write", PlacedFile.write(run, to: descriptor, at: offset))
    }

    /// - Returns: why it could not be synced; nil when it was.
    func sync() -> String? {
        fault("sync", PlacedFile.sync(descriptor))
    }

    private func fault(_ step: String, _ code: Int32) -> String? {
        code == 0 ? nil : LetterRingFailure(step, path, code).description
    }
}
