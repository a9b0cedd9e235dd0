internal import Codec
internal import Readings

/// The catalogue on disk: definitions in groups, appended when a generation is sealed.
///
///     0       4        8       12         16
///     "TDEF" 4│bytes 4 │crc 4  │edition 4 │body …       crc32c from the edition on, seeded with the store's id
///
/// A body is a ``Definition`` or a ``DefinitionGroup``. An edition holds no id twice: when ids were given back, the
/// next seal writes all that has a name into the other half, as the next edition, and the checkpoint tells which one
/// counts. So a record that is damaged can cost a name, but never bring a former one back.
struct CatalogueFile {
    private static let magic: UInt32 = 0x4645_4454  // "TDEF"
    static let headBytes = 16

    let file: StoreFile
    let seed: UInt32
    /// Of one edition.
    let bytesMax: Int

    /// What a definition takes at most.
    static func bytes(of definition: Definition) -> Int { headBytes + definition.encodedBytes }

    /// Where an edition begins in the file.
    func start(of edition: UInt32) -> Int { Geometry.pageBytes + Int(edition % 2) * bytesMax }

    /// Writes definitions at `length` of an edition and syncs. Returns the new length.
    ///
    /// After a failure the same definitions are written to the same place again.
    func append(
        _ definitions: [Definition],
        to edition: UInt32,
        at length: Int
    ) throws(StoreFailure) -> Int {
        guard !definitions.isEmpty else { return length }
        var run = ByteWriter(capacity: definitions.count * 32)
        var group = DefinitionGroup()
        for definition in definitions {
            if group.take(definition) { continue }
            put(group, of: edition, into: &run)
            group = DefinitionGroup()
            _ = group.take(definition)
        }
        put(group, of: edition, into: &run)
        // Ids without a definition (lost to damage, named anew) may take a little more than was reserved.
        guard length + run.count <= bytesMax else { throw .catalogueFull(bytes: bytesMax) }
        try file.write(run.bytes, at: start(of: edition) + length)
        try file.sync()
        return length + run.count
    }

    private func put(_ group: DefinitionGroup, of edition: UInt32, into run: inout ByteWriter) {
        let body = group.body
        let start = run.count
        run.putFixed32(CatalogueFile.magic)
        run.putFixed32(UInt32(body.count))
        run.putFixed32(0)
        run.putFixed32(edition)
        run.putRaw(body)
        let sum = CRC32C.checksum(run.bytes.span.extracting(start + 12..<run.count), seed: seed)
        run.replaceFixed32(sum, at: start + 8)
    }

    /// What was found of an edition.
    struct Contents {
        var edition: UInt32 = 0
        /// Where the last intact record ends, or where it must have ended.
        var end = 0
        /// Places that had to be skipped as damaged.
        var damaged = 0
    }

    /// Takes the definitions of an intact record, and what it takes in the file.
    typealias Take = (_ definitions: [Definition], _ bytes: Int) -> Void

    /// Reads the first `length` bytes of an edition, which ``take(_:of:length:_:)`` makes sense of.
    func read(_ edition: UInt32, length: Int) throws(StoreFailure) -> [UInt8] {
        try file.read(min(bytesMax, length), at: start(of: edition))
    }

    /// Hands on what the first `length` bytes of an edition name.
    func take(_ bytes: [UInt8], of edition: UInt32, length: Int, _ take: Take) -> Contents {
        var contents = Contents(edition: edition)
        var isSkipping = false
        var offset = 0
        while offset + CatalogueFile.headBytes <= bytes.count {
            if let record = record(in: bytes, at: offset), record.edition == edition {
                if isSkipping { contents.damaged += 1 }
                isSkipping = false
                take(record.definitions, record.end - offset)
                offset = record.end
                contents.end = offset
            } else {
                isSkipping = true
                offset += 1
            }
        }
        if contents.end < length {
            contents.damaged += 1
            contents.end = length
        }
        return contents
    }

    /// Without a checkpoint: the records of the newest edition behind those of the one before, wherever they are
    /// intact. What is in both is as the newest has it.
    func loadNewest(_ take: Take = { _, _ in }) throws(StoreFailure) -> Contents {
        var found: [(edition: UInt32, definitions: [Definition], bytes: Int)] = []
        var damaged = 0
        for half in 0..<2 as Range<UInt32> {
            let bytes = try file.read(bytesMax, at: start(of: half))
            var offset = 0
            var end = 0
            while offset + CatalogueFile.headBytes <= bytes.count {
                if let record = record(in: bytes, at: offset), record.edition % 2 == half {
                    if offset > end { damaged += 1 }
                    found.append((record.edition, record.definitions, record.end - offset))
                    offset = record.end
                    end = offset
                } else {
                    offset += 1
                }
            }
        }
        let newest = found.map(\.edition).max() ?? 0
        for edition in [newest &- 1, newest] {
            for record in found where record.edition == edition { take(record.definitions, record.bytes) }
        }
        return Contents(edition: newest, damaged: damaged)
    }

    /// An intact record at a place: its edition, its definitions, at least one, and where it ends.
    func record(
        in bytes: [UInt8],
        at offset: Int
    ) -> (edition: UInt32, definitions: [Definition], end: Int)? {
        var reader = ByteReader(bytes, offset: offset)
        guard (try? reader.fixed32()) == CatalogueFile.magic, let count = try? reader.fixed32(),
            let sum = try? reader.fixed32(), let edition = try? reader.fixed32(),
            (try? reader.raw(Int(count))) != nil
        else { return nil }
        let covered = bytes.span.extracting(offset + 12..<reader.offset)
        guard CRC32C.checksum(covered, seed: seed) == sum else { return nil }
        var inner = ByteReader(bytes, offset: offset + CatalogueFile.headBytes, end: reader.offset)
        guard let definitions = try? DefinitionGroup.read(&inner), !definitions.isEmpty else { return nil }
        return (edition, definitions, reader.offset)
    }
}
