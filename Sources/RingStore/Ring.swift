internal import Codec
internal import Synchronization

/// One ring file: segments of equal size, used one after the other, the oldest overwritten.
///
/// Segment number n ≥ 1 lies in slot (n − 1) mod count. A segment begins with 64 bytes, then blocks at
/// multiples of 64:
///
///     0       4      8        16            24             32
///     "TSEG" 4│crc 4 │number 8│lost through 8│filled before 8│zeros to 64
///
/// `lost through` is the latest stamp that the ring had overwritten when the segment was begun, `filled
/// before` how far the segment before it was filled. The crc covers bytes 8 … 63, seeded with the store's id.
final class Ring: Sendable {
    static let headBytes = 64
    static let magic: UInt32 = 0x4745_5354  // "TSEG"

    let file: StoreFile
    let segmentBytes: Int
    let segmentCount: Int
    /// Begins every checksum, so that foreign bytes cannot pass.
    let seed: UInt32
    /// Guards the number of the segment that each slot holds now; a leaf.
    private let slots: Mutex<[UInt64]>
    private let cache = PageCache()

    init(file: StoreFile, shape: RingShape, seed: UInt32) {
        self.file = file
        segmentBytes = shape.segmentBytes
        segmentCount = shape.segmentCount
        self.seed = seed
        slots = Mutex([UInt64](repeating: 0, count: segmentCount))
    }

    /// Where a segment begins in the file.
    func offset(of segment: UInt64) -> Int {
        Geometry.pageBytes + Int((segment - 1) % UInt64(segmentCount)) * segmentBytes
    }

    /// Whether the segment is still there.
    func holds(_ segment: UInt64) -> Bool {
        slots.withLock { $0[Int((segment - 1) % UInt64(segmentCount))] == segment }
    }

    /// A slot is given to a new segment. From here on what it held counts as overtaken, not as damaged.
    func occupy(_ segment: UInt64) {
        slots.withLock { $0[Int((segment - 1) % UInt64(segmentCount))] = segment }
    }

    /// What became of a page that was asked for.
    enum Fetched {
        case page([UInt8])
        /// The ring went over it.
        case expired
        case damaged
    }

    /// Reads a page and checks it, or finds it among those read last.
    func fetch(_ place: PagePlace) throws(StoreFailure) -> Fetched {
        let block = place.block
        let offset = block.offset + place.entry.offset
        if let page = cache.page(segment: block.segment, offset: offset) { return .page(page) }
        let payload = try file.read(place.bytes, at: offset)
        if place.entry.checksum(payload.span, segment: block.segment, seed: seed) == place.entry.sum {
            cache.keep(payload, segment: block.segment, offset: offset)
            return .page(payload)
        }
        return holds(block.segment) ? .damaged : .expired
    }

    /// A segment's header.
    func header(segment: UInt64, lostThrough: Int64, filledBefore: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: Ring.headBytes)
        writer.putFixed32(Ring.magic)
        writer.putFixed32(0)
        writer.putFixed64(segment)
        writer.putFixed64(UInt64(bitPattern: lostThrough))
        writer.putFixed64(UInt64(filledBefore))
        writer.putRaw([UInt8](repeating: 0, count: Ring.headBytes - writer.count))
        writer.replaceFixed32(
            CRC32C.checksum(writer.bytes.span.extracting(8..<Ring.headBytes), seed: seed),
            at: 4
        )
        return writer.bytes
    }
}
