internal import Codec

/// Writes the pages of one seal or merge into a ring. Nothing of it counts until a checkpoint says so: after a
/// failure a new appender starts from the same state and writes the same places again.
struct RingAppender {
    /// Where the ring will stand when this seal counts.
    private(set) var state: RingState
    /// The ring's blocks when this seal counts, those of this seal at the end.
    private(set) var blocks: [Block]
    /// There was no room left without going over what is still needed; what was added since went nowhere.
    private(set) var isFull = false
    private let ring: Ring
    private let mayOvertake: Bool
    private let through: UInt64
    private var entries: [PageLine] = []
    private var payloads = ByteWriter(capacity: 64 << 10)

    /// - Parameters:
    ///   - blocks: what the ring holds before.
    ///   - through: the last journal record that this seal covers.
    ///   - mayOvertake: whether the oldest segment may be taken while it holds some of `blocks`.
    init(ring: Ring, state: RingState, blocks: [Block], through: UInt64, mayOvertake: Bool) {
        self.mayOvertake = mayOvertake
        self.ring = ring
        self.state = state
        self.blocks = blocks
        self.through = through
    }

    /// Adds a page; devices come in ascending order.
    mutating func add(device: UInt32, count: Int, stamps: ClosedRange<Int64>, payload: borrowing ByteWriter)
        throws(StoreFailure)
    {
        if isFull { return }
        let used = Block.headBytes + (entries.count + 1) * Block.entryBytes + payloads.count + payload.count
        if state.cursor.segment == 0 || (used > room && entries.isEmpty) {
            try beginSegment()
        } else if used > room {
            try writeBlock(isLast: false)
            let alone = Block.headBytes + Block.entryBytes + payload.count
            if alone > room || room < ring.segmentBytes / 16 { try beginSegment() }
        }
        if isFull { return }
        precondition(
            Block.headBytes + Block.entryBytes + payload.count <= ring.segmentBytes - Ring.headBytes,
            "a page must fit a segment"
        )
        entries.append(
            PageLine(
                device: device,
                count: count,
                lowest: stamps.lowerBound,
                highest: stamps.upperBound,
                offset: payloads.count,
                sum: 0
            )
        )
        payloads.putRaw(payload.bytes)
    }

    /// Writes what is left and syncs.
    mutating func finish() throws(StoreFailure) {
        if entries.isEmpty || isFull { return }
        try writeBlock(isLast: true)
        try ring.file.sync()
    }

    /// What all blocks take, their rounding included.
    var usedBytes: Int { blocks.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 } }

    /// What can be added before a segment with blocks has to be taken, about.
    var freeBytes: Int {
        let taken = Set(blocks.map(\.segment) + [state.cursor.segment]).count
        return (ring.segmentCount - taken) * ring.segmentBytes + (state.cursor.segment > 0 ? room : 0)
    }

    /// Lets all blocks go.
    mutating func forget() {
        blocks.removeAll()
    }

    /// Larger pages waste the end of a segment, and the time of whoever reads one series of them.
    var pageBytesMax: Int { min(PageLimits.bytes, ring.segmentBytes / 4) }

    private var room: Int { ring.segmentBytes - state.cursor.fill }

    private mutating func writeBlock(isLast: Bool) throws(StoreFailure) {
        guard let first = entries.first, let last = entries.last else { return }
        let head = Block.headBytes + entries.count * Block.entryBytes
        var directory = ByteWriter(capacity: entries.count * Block.entryBytes)
        var lowest = Int64.max
        var highest = Int64.min
        for index in entries.indices {
            var entry = entries[index]
            let end = index + 1 < entries.count ? entries[index + 1].offset : payloads.count
            let payload = payloads.bytes.span.extracting(entry.offset..<end)
            entry.sum = entry.checksum(payload, segment: state.cursor.segment, seed: ring.seed)
            entry.offset += head
            entry.encode(into: &directory)
            lowest = min(lowest, entry.lowest)
            highest = max(highest, entry.highest)
        }
        let block = Block(
            segment: state.cursor.segment,
            offset: ring.offset(of: state.cursor.segment) + state.cursor.fill,
            bytes: head + payloads.count,
            pageCount: entries.count,
            stamps: lowest...highest,
            through: through,
            isLast: isLast,
            devices: first.device...last.device,
            directorySum: CRC32C.checksum(directory.bytes, seed: ring.seed)
        )
        try ring.file.write(
            block.header(seed: ring.seed) + directory.bytes + payloads.bytes,
            at: block.offset
        )
        state.cursor.fill = min(ring.segmentBytes, (state.cursor.fill + block.bytes + 63) / 64 * 64)
        blocks.append(block)
        entries.removeAll(keepingCapacity: true)
        payloads.removeAll()
    }

    /// Takes the next segment, and with it the place of the oldest.
    private mutating func beginSegment() throws(StoreFailure) {
        let next = state.cursor.segment + 1
        if !mayOvertake, blocks.contains(where: { $0.segment + UInt64(ring.segmentCount) <= next }) {
            isFull = true
            return
        }
        let filledBefore = state.cursor.fill
        state.cursor = RingCursor(segment: state.cursor.segment + 1, fill: Ring.headBytes)
        if state.cursor.segment > UInt64(ring.segmentCount) {
            let lost = state.cursor.segment - UInt64(ring.segmentCount)
            for block in blocks where block.segment <= lost {
                state.lostThrough = max(state.lostThrough, block.highest)
            }
            blocks.removeAll { $0.segment <= lost }
        }
        ring.occupy(state.cursor.segment)
        let header = ring.header(
            segment: state.cursor.segment,
            lostThrough: state.lostThrough,
            filledBefore: filledBefore
        )
        try ring.file.write(header, at: ring.offset(of: state.cursor.segment))
        // What the segment held is overwritten before the checkpoint that says so. After a power cut this header
        // tells, so it is on the disk first: else old samples were gone and nobody knew.
        if state.cursor.segment > UInt64(ring.segmentCount) { try ring.file.sync() }
    }
}
