/// Reads ``StampSets``. The clock is decoded when the first series asks for it, a set when it is asked for.
struct StampReader: ~Copyable {
    private struct Entry {
        var form: Int
        var count: Int
        var offset: Int
        var bytes: Int
    }

    private var entries: [Entry] = []
    private(set) var ticksCount = 0
    private var clockOffset = 0
    private var clockBytes = 0
    private var ticks = Scratch<Int64>(capacity: 1024)
    private var isClockRead = false
    private var stamps = Scratch<Int64>(capacity: 1024)
    /// The set that is in `stamps`.
    private var setRead = -1

    /// Reads the table of `setCount` sets and steps over their columns.
    mutating func open(_ setCount: Int, from source: inout ByteSource) throws(ByteReader.Failure) {
        entries.removeAll(keepingCapacity: true)
        isClockRead = false
        setRead = -1
        ticksCount = try source.count(in: 0...PageLimits.ticks)
        clockBytes = 0
        if ticksCount > 0 {
            clockBytes = try source.count(in: 1...max(1, source.remaining))
            clockOffset = try source.skip(clockBytes)
        }
        for _ in 0..<setCount {
            let place = source
            let word = try source.varint()
            let form = Int(word & 3)
            if form == StampSets.whole {
                guard word == 0, ticksCount > 0, ticksCount <= PageLimits.samples else {
                    throw place.failure("a set on a clock of 1 … \(PageLimits.samples) ticks")
                }
                entries.append(Entry(form: form, count: ticksCount, offset: 0, bytes: 0))
                continue
            }
            let count = Int(truncatingIfNeeded: word &>> 2)
            let most = form == StampSets.gaps ? min(ticksCount, PageLimits.samples) : PageLimits.samples
            guard form <= StampSets.own, count >= 1, count <= most else {
                throw place.failure("a set of at most \(most) instants")
            }
            let bytes = try source.count(in: 1...max(1, source.remaining))
            entries.append(Entry(form: form, count: count, offset: 0, bytes: bytes))
        }
        for index in entries.indices where entries[index].form != StampSets.whole {
            entries[index].offset = try source.skip(entries[index].bytes)
        }
    }

    /// How many instants a set has.
    func count(of set: Int) -> Int { entries[set].count }

    /// The instants of a set; valid until the next call.
    mutating func read(
        _ set: Int,
        from page: UnsafePointer<UInt8>,
        with decoder: inout ValueDecoder
    ) throws(ByteReader.Failure) -> UnsafePointer<Int64> {
        let entry = entries[set]
        if entry.form != StampSets.own && !isClockRead {
            ticks.reserve(ticksCount)
            var source = unsafe ByteSource(page, offset: clockOffset, end: clockOffset &+ clockBytes)
            try unsafe decoder.decodeNumbers(count: ticksCount, from: &source, into: ticks.base)
            guard source.remaining == 0 else { throw source.failure("the end of a clock") }
            isClockRead = true
        }
        if entry.form == StampSets.whole { return unsafe UnsafePointer(ticks.base) }
        if set == setRead { return unsafe UnsafePointer(stamps.base) }
        setRead = -1
        stamps.reserve(entry.count)
        var source = unsafe ByteSource(page, offset: entry.offset, end: entry.offset &+ entry.bytes)
        try unsafe decoder.decodeNumbers(count: entry.count, from: &source, into: stamps.base)
        guard source.remaining == 0 else { throw source.failure("the end of a stamp set") }
        if entry.form == StampSets.gaps {
            var tick = -1
            for index in 0..<entry.count {
                let skipped = unsafe stamps.base[index]
                guard skipped >= 0, skipped < Int64(ticksCount &- tick &- 1) else {
                    throw source.failure("a tick of the clock")
                }
                tick &+= Int(skipped) &+ 1
                unsafe stamps.base[index] = ticks.base[tick]
            }
        }
        setRead = set
        return unsafe UnsafePointer(stamps.base)
    }
}
