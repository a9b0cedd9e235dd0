internal import Codec

/// The pages of the young ring's blocks, read in runs: a merge asks for those of each block in the order in which they
/// lie there, and a read for each page would cost more than its samples.
struct YoungPages {
    /// Of all blocks together, and of one: the more blocks, the less of each.
    private static let bytesMax = 4 << 20
    private static let windowBytes = (4 << 10)...(64 << 10)

    private struct Window {
        /// Of the file: its first `count` bytes are from here on.
        var start = 0
        var count = 0
        var bytes: [UInt8] = []
    }

    private let ring: Ring
    private let windowBytes: Int
    /// By block.
    private var windows: [Window]

    init(_ ring: Ring, blockCount: Int) {
        self.ring = ring
        let (least, most) = (YoungPages.windowBytes.lowerBound, YoungPages.windowBytes.upperBound)
        windowBytes = min(most, max(least, YoungPages.bytesMax / max(1, blockCount)))
        windows = [Window](repeating: Window(), count: blockCount)
    }

    /// Appends a page that is intact to `bytes`. Returns where it lies there; nil when it is damaged.
    ///
    /// - Parameter place: with the number of its block as its order.
    mutating func append(_ place: PagePlace, to bytes: inout [UInt8]) throws(StoreFailure) -> Range<Int>? {
        let start = place.block.offset + place.entry.offset
        try look(at: start, place)
        let first = start - windows[place.order].start
        let part = first..<first + place.bytes
        bytes.append(contentsOf: windows[place.order].bytes[part])
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
        let (first, count) = (windows[place.order].start, windows[place.order].count)
        if start >= first && start + place.bytes <= first + count { return }
        let end = place.block.offset + place.block.bytes
        let wanted = max(place.bytes, min(windowBytes, end - start))
        windows[place.order].count = 0
        try ring.file.read(wanted, at: start, into: &windows[place.order].bytes)
        (windows[place.order].start, windows[place.order].count) = (start, wanted)
    }
}
