internal import Codec
internal import Readings

/// Goes over every segment, block and page of one ring and names what is damaged.
struct RingInspection: ~Copyable {
    private let ring: Ring
    private let form: PageInspection.Form
    private let cursor: RingCursor
    /// False when blocks were found by scanning: what ends the last segment is not known then.
    private let isEndKnown: Bool
    /// By their place in the file, those that count.
    private let live: [Int: Block]
    private let names: DeviceNames
    private let seriesCount: Int
    private var inspection = PageInspection()
    /// Damage found so far; of a young ring only that behind what is merged.
    private(set) var places: [DamagedPlace] = []

    /// - Parameter blocks: what counts of the ring.
    init(
        _ ring: Ring,
        _ form: PageInspection.Form,
        state: RingState,
        isEndKnown: Bool,
        blocks: [Block],
        names: DeviceNames,
        seriesCount: Int
    ) {
        self.ring = ring
        self.form = form
        cursor = state.cursor
        self.isEndKnown = isEndKnown
        live = Dictionary(blocks.map { ($0.offset, $0) }) { first, _ in first }
        self.names = names
        self.seriesCount = seriesCount
    }

    /// Looks at everything; `step` is told the bytes of each block.
    mutating func run(_ verdict: inout StoreVerdict, _ step: (Int) -> Void) throws(StoreFailure) {
        guard cursor.segment > 0 else { return }
        var heads: [Ring.Head?] = []
        for slot in 0..<ring.segmentCount {
            let bytes = try ring.file.read(
                Ring.headBytes,
                at: Geometry.pageBytes + slot * ring.segmentBytes
            )
            heads.append(ring.head(bytes, slot: slot))
        }
        let count = UInt64(ring.segmentCount)
        let oldest = cursor.segment > count ? cursor.segment - count + 1 : 1
        for segment in oldest...cursor.segment {
            let found = heads[Int((segment - 1) % count)]
            // Taken by a seal that never finished.
            if let found, found.segment > segment { continue }
            if found == nil || found?.segment != segment {
                add(
                    at: ring.offset(of: segment),
                    "a segment's header",
                    lost: "nothing: its blocks are found without it"
                )
            }
            let following = heads[Int(segment % count)]
            let closed = following?.segment == segment + 1 ? following?.filledBefore : nil
            let isLast = segment == cursor.segment
            try walk(segment, fill: isLast && isEndKnown ? cursor.fill : closed, &verdict, step)
        }
    }

    private mutating func walk(
        _ segment: UInt64,
        fill: Int?,
        _ verdict: inout StoreVerdict,
        _ step: (Int) -> Void
    ) throws(StoreFailure) {
        let base = ring.offset(of: segment)
        let end = min(fill ?? ring.segmentBytes, ring.segmentBytes)
        var position = Ring.headBytes
        while position + Block.headBytes <= end {
            let bytes = try ring.file.read(Block.headBytes, at: base + position)
            let block = Block.read(
                bytes,
                at: 0,
                offset: base + position,
                segment: segment,
                room: ring.segmentBytes - position,
                seed: ring.seed
            )
            if let block {
                if live[block.offset] != nil {
                    try look(block, &verdict)
                } else if case .draft = form {
                    // What lies before a block that is merged is merged as well.
                    places.removeAll()
                }
                step(block.bytes)
                position += (block.bytes + 63) / 64 * 64
                continue
            }
            let next = try ring.search(segment, from: position + 64, to: end)
            guard next != nil || fill != nil else { return }
            let bytesLost = (next ?? end) - position
            add(
                at: base + position,
                "a block's header",
                lost: "what its \(bytesLost) bytes held; nobody knows of which series and when"
            )
            guard let next else { return }
            position = next
        }
    }

    private mutating func look(_ block: Block, _ verdict: inout StoreVerdict) throws(StoreFailure) {
        verdict.blocks += 1
        verdict.bytes += block.bytes
        let bytes = try ring.file.read(block.bytes, at: block.offset)
        let pages = Block.headBytes + block.pageCount * Block.entryBytes
        let directory = bytes.span.extracting(Block.headBytes..<pages)
        let isIntact = CRC32C.checksum(directory, seed: ring.seed) == block.directorySum
        var lines: [PageLine] = []
        for index in 0..<block.pageCount {
            lines.append(PageLine(bytes, at: Block.headBytes + index * Block.entryBytes))
        }
        var unreachable = 0
        for index in lines.indices {
            let line = lines[index]
            let end = index + 1 < lines.count ? lines[index + 1].offset : block.bytes
            guard line.offset >= pages, line.offset < end, end <= block.bytes else {
                if isIntact {
                    add(line, block, "points outside of its block")
                } else {
                    unreachable += 1
                }
                continue
            }
            let page = bytes.span.extracting(line.offset..<end)
            if line.checksum(page, segment: block.segment, seed: ring.seed) != line.sum {
                // Under a damaged directory nobody knows whether it is the page or its line.
                if isIntact { add(line, block, "does not match its checksum") } else { unreachable += 1 }
            } else if let fault = inspection.fault(in: page, of: line, form, seriesCount: seriesCount) {
                add(line, block, fault)
            } else {
                verdict.pages += 1
                if case .buckets = form {
                    verdict.buckets += line.count
                } else {
                    verdict.samples += line.count
                }
            }
        }
        if !isIntact { add(directoryOf: block, unreachable: unreachable) }
    }

    // MARK: Words

    private mutating func add(at offset: Int, _ what: String, lost: String) {
        places.append(
            DamagedPlace(
                file: ring.file.name,
                offset: offset,
                what: "\(what) does not match its checksum",
                lost: lost
            )
        )
    }

    private mutating func add(_ line: PageLine, _ block: Block, _ fault: String) {
        let (low, high) = (
            Instant(milliseconds: line.lowest), Instant(milliseconds: line.highest)
        )
        let rows: String
        let what: String
        let otherwise: String
        switch form {
        case .buckets(let tier):
            (what, rows) = ("a page of \(tier.word)s", "\(line.count) \(tier.word)s")
            otherwise = "; they are folded from raw samples where those are there"
        case .draft: (what, rows, otherwise) = ("a draft page", "\(line.count) samples", "")
        case .samples:
            (what, rows) = ("a page of samples", "\(line.count) samples")
            otherwise = "; buckets of them are kept"
        }
        var place = DamagedPlace(
            file: ring.file.name,
            offset: block.offset + line.offset,
            what: "\(what) \(fault)",
            lost: "\(rows) of \(names.words(line.device)) from \(low.iso8601) to \(high.iso8601)\(otherwise)"
        )
        (place.path, place.from, place.through) = (names.path(line.device), low, high)
        places.append(place)
    }

    private mutating func add(directoryOf block: Block, unreachable: Int) {
        let (low, high) = (Instant(milliseconds: block.lowest), Instant(milliseconds: block.highest))
        var place = DamagedPlace(
            file: ring.file.name,
            offset: block.offset + Block.headBytes,
            what: "a block's directory does not match its checksum",
            lost: unreachable == 0
                ? "nothing: all \(block.pageCount) pages are intact"
                : "\(unreachable) of \(block.pageCount) pages, between \(low.iso8601) and \(high.iso8601)"
        )
        if unreachable > 0 {
            (place.from, place.through) = (low, high)
            if block.firstDevice == block.lastDevice { place.path = names.path(block.firstDevice) }
        }
        places.append(place)
    }
}
