/// The instants of the series of one page: each different list once, together on one clock where that pays.
///
///     ticks      varint; 0: there is no clock
///     clock      varint bytes, a number column of the union of the sets on it; nothing when there is no clock
///     sets       per set varint (samples << 2 | form), then, unless form 0, varint bytes
///     form 0     every tick of the clock (samples is 0)
///     form 1     a number column: before the first and between every two, how many ticks are skipped
///     form 2     a number column: instants of its own
///
/// The columns of the sets follow each other behind the table.
struct StampSets: ~Copyable {
    static let whole = 0
    static let gaps = 1
    static let own = 2

    struct Entry {
        var start: Int
        var count: Int
        var form = StampSets.own
        /// Where its column is in `columns`.
        var offset = 0
        var bytes = 0
        /// How long its own column is, and whether it is so short that it stays off the clock.
        var isCheap = false
    }

    private var stamps = Scratch<Int64>(capacity: 4096)
    private var stampCount = 0
    private(set) var entries: [Entry] = []
    private var union = ClockUnion()
    private var skips = Scratch<Int64>(capacity: 1)
    private var columns = ByteSink(capacity: 1024)
    private var clock = ByteSink(capacity: 1024)
    /// Earlier sets compared with a new one, besides the first.
    private static let lookBack = 8

    /// The number of the set with exactly these instants, strictly ascending, at least one.
    mutating func add(_ instants: UnsafePointer<Int64>, count: Int) -> Int {
        var candidate = entries.count
        var looked = 0
        while candidate > 0 && looked <= Self.lookBack {
            candidate = looked == Self.lookBack ? 0 : candidate &- 1
            looked &+= 1
            if unsafe matches(entries[candidate], instants, count: count) { return candidate }
        }
        for index in 1..<max(1, count) {
            precondition(
                unsafe instants[index &- 1] < instants[index],
                "instants of one series must ascend strictly"
            )
        }
        stamps.reserve(stampCount &+ count, keeping: stampCount)
        unsafe (stamps.base + stampCount).update(from: instants, count: count)
        entries.append(Entry(start: stampCount, count: count))
        stampCount &+= count
        return entries.count &- 1
    }

    private func matches(_ entry: Entry, _ instants: UnsafePointer<Int64>, count: Int) -> Bool {
        if entry.count != count { return false }
        let own = unsafe stamps.base + entry.start
        if unsafe own[0] != instants[0] || own[count &- 1] != instants[count &- 1] { return false }
        var different: Int64 = 0
        for index in 0..<count { different |= unsafe own[index] ^ instants[index] }
        return different == 0
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        stampCount = 0
    }

    /// Appends clock and sets.
    mutating func put(with encoder: inout ValueEncoder, into sink: inout ByteSink) {
        columns.removeAll()
        clock.removeAll()
        var ticks = 0
        if entries.count == 1 {
            entries[0].form = Self.whole
            ticks = entries[0].count
            unsafe encoder.encodeNumbers(stamps.base + entries[0].start, count: ticks, into: &clock)
        } else {
            let ownBytes = putOwn(with: &encoder)
            ticks = putShared(with: &encoder, below: ownBytes)
        }
        sink.reserve(64 &+ clock.count &+ columns.count &+ entries.count &* 12)
        sink.putVarint(UInt64(ticks))
        if ticks > 0 {
            sink.putVarint(UInt64(clock.count))
            unsafe sink.append(clock.base, count: clock.count)
        }
        sink.reserve(64 &+ columns.count &+ entries.count &* 12)
        for entry in entries {
            let count = entry.form == Self.whole ? 0 : entry.count
            sink.putVarint(UInt64(count &<< 2 | entry.form))
            if entry.form != Self.whole { sink.putVarint(UInt64(entry.bytes)) }
        }
        for entry in entries where entry.form != Self.whole {
            unsafe sink.append(columns.base + entry.offset, count: entry.bytes)
        }
    }

    /// Writes every set with instants of its own; returns the bytes of those that would rather share.
    private mutating func putOwn(with encoder: inout ValueEncoder) -> Int {
        var total = 0
        for index in entries.indices {
            let entry = entries[index]
            let offset = columns.count
            unsafe encoder.encodeNumbers(stamps.base + entry.start, count: entry.count, into: &columns)
            let bytes = columns.count &- offset
            entries[index].form = Self.own
            entries[index].offset = offset
            entries[index].bytes = bytes
            entries[index].isCheap = bytes <= 16 &+ entry.count / 16
            if !entries[index].isCheap { total &+= bytes }
        }
        return total
    }

    /// Moves sets to a common clock if that is shorter; returns its ticks, 0 when there is none.
    private mutating func putShared(with encoder: inout ValueEncoder, below ownBytes: Int) -> Int {
        union.removeAll()
        for entry in entries where !entry.isCheap {
            unsafe union.add(stamps.base + entry.start, count: entry.count)
        }
        let ticks = union.merge()
        if ticks == 0 || ticks > PageLimits.ticks { return 0 }
        unsafe encoder.encodeNumbers(union.ticks, count: ticks, into: &clock)
        var total = clock.count &+ 4
        let sharedStart = columns.count
        skips.reserve(PageLimits.samples)
        // First into the columns behind the own ones; taken over only if the sum is smaller.
        for index in entries.indices where !entries[index].isCheap && total < ownBytes {
            let entry = entries[index]
            if entry.count == ticks { continue }
            unsafe union.skips(of: stamps.base + entry.start, count: entry.count, into: skips.base)
            let offset = columns.count
            unsafe encoder.encodeNumbers(skips.base, count: entry.count, into: &columns)
            let bytes = columns.count &- offset
            total &+= min(bytes, entry.bytes)
            entries[index].start = offset
            entries[index].form = bytes < entry.bytes ? Self.gaps : Self.own
        }
        if total >= ownBytes {
            for index in entries.indices { entries[index].form = Self.own }
            columns.truncate(to: sharedStart)
            return 0
        }
        adoptShared(ticks: ticks)
        return ticks
    }

    private mutating func adoptShared(ticks: Int) {
        var end = columns.count
        for index in entries.indices.reversed() where !entries[index].isCheap {
            if entries[index].count == ticks {
                entries[index].form = Self.whole
                continue
            }
            // `start` was lent to the place of the gaps; the stamps are no longer needed.
            let offset = entries[index].start
            if entries[index].form == Self.gaps {
                entries[index].offset = offset
                entries[index].bytes = end &- offset
            }
            end = offset
        }
    }
}
