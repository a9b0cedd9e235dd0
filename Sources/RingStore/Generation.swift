internal import Codec
internal import Glibc
internal import Readings
internal import Synchronization

/// One stretch of the head: rows of fixed number in flat columns, in order of arrival.
///
///     row        0   1   2   3 …
///     instants   8 B each          series     4 B each, the row's series
///     bits       8 B each          previous   4 B each, 1 + the row of the same series before it, 0 for none
///     marks      1 B each          last       4 B per series, 1 + its newest row, 0 for none
///
/// The memory comes untouched from the system, or from the ``GenerationShelf``, so an idle store costs only the pages it
/// filled.
///
/// `@unchecked Sendable`: one thread appends (the committing one). Rows below ``count`` are never written
/// again, and `count` is published with release after them, so readers that load it with acquire see them
/// whole. `last` is atomic and stored with release after the row it names; a reader that meets a row at or
/// above its count follows `previous`, which was written before.
@safe final class Generation: @unchecked Sendable {
    /// Rows before this generation, over the store's life.
    let base: UInt64
    let capacity: Int
    let seriesMax: Int
    private static let rowBytes = 8 + 8 + 4 + 4 + 1
    private let shelf: GenerationShelf
    private let bytes: Int
    private let instants: UnsafeMutablePointer<Int64>
    private let bits: UnsafeMutablePointer<UInt64>
    private let series: UnsafeMutablePointer<UInt32>
    private let previous: UnsafeMutablePointer<UInt32>
    private let marks: UnsafeMutablePointer<UInt8>
    private let last: UnsafeMutablePointer<Atomic<UInt32>>
    private let published = Atomic<Int>(0)
    private let lowest = Atomic<Int64>(.max)
    /// Rows appended, published or not; the committing thread's.
    private var next = 0

    init(base: UInt64, capacity: Int, seriesMax: Int, shelf: GenerationShelf) {
        self.base = base
        self.capacity = max(1, capacity)
        self.seriesMax = max(1, seriesMax)
        self.shelf = shelf
        bytes = Self.bytes(capacity: self.capacity, seriesMax: self.seriesMax)
        let start = unsafe shelf.take(bytes)
        // The widest first, so that each column lies where its elements may.
        unsafe instants = start.bindMemory(to: Int64.self, capacity: self.capacity)
        var place = unsafe start + self.capacity * MemoryLayout<Int64>.stride
        unsafe bits = place.bindMemory(to: UInt64.self, capacity: self.capacity)
        unsafe place += self.capacity * MemoryLayout<UInt64>.stride
        unsafe series = place.bindMemory(to: UInt32.self, capacity: self.capacity)
        unsafe place += self.capacity * MemoryLayout<UInt32>.stride
        unsafe previous = place.bindMemory(to: UInt32.self, capacity: self.capacity)
        unsafe place += self.capacity * MemoryLayout<UInt32>.stride
        // A zeroed word is a valid Atomic<UInt32> of 0: it has the layout of the word it wraps.
        unsafe last = place.bindMemory(to: Atomic<UInt32>.self, capacity: self.seriesMax)
        unsafe place += self.seriesMax * MemoryLayout<UInt32>.stride
        unsafe marks = place.bindMemory(to: UInt8.self, capacity: self.capacity)
    }

    deinit {
        unsafe shelf.give(UnsafeMutableRawPointer(instants), bytes) {
            // Rows are read only where they were written, but this is read for every series. Row by row, so that the
            // pages of series that nobody uses stay untouched.
            for row in 0..<next { unsafe last[Int(series[row])].store(0, ordering: .relaxed) }
        }
    }

    /// What one takes from the shelf.
    static func bytes(capacity: Int, seriesMax: Int) -> Int {
        max(1, capacity) * rowBytes + max(1, seriesMax) * MemoryLayout<UInt32>.stride
    }

    // MARK: The committing thread

    /// Rows that still fit.
    var room: Int { capacity - next }

    /// Whether nothing was appended.
    var isEmpty: Bool { next == 0 }

    /// Appends a row; readers see it after ``publish()``.
    func append(_ id: SeriesID, _ sample: PackedSample) {
        precondition(next < capacity && Int(id.index) < seriesMax, "a row must fit its generation")
        let slot = Int(id.index)
        unsafe instants[next] = sample.instant
        unsafe bits[next] = sample.bits
        unsafe marks[next] = sample.mark
        unsafe series[next] = id.index
        unsafe previous[next] = last[slot].load(ordering: .relaxed)
        unsafe last[slot].store(UInt32(next + 1), ordering: .releasing)
        if sample.instant < lowest.load(ordering: .relaxed) {
            lowest.store(sample.instant, ordering: .relaxed)
        }
        next += 1
    }

    /// Lets readers see what was appended.
    func publish() {
        published.store(next, ordering: .releasing)
    }

    /// What an incoming sample meets among the rows of its series.
    enum Standing {
        /// The same stamp, value and quality: one sample, sent twice.
        case same
        /// The same stamp, another value.
        case other
        /// No row of that stamp.
        case none
        /// Not decided within this generation; an older one may know.
        case unknown
    }

