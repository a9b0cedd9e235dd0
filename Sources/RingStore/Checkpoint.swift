internal import Codec

/// Everything that is not in the rings at one moment: what recovery begins with. Two files take turns, so
/// that one is whole whenever the other is being written.
///
///     4096     +4     +8            +16        +24        +32
///     "TCKP" 4 │crc 4 │body bytes 8 │number 8  │store id 8│body …
///
/// The crc covers everything after itself.
struct Checkpoint: Sendable {
    /// 1, 2, 3 …; the higher of the two intact ones counts. 0 is the state of an empty store.
    var number: UInt64 = 0
    /// Replay begins at the start of this half, with this record.
    var journalHalf = 0
    var journalSequence: UInt64 = 1
    /// Young blocks through this journal record are in the raw ring.
    var mergedThrough: UInt64 = 0
    /// By ``RingKind``.
    var rings = [RingState](repeating: RingState(), count: RingKind.allCases.count)
    /// The edition of the catalogue that counts, and what it takes.
    var catalogueEdition: UInt32 = 0
    var catalogueLength = 0
    var counts = CatalogueCounts()
    /// Rows over the store's life, so that cursors only ever grow.
    var rowsTotal: UInt64 = 0
    var lastSeen = LastSeen()
    /// See ``LatestTable/exported(seriesCount:)``.
    var latest: [UInt64] = []
    /// The upper rooms' own; nil when none was ever taken.
    var keepsake: [UInt8]?

    static let magic: UInt32 = 0x504B_4354  // "TCKP"
    static let headBytes = 32

    /// What is left for a keepsake beside the header, the positions (less than 256 bytes), when series were seen and
    /// the latest values (at most two varints of 10 bytes and one of 2 each).
    static func keepsakeRoom(in bytes: Int, seriesCount: Int) -> Int {
        max(0, bytes - headBytes - 256 - LastSeen.bytesMax(seriesCount: seriesCount) - seriesCount * 22)
    }

    /// Header and body.
    func encoded(storeID: UInt64) -> [UInt8] {
        var writer = ByteWriter(
            capacity: Checkpoint.headBytes + 256 + latest.count * 6 + (keepsake?.count ?? 0)
        )
        writer.putFixed32(Checkpoint.magic)
        writer.putFixed32(0)
        writer.putFixed64(0)
        writer.putFixed64(number)
        writer.putFixed64(storeID)
        writer.putVarint(UInt64(journalHalf))
        writer.putVarint(journalSequence)
        writer.putVarint(mergedThrough)
        for state in rings {
            writer.putVarint(state.cursor.segment)
            writer.putVarint(UInt64(state.cursor.fill))
            writer.putZigZag(state.lostThrough)
        }
        writer.putVarint(UInt64(catalogueEdition))
        writer.putVarint(UInt64(catalogueLength))
        writer.putVarint(UInt64(counts.series))
        writer.putVarint(UInt64(counts.texts))
        writer.putVarint(rowsTotal)
        writer.put(keepsake == nil ? 0 : 1)
        writer.putBytes(keepsake ?? [])
        lastSeen.encode(into: &writer)
        writer.putVarint(UInt64(latest.count / 3))
        for index in stride(from: 0, to: latest.count - 2, by: 3) {
            // Stamps step from series to series, values end in zeros, states are small: half of 24 bytes.
            let before = index == 0 ? 0 : latest[index - 3]
            writer.putZigZag(Int64(bitPattern: latest[index] &- before))
            writer.putVarint(latest[index + 1].byteSwapped)
            writer.putVarint(latest[index + 2])
        }
        let body = UInt64(writer.count - Checkpoint.headBytes)
        writer.replaceFixed32(UInt32(truncatingIfNeeded: body), at: 8)
        writer.replaceFixed32(UInt32(truncatingIfNeeded: body >> 32), at: 12)
        writer.replaceFixed32(CRC32C.checksum(writer.bytes.span.extracting(8..<writer.count)), at: 4)
        return writer.bytes
    }

    /// Writes it to its file and syncs.
    func write(to files: StoreFiles) throws(StoreFailure) {
        let bytes = encoded(storeID: files.geometry.storeID)
        guard bytes.count <= files.geometry.checkpointBytes else {
            throw .keepsakeTooLarge(bytes: bytes.count, limit: files.geometry.checkpointBytes)
        }
        let file = files[number % 2 == 0 ? .checkpointA : .checkpointB]
        try file.write(bytes, at: Geometry.pageBytes)
        try file.sync()
    }

    /// Reads a file; nil when it holds no intact checkpoint.
    static func read(_ file: StoreFile, geometry: Geometry) throws(StoreFailure) -> Checkpoint? {
        let head = try file.read(headBytes, at: Geometry.pageBytes)
        var reader = ByteReader(head)
        guard (try? reader.fixed32()) == magic, let sum = try? reader.fixed32(),
            let bodyBytes = try? reader.fixed64(), let number = try? reader.fixed64(),
            (try? reader.fixed64()) == geometry.storeID,
            bodyBytes <= UInt64(geometry.checkpointBytes - headBytes)
        else { return nil }
        let bytes = try file.read(headBytes + Int(bodyBytes), at: Geometry.pageBytes)
        guard CRC32C.checksum(bytes.span.extracting(8..<bytes.count)) == sum else { return nil }
        return try? Checkpoint(number: number, body: ByteReader(bytes, offset: headBytes))
    }

    /// The state of an empty store.
    init() {}

    subscript(_ ring: RingKind) -> RingState { rings[ring.rawValue] }

    private init(number: UInt64, body: ByteReader) throws(ByteReader.Failure) {
        var body = body
        self.number = number
        journalHalf = try body.count(limit: 1)
        journalSequence = try body.varint()
        mergedThrough = try body.varint()
        for index in rings.indices { rings[index] = try RingState(from: &body) }
        catalogueEdition = UInt32(try body.count(limit: Int(UInt32.max)))
        catalogueLength = try body.count(limit: Int.max)
        counts.series = try body.count(limit: Int(UInt32.max))
        counts.texts = try body.count(limit: Int(UInt32.max))
        rowsTotal = try body.varint()
        let hasKeepsake = try body.byte() != 0
        let bytes = try body.bytes()
        keepsake = hasKeepsake ? bytes : nil
        lastSeen = try LastSeen(from: &body, limit: counts.series)
        let rows = try body.count(limit: body.remaining / 3)
        latest.reserveCapacity(rows * 3)
        var before: UInt64 = 0
        for _ in 0..<rows {
            before = before &+ UInt64(bitPattern: try body.zigZag())
            latest.append(before)
            latest.append(try body.varint().byteSwapped)
            latest.append(try body.varint())
        }
    }
}

/// How far a ring is filled, and what it has already forgotten.
struct RingState: Hashable, Sendable {
    var cursor = RingCursor()
    /// The latest stamp that was overwritten; `Int64.min` while nothing was.
    var lostThrough = Int64.min

    init() {}

    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        cursor.segment = try reader.varint()
        cursor.fill = try reader.count(limit: Int.max)
        lostThrough = try reader.zigZag()
    }
}

/// Where the next block goes.
struct RingCursor: Hashable, Sendable {
    /// 1, 2, 3 … over the ring's life; 0 before the first.
    var segment: UInt64 = 0
    /// Bytes of that segment in use.
    var fill = 0
}
