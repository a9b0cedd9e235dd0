internal import Codec
internal import Readings
internal import Synchronization

/// One sealed run of pages in a ring: what one seal or merge had to say about one segment.
///
///     0        4        8        12       16       24       32        40        48
///     "TBLK" 4 │crc 4   │bytes 4 │pages 4 │t0 8    │t1 8    │segment 8│through 8│…
///     48       52       56       60       64
///     last 4   │first 4 │final 4 │dir 4   │
///     then the directory, 32 bytes per page, by device, then by arrival:
///     0        4       8       16      24       28
///     device 4 │count 4│t0 8   │t1 8   │offset 4│crc 4
///     then the payloads.
///
/// `bytes` is the length of all of it; the next block begins at the next multiple of 64. The header's crc
/// covers the rest of the header, `dir` the directory, a page's crc its directory entry (without offset
/// and crc), the segment's number and its payload. All are seeded with the store's id. `through` is the last
/// journal record whose readings are sealed with this block; `last` is 1 in the block that completes a seal.
final class Block: Sendable {
    static let headBytes = 64
    static let entryBytes = 32
    static let magic: UInt32 = 0x4B4C_4254  // "TBLK"
    /// One in so many entries is kept in memory once the directory was read.
    private static let sampleStep = 64

    /// Number of the segment it lies in.
    let segment: UInt64
    /// In the file.
    let offset: Int
    let bytes: Int
    let pageCount: Int
    /// The earliest and the latest stamp in it.
    let lowest: Int64
    let highest: Int64
    let through: UInt64
    let isLast: Bool
    let firstDevice: UInt32
    let lastDevice: UInt32
    let directorySum: UInt32

    private enum Directory {
        case unread
        /// The device of every 64th entry.
        case intact([UInt32])
        /// Does not match its checksum: every entry is looked at, each page's own checksum decides.
        case damaged
    }

    /// Guards what is known of the directory; a leaf.
    private let directory = Mutex(Directory.unread)

    init(
        segment: UInt64,
        offset: Int,
        bytes: Int,
        pageCount: Int,
        stamps: ClosedRange<Int64>,
        through: UInt64,
        isLast: Bool,
        devices: ClosedRange<UInt32>,
        directorySum: UInt32
    ) {
        self.segment = segment
        self.offset = offset
        self.bytes = bytes
        self.pageCount = pageCount
        lowest = stamps.lowerBound
        highest = stamps.upperBound
        self.through = through
        self.isLast = isLast
        firstDevice = devices.lowerBound
        lastDevice = devices.upperBound
        self.directorySum = directorySum
    }

    /// The header's bytes.
    func header(seed: UInt32) -> [UInt8] {
        var writer = ByteWriter(capacity: Block.headBytes)
        writer.putFixed32(Block.magic)
        writer.putFixed32(0)
        writer.putFixed32(UInt32(bytes))
        writer.putFixed32(UInt32(pageCount))
        writer.putFixed64(UInt64(bitPattern: lowest))
        writer.putFixed64(UInt64(bitPattern: highest))
        writer.putFixed64(segment)
        writer.putFixed64(through)
        writer.putFixed32(isLast ? 1 : 0)
        writer.putFixed32(firstDevice)
        writer.putFixed32(lastDevice)
        writer.putFixed32(directorySum)
        writer.replaceFixed32(
            CRC32C.checksum(writer.bytes.span.extracting(8..<Block.headBytes), seed: seed),
            at: 4
        )
        return writer.bytes
    }