    /// Looks for a row of the same stamp, newest first, as long as stamps are not older.
    ///
    /// For data in order that is one step. For samples far out of order the search gives up after 32 rows;
    /// what it misses is one sample again when it is read.
    func standing(_ id: SeriesID, _ sample: PackedSample) -> Standing {
        var row = unsafe last[Int(id.index)].load(ordering: .relaxed)
        var steps = 0
        while row != 0 {
            let index = Int(row - 1)
            let instant = unsafe instants[index]
            if instant < sample.instant || steps == 32 { return .none }
            if instant == sample.instant {
                return unsafe sample.says(bits[index], mark: marks[index]) ? .same : .other
            }
            row = unsafe previous[index]
            steps += 1
        }
        return .unknown
    }

    // MARK: Readers

    /// Rows that may be read.
    var count: Int { published.load(ordering: .acquiring) }

    /// The earliest stamp of all rows, nil when there are none.
    var earliest: Instant? {
        count == 0 ? nil : Instant(milliseconds: lowest.load(ordering: .relaxed))
    }

    /// Whether a series has rows at all.
    func holds(_ id: SeriesID) -> Bool {
        unsafe Int(id.index) < seriesMax && last[Int(id.index)].load(ordering: .relaxed) != 0
    }

    /// Rows of a series below `count` with stamps in `range`, newest arrival first; `order` is the row.
    func eachRow(of id: SeriesID, below count: Int, in range: Range<Int64>, _ body: (Row) -> Void) {
        guard Int(id.index) < seriesMax else { return }
        var row = unsafe last[Int(id.index)].load(ordering: .acquiring)
        while row != 0 {
            let index = Int(row - 1)
            if index < count {
                let instant = unsafe instants[index]
                if range.contains(instant) {
                    unsafe body(
                        Row(instant: instant, bits: bits[index], order: UInt64(index), mark: marks[index])
                    )
                }
            }
            row = unsafe previous[index]
        }
    }

    // MARK: The store's thread, once nothing is appended any more

    /// The numbers of all rows by series, those of one series in the order of arrival, and by series where they end.
    func rowsBySeries() -> (order: [UInt32], ends: [UInt32]) {
        let count = count
        var highest: UInt32 = 0
        for row in 0..<count { highest = unsafe max(highest, series[row]) }
        var ends = [UInt32](repeating: 0, count: count == 0 ? 0 : Int(highest) + 1)
        // How many each has, then where each begins; the scatter leaves where it ends.
        for row in 0..<count { unsafe ends[Int(series[row])] += 1 }
        var place: UInt32 = 0
        for index in ends.indices {
            let own = ends[index]
            ends[index] = place
            place += own
        }
        var order = [UInt32](repeating: 0, count: count)
        for row in 0..<count {
            let index = unsafe Int(series[row])
            order[Int(ends[index])] = UInt32(row)
            ends[index] += 1
        }
        return (order, ends)
    }

    /// Copies rows by number, below ``count``, to `place` and behind it.
    func copy(
        _ rows: Span<UInt32>,
        to instants: inout MutableSpan<Int64>,
        _ bits: inout MutableSpan<UInt64>,
        _ marks: inout MutableSpan<UInt8>,
        at place: Int
    ) {
        for index in rows.indices {
            let row = Int(rows[index])
            precondition(row < capacity, "only rows of the generation may be read")
            unsafe instants[place + index] = self.instants[row]
            unsafe bits[place + index] = self.bits[row]
            unsafe marks[place + index] = self.marks[row]
        }
    }

    /// One row by number, below ``count``.
    func row(_ index: Int) -> (SeriesID, PackedSample) {
        precondition(index >= 0 && index < count, "only published rows may be read")
        let sample = unsafe PackedSample(instant: instants[index], bits: bits[index], mark: marks[index])
        return unsafe (SeriesID(index: series[index]), sample)
    }
}

/// A sample on its way to a reader or into a page, with its place in the order of arrival.
struct Row {
    var instant: Int64
    var bits: UInt64
    /// Larger arrived later.
    var order: UInt64
    var mark: UInt8

    var packed: PackedSample { PackedSample(instant: instant, bits: bits, mark: mark) }
}

extension [Row] {
    /// Orders by stamp, equal stamps by arrival; of equal stamps only the last arrival stays unless all are
    /// wanted.
    mutating func settle(keepsEqualStamps: Bool) {
        var isOrdered = true
        var hasEqual = false
        for index in indices.dropFirst() {
            if self[index].instant < self[index - 1].instant { isOrdered = false }
            if self[index].instant == self[index - 1].instant {
                hasEqual = true
                if self[index].order < self[index - 1].order { isOrdered = false }
            }
        }
        if !isOrdered {
            sort { ($0.instant, $0.order) < ($1.instant, $1.order) }
            hasEqual = true
        }
        guard hasEqual && !keepsEqualStamps && count > 1 else { return }
        var kept = 0
        for index in 1..<count {
            if self[index].instant != self[kept].instant { kept += 1 }
            self[kept] = self[index]
        }
        removeLast(count - kept - 1)
    }
}
