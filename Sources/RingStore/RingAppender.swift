internal import Codec

/// Writes the chunks of one seal into a ring. Nothing of it counts until a checkpoint says so: after a
/// failure a new appender starts from the same state and writes the same places again.
struct RingAppender {
    /// Where the ring will stand when this seal counts.
    private(set) var state: RingState
    /// The ring's blocks when this seal counts, those of this seal at the end.
    private(set) var blocks: [Block]
    private let ring: Ring
    private let through: UInt64
    private var entries: [ChunkEntry] = []
    private var payloads = ByteWriter(capacity: 64 << 10)

    /// - Parameters:
    ///   - blocks: what the ring holds before.
    ///   - through: the last journal record that this seal covers.
    init(ring: Ring, state: RingState, blocks: [Block], through: UInt64) {
        self.ring = ring
        self.state = state
        self.blocks = blocks
        self.through = through
    }

    /// Adds a chunk; series come in ascending order.
    mutating func add(series: UInt32, count: Int, stamps: ClosedRange<Int64>, payload: [UInt8])
        throws(StoreFailure)
    {
        let used = Block.headBytes + (entries.count + 1) * Block.entryBytes + payloads.count + payload.count
        if state.cursor.segment == 0 || (used > room && entries.isEmpty) {
            try beginSegment()
        } else if used > room {
            try writeBlock(isLast: false)
            let alone = Block.headBytes + Block.entryBytes + payload.count
            if alone > room || room < ring.segmentBytes / 16 { try beginSegment() }
        }
        precondition(
            Block.headBytes + Block.entryBytes + payload.count <= ring.segmentBytes - Ring.headBytes,
            "a chunk must fit a segment"
        )
        entries.append(
            ChunkEntry(
                series: series,
                count: count,
                lowest: stamps.lowerBound,
                highest: stamps.upperBound,
                offset: payloads.count,
                sum: 0
            )
        )
        payloads.putRaw(payload)
    }

    /// Writes what is left and syncs.
    mutating func finish() throws(StoreFailure) {
        if entries.isEmpty { return }
        try writeBlock(isLast: true)
        try ring.file.sync()
    }

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
            let payload = Array(payloads.bytes[entry.offset..<end])
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
            chunkCount: entries.count,
            stamps: lowest...highest,
            through: through,
            isLast: isLast,
            series: first.series...last.series,
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
    }
}
