import Glibc

/// The lines of an audit log one after the other, in pieces of a fixed size.
struct AuditLines {
    private let path: String
    private let descriptor: Int32
    private var offset: Int
    private var buffer: [UInt8] = []
    private var place = 0

    /// No line is longer.
    static let lineBytesMax = 64 << 10
    private static let pieceBytes = 1 << 20

    private let end: Int

    /// - Parameter end: what the file is grown by meanwhile is left out.
    init(path: String, descriptor: Int32, from offset: Int, to end: Int = .max) {
        self.path = path
        self.descriptor = descriptor
        self.offset = offset
        self.end = end
    }

    /// The next whole line without its end; nil at the end of the file, and before a line that has none.
    mutating func next() throws(AuditFailure) -> [UInt8]? {
        while true {
            if let end = buffer[place...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { place = end + 1 }
                return Array(buffer[place..<end])
            }
            guard buffer.count - place <= Self.lineBytesMax else {
                throw AuditFailure(path, "has a line of more than \(Self.lineBytesMax) bytes")
            }
            buffer.removeFirst(place)
            place = 0
            let count = min(Self.pieceBytes, end - offset)
            guard let more = PlacedFile.read(count, from: descriptor, at: offset) else {
                throw AuditFailure("read", path, errno)
            }
            if more.isEmpty { return nil }
            offset += more.count
            buffer += more
        }
    }
}

/// How far an audit log was read, in a file beside it; without it all is read again.
struct AuditMark: Equatable {
    var bytes: Int
    var tree: MerkleFrontier
    var last: String
    var next: UInt64?

    private static func name(beside path: String) -> String {
        path.replacing(".log", with: ".mark", maxReplacements: 1)
    }

    static func read(beside path: String) -> AuditMark? {
        let descriptor = unsafe open(name(beside: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        guard let text = PlacedFile.read(64 << 10, from: descriptor, at: 0),
            let members = JSONValue(text)?.members, let bytes = members["bytes"]?.whole,
            let size = members["size"]?.whole, let parts = members["parts"]?.list,
            let last = members["last"]?.string, Digest(hex: last) != nil, let size = Int(exactly: size),
            let tree = MerkleFrontier(
                size: size,
                parts: parts.compactMap { $0.string.flatMap { Digest(hex: $0) } }
            ),
            let bytes = Int(exactly: bytes)
        else { return nil }
        return AuditMark(bytes: bytes, tree: tree, last: last, next: members["next"]?.whole)
    }

    func write(beside path: String) throws(AuditFailure) {
        var json = JSONText()
        json.object { json in
            json.key("bytes")
            json.number(Int64(bytes))
            json.key("size")
            json.number(Int64(tree.size))
            json.key("last")
            json.string(last)
            if let next {
                json.key("next")
                json.number(Int64(clamping: next))
            }
            json.key("parts")
            json.array { json in
                for part in tree.parts { json.string(part.hex) }
            }
        }
        let name = Self.name(beside: path)
        let code = PlacedFile.replace(name, with: json.bytes)
        if code != 0 { throw AuditFailure("write", name, code) }
    }
}