    /// Reads a header that begins at `index` of `bytes`, which were read from `offset` of the file on.
    ///
    /// - Returns: nil when there is no intact header of that segment, or it leads past `room` bytes.
    static func read(_ bytes: [UInt8], at index: Int, offset: Int, segment: UInt64, room: Int, seed: UInt32)
        -> Block?
    {
        guard index + headBytes <= bytes.count else { return nil }
        var reader = ByteReader(bytes, offset: index)
        guard (try? reader.fixed32()) == magic, let sum = try? reader.fixed32(),
            CRC32C.checksum(bytes.span.extracting(index + 8..<index + headBytes), seed: seed) == sum,
            let length = try? Int(reader.fixed32()), let pageCount = try? Int(reader.fixed32()),
            let lowest = try? Int64(bitPattern: reader.fixed64()),
            let highest = try? Int64(bitPattern: reader.fixed64()),
            (try? reader.fixed64()) == segment, let through = try? reader.fixed64(),
            let last = try? reader.fixed32(), let first = try? reader.fixed32(),
            let final = try? reader.fixed32(),
            let directorySum = try? reader.fixed32(), lowest <= highest, first <= final, length <= room,
            pageCount >= 1, headBytes + pageCount * entryBytes <= length
        else { return nil }
        return Block(
            segment: segment,
            offset: offset,
            bytes: length,
            pageCount: pageCount,
            stamps: lowest...highest,
            through: through,
            isLast: last == 1,
            devices: first...final,
            directorySum: directorySum
        )
    }

    // MARK: Finding pages

    /// Whether it may hold samples of a device (nil: of any) with stamps in a range.
    func mayHold(_ device: UInt32?, _ range: Range<Int64>) -> Bool {
        (device.map { $0 >= firstDevice && $0 <= lastDevice } ?? true) && lowest < range.upperBound
            && highest >= range.lowerBound
    }

    /// Whether someone has looked into the directory and found it damaged.
    var isDirectoryDamaged: Bool {
        if case .damaged = directory.withLock({ $0 }) { true } else { false }
    }

    /// Adds the pages of a device (nil: of all) whose stamps touch `range`. Returns false when the directory is
    /// found damaged for the first time; see ``isDirectoryDamaged`` for later.
    func pages(
        of device: UInt32?,
        in range: Range<Int64>,
        ring: Ring,
        order: Int,
        into found: inout [PagePlace]
    ) throws(StoreFailure) -> Bool {
        let (known, isFirstLook) = try look(ring)
        let entries: Range<Int>
        if let samples = known, let device {
            // The first entry of the device lies behind the last sampled entry that is smaller.
            var low = 0
            var high = samples.count
            while low < high {
                let middle = (low + high) / 2
                if samples[middle] < device { low = middle + 1 } else { high = middle }
            }
            entries = max(0, low - 1) * Block.sampleStep..<pageCount
        } else {
            entries = 0..<pageCount
        }
        var start = entries.lowerBound
        while start < entries.upperBound {
            let end = min(entries.upperBound, start + Block.sampleStep)
            var isBehind = false
            try pages(at: start..<end, ring: ring, order: order) { place in
                let entry = place.entry
                if let device, known != nil, entry.device > device { isBehind = true }
                guard device == nil || entry.device == device, entry.lowest < range.upperBound,
                    entry.highest >= range.lowerBound
                else { return }
                found.append(place)
            }
            if isBehind { return true }
            start = end
        }
        return known != nil || !isFirstLook
    }

    /// Whether the directory is in order, by device and then by arrival; and whether that was not known before.
    func isInOrder(_ ring: Ring) throws(StoreFailure) -> (isInOrder: Bool, isFirstLook: Bool) {
        let (known, isFirstLook) = try look(ring)
        return (known != nil, isFirstLook)
    }

