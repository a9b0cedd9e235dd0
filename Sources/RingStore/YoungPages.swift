internal import Codec

/// The pages of the young ring's blocks, device by device, read in runs: a merge asks for those of each block in the
/// order in which they lie there, and a read for each page would cost more than its samples.
struct YoungPages {
    /// Of all blocks together, and of one: the more blocks, the less of each.
    private static let bytesMax = 2 << 20
    private static let windowBytes = (4 << 10)...(64 << 10)
    /// Entries of a directory that are read together.
    private static let entriesMax = 32

    private struct Window {
        /// Of the file: its first `count` bytes are from here on.
        var start = 0
        var count = 0
        var bytes: [UInt8] = []
    }

    /// How far a block is read.
    private struct Cursor {
        let block: Block
        /// Pages that its directory names: those from `next` on were not asked for yet.
        var places: [PagePlace] = []
        var next = 0
        /// Entries of the directory that were read.
        var entries = 0
        var window = Window()
    }

    private let ring: Ring
    private let windowBytes: Int
    /// By block, in the order of arrival.
    private var cursors: [Cursor]
    /// By block, the device of its next page; behind all devices at the end.
    private var devices: [UInt64]

    /// - Parameter blocks: in the order of arrival.
    /// - Parameter noteDamage: called for each directory that is found damaged for the first time.
    init(_ ring: Ring, _ blocks: [Block], noteDamage: () -> Void) throws(StoreFailure) {
        self.ring = ring
        let (least, most) = (YoungPages.windowBytes.lowerBound, YoungPages.windowBytes.upperBound)
        windowBytes = min(most, max(least, YoungPages.bytesMax / max(1, blocks.count)))
        cursors = blocks.map { Cursor(block: $0) }
        devices = [UInt64](repeating: 0, count: blocks.count)
        for order in blocks.indices {
            let (isInOrder, isFirstLook) = try blocks[order].isInOrder(ring)
            if !isInOrder {
                if isFirstLook { noteDamage() }
                try readAll(order)
            }
            try look(order)
        }
    }

    /// The pages of a device, in the order of arrival. Devices are asked for in ascending order, each once.
    mutating func next(_ device: UInt32, into found: inout [PagePlace]) throws(StoreFailure) {
        found.removeAll(keepingCapacity: true)
        for order in devices.indices {
            while devices[order] <= UInt64(device) {
                let place = cursors[order].places[cursors[order].next]
                if devices[order] == UInt64(device) { found.append(place) }
                cursors[order].next += 1
                try look(order)
            }
        }
    }

    /// Notes the device of a block's next page, and reads on in its directory for it if need be.
    private mutating func look(_ order: Int) throws(StoreFailure) {
        let block = cursors[order].block
        while cursors[order].next == cursors[order].places.count {
            let start = cursors[order].entries
            if start == block.pageCount {
                devices[order] = .max
                return
            }
            let end = min(block.pageCount, start + YoungPages.entriesMax)
            var places: [PagePlace] = []
            swap(&places, &cursors[order].places)
            places.removeAll(keepingCapacity: true)
            try block.pages(at: start..<end, ring: ring, order: order) { places.append($0) }
            swap(&places, &cursors[order].places)
            (cursors[order].next, cursors[order].entries) = (0, end)
        }
        devices[order] = UInt64(cursors[order].places[cursors[order].next].entry.device)
    }

    /// Brings the pages of a block in order whose directory is in none.
    private mutating func readAll(_ order: Int) throws(StoreFailure) {
        let block = cursors[order].block
        var places: [PagePlace] = []
        try block.pages(at: 0..<block.pageCount, ring: ring, order: order) { places.append($0) }
        places.sort { ($0.entry.device, $0.entry.offset) < ($1.entry.device, $1.entry.offset) }
        (cursors[order].places, cursors[order].entries) = (places, block.pageCount)
    }

    /// Appends a page that is intact to `bytes`. Returns where it lies there; nil when it is damaged.
    mutating func append(_ place: PagePlace, to bytes: inout [UInt8]) throws(StoreFailure) -> Range<Int>? {
        let start = place.block.offset + place.entry.offset
        try look(at: start, place)
        let first = start - cursors[place.order].window.start
        let part = first..<first + place.bytes
        bytes.append(contentsOf: cursors[place.order].window.bytes[part])
        let page = bytes.count - part.count..<bytes.count
        let sum = place.entry.checksum(
            bytes.span.extracting(page),
            segment: place.block.segment,
            seed: ring.seed
        )
        return sum == place.entry.sum ? page : nil
    }

    /// Moves the window of a page's block if the page is not in it.
    private mutating func look(at start: Int, _ place: PagePlace) throws(StoreFailure) {
        let (first, count) = (cursors[place.order].window.start, cursors[place.order].window.count)
        if start >= first && start + place.bytes <= first + count { return }
        let end = place.block.offset + place.block.bytes
        let wanted = max(place.bytes, min(windowBytes, end - start))
        cursors[place.order].window.count = 0
        try ring.file.read(wanted, at: start, into: &cursors[place.order].window.bytes)
        (cursors[place.order].window.start, cursors[place.order].window.count) = (start, wanted)
    }
}
