internal import Codec
internal import Readings

/// The catalogue on disk: definitions in groups, appended when a generation is sealed.
///
///     0       4        8       12
///     "TDEF" 4│bytes 4 │crc 4  │body …       crc32c over the body, seeded with the store's id
///
/// A body is a ``Definition`` or a ``DefinitionGroup``.
struct CatalogueFile {
    private static let magic: UInt32 = 0x4645_4454  // "TDEF"
    static let headBytes = 12

    let file: StoreFile
    let seed: UInt32
    let bytesMax: Int

    /// What a definition takes at most.
    static func bytes(of definition: Definition) -> Int {
        var writer = ByteWriter(capacity: 64)
        definition.encode(into: &writer)
        return headBytes + writer.count
    }

    /// Writes definitions at `length` and syncs. Returns the new length.
    ///
    /// After a failure the same definitions are written to the same place again.
    func append(_ definitions: [Definition], at length: Int) throws(StoreFailure) -> Int {
        guard !definitions.isEmpty else { return length }
        var run = ByteWriter(capacity: definitions.count * 32)
        var group = DefinitionGroup()
        for definition in definitions {
            if group.take(definition) { continue }
            put(group, into: &run)
            group = DefinitionGroup()
            _ = group.take(definition)
        }
        put(group, into: &run)
        // Ids without a definition (lost to damage, named anew) may take a little more than was reserved.
        guard length + run.count <= bytesMax else { throw .catalogueFull(bytes: bytesMax) }
        try file.write(run.bytes, at: Geometry.pageBytes + length)
        try file.sync()
        return length + run.count
    }

    private func put(_ group: DefinitionGroup, into run: inout ByteWriter) {
        let body = group.body
        run.putFixed32(CatalogueFile.magic)
        run.putFixed32(UInt32(body.count))
        run.putFixed32(CRC32C.checksum(body.span, seed: seed))
        run.putRaw(body)
    }

    /// Hands over the definitions of every intact record, with what it takes, in the first `length` bytes (nil: as
    /// far as there are any).
    ///
    /// - Returns: where the last intact one ends, and how many places had to be skipped as damaged.
    func load(length: Int?, _ take: ([Definition], _ bytes: Int) -> Void) throws(StoreFailure) -> (
        end: Int, damaged: Int
    ) {
        let bytes = try file.read(min(bytesMax, length ?? bytesMax), at: Geometry.pageBytes)
        var offset = 0
        var end = 0
        var damaged = 0
        var isSkipping = false
        while offset + CatalogueFile.headBytes <= bytes.count {
            if let (definitions, next) = definitions(in: bytes, at: offset) {
                if isSkipping { damaged += 1 }
                isSkipping = false
                take(definitions, next - offset)
                offset = next
                end = next
            } else {
                isSkipping = true
                offset += 1
            }
        }
        if let length, end < length {
            damaged += 1
            end = length
        }
        return (end, damaged)
    }

    /// The definitions of an intact record at a place, at least one, and where it ends.
    func definitions(in bytes: [UInt8], at offset: Int) -> ([Definition], Int)? {
        var reader = ByteReader(bytes, offset: offset)
        guard (try? reader.fixed32()) == CatalogueFile.magic, let count = try? reader.fixed32(),
            let sum = try? reader.fixed32(), let body = try? reader.raw(Int(count)),
            CRC32C.checksum(body.span, seed: seed) == sum
        else { return nil }
        var inner = ByteReader(bytes, offset: offset + CatalogueFile.headBytes, end: reader.offset)
        guard let definitions = try? DefinitionGroup.read(&inner), !definitions.isEmpty else { return nil }
        return (definitions, reader.offset)
    }
}
