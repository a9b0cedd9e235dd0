/// Finds a small number by a run of bytes: texts, names and series that were seen before.
///
/// Open addressing over one arena, so that a look-up reads a slot and the key's bytes and allocates nothing.
/// Holds at most `entriesMax` entries and `arenaBytesMax` bytes of keys; beyond that
/// ``insert(_:hash:value:)`` refuses, and its user does without.
struct ByteTable: Sendable {
    private struct Entry: Sendable {
        var hash: UInt64
        var start: UInt32
        var count: UInt32
        var value: UInt32
    }

    /// Index + 1 into `entries`; 0 is free. Its size is a power of two, at least twice the entries.
    private var slots: [UInt32] = []
    private var entries: [Entry] = []
    private var arena: [UInt8] = []
    private let entriesMax: Int
    private let arenaBytesMax: Int

    init(entriesMax: Int, arenaBytesMax: Int) {
        precondition(arenaBytesMax <= Int(UInt32.max), "a key's place must fit 32 bits")
        self.entriesMax = entriesMax
        self.arenaBytesMax = arenaBytesMax
    }

    /// Entries held.
    var count: Int { entries.count }

    /// The value that was put in for the same bytes, or nil.
    func value(of key: Span<UInt8>, hash: UInt64) -> UInt32? {
        guard !slots.isEmpty else { return nil }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot] - 1)]
            if entry.hash == hash, Int(entry.count) == key.count, holds(key, at: Int(entry.start)) {
                return entry.value
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Puts in a key that is not there yet.
    ///
    /// - Returns: false when the table is full.
    mutating func insert(_ key: [UInt8], hash: UInt64, value: UInt32) -> Bool {
        guard entries.count < entriesMax, arena.count + key.count <= arenaBytesMax else { return false }
        if (entries.count + 1) * 2 > slots.count { grow() }
        entries.append(
            Entry(hash: hash, start: UInt32(arena.count), count: UInt32(key.count), value: value)
        )
        arena.append(contentsOf: key)
        place(UInt32(entries.count), hash: hash)
        return true
    }

    /// Forgets everything.
    mutating func removeAll() {
        slots.removeAll()
        entries.removeAll()
        arena.removeAll()
    }

    private func holds(_ key: Span<UInt8>, at start: Int) -> Bool {
        arena.span.extracting(start..<start + key.count).holdsSame(as: key)
    }

    private mutating func place(_ number: UInt32, hash: UInt64) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = number
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(16, slots.count * 2))
        for index in entries.indices { place(UInt32(index + 1), hash: entries[index].hash) }
    }
}