    /// Hands on the pages that a few entries of the directory name.
    func pages(at entries: Range<Int>, ring: Ring, order: Int, _ take: (PagePlace) -> Void)
        throws(StoreFailure)
    {
        // One entry more tells where the last payload ends.
        let run = try ring.file.read(
            min(pageCount - entries.lowerBound, entries.count + 1) * Block.entryBytes,
            at: offset + Block.headBytes + entries.lowerBound * Block.entryBytes
        )
        for index in entries.indices {
            let place = (index - entries.lowerBound) * Block.entryBytes
            let entry = PageLine(run, at: place)
            let next = place + Block.entryBytes
            let stop = next < run.count ? PageLine(run, at: next).offset : bytes
            // In a damaged directory an entry may say anything.
            guard entry.offset < stop, stop <= bytes, entry.count >= 1, entry.lowest <= entry.highest
            else { continue }
            take(PagePlace(entry: entry, block: self, bytes: stop - entry.offset, order: order))
        }
    }

    /// Reads and checks the directory once. Returns its sampled devices, nil when damaged.
    private func look(_ ring: Ring) throws(StoreFailure) -> (samples: [UInt32]?, isFirst: Bool) {
        switch directory.withLock({ $0 }) {
        case .intact(let samples): return (samples, false)
        case .damaged: return (nil, false)
        case .unread: break
        }
        let run = try ring.file.read(pageCount * Block.entryBytes, at: offset + Block.headBytes)
        guard CRC32C.checksum(run, seed: ring.seed) == directorySum else {
            // Overtaken by the ring is no damage; whoever reads the pages will find that out.
            if ring.holds(segment) { directory.withLock { $0 = .damaged } }
            return (nil, ring.holds(segment))
        }
        let samples = stride(from: 0, to: pageCount, by: Block.sampleStep).map {
            PageLine(run, at: $0 * Block.entryBytes).device
        }
        directory.withLock { $0 = .intact(samples) }
        return (samples, true)
    }
}

/// One line of a block's directory.
struct PageLine: Hashable {
    var device: UInt32
    /// Samples or buckets, all series together.
    var count: Int
    var lowest: Int64
    var highest: Int64
    /// From the block's start.
    var offset: Int
    var sum: UInt32

    init(device: UInt32, count: Int, lowest: Int64, highest: Int64, offset: Int, sum: UInt32) {
        self.device = device
        self.count = count
        self.lowest = lowest
        self.highest = highest
        self.offset = offset
        self.sum = sum
    }

    /// Reads 32 bytes; any bytes make an entry.
    init(_ bytes: [UInt8], at index: Int) {
        precondition(
            index >= 0 && index + Block.entryBytes <= bytes.count,
            "a line must lie in its directory"
        )
        let line = unsafe bytes.withUnsafeBytes { bytes in
            func number<Number: FixedWidthInteger>(_ offset: Int) -> Number {
                unsafe Number(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index + offset, as: Number.self)
                )
            }
            return (
                number(0) as UInt32, number(4) as UInt32, number(8) as Int64, number(16) as Int64,
                number(24) as UInt32, number(28) as UInt32
            )
        }
        device = line.0
        count = Int(line.1)
        lowest = line.2
        highest = line.3
        offset = Int(line.4)
        sum = line.5
    }

    /// Appends 32 bytes.
    func encode(into writer: inout ByteWriter) {
        putChecked(into: &writer)
        writer.putFixed32(UInt32(offset))
        writer.putFixed32(sum)
    }

    /// The checksum of this entry with its payload.
    func checksum(_ payload: Span<UInt8>, segment: UInt64, seed: UInt32) -> UInt32 {
        var writer = ByteWriter(capacity: 32)
        putChecked(into: &writer)
        writer.putFixed64(segment)
        return CRC32C.checksum(payload, seed: CRC32C.checksum(writer.bytes, seed: seed))
    }

    private func putChecked(into writer: inout ByteWriter) {
        writer.putFixed32(device)
        writer.putFixed32(UInt32(count))
        writer.putFixed64(UInt64(bitPattern: lowest))
        writer.putFixed64(UInt64(bitPattern: highest))
    }
}

/// Where a page lies.
struct PagePlace {
    var entry: PageLine
    var block: Block
    /// Of the payload.
    var bytes: Int
    /// Blocks later in the ring hold later arrivals.
    var order: Int
}
