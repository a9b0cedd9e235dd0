internal import Codec

/// Which merge each series had its newest samples in, a byte each: what tells that the rings have forgotten it.
///
/// A merge is known by the last journal record that it covers, its *through*. A byte is the number of a class, and a
/// class is one merge; the last one is the merge to come, which all seals since the last merge lead to. There are 254
/// at most: when one more comes the two classes nearest to each other become one, that of the later merge. So a
/// series is never taken for forgotten before it is, and at most a hundredth of a ring's turn too late.
///
/// In a checkpoint:
///
///     varint classes, each: varint through − the one before
///     varint runs, each: varint series, class (255: a vacant id)
struct LastSeen: Hashable, Sendable {
    /// Of a vacant id.
    private static let vacant: UInt8 = 255
    private static let classesMax = 254

    /// Ascending; of the last one the newest seal's.
    private var throughs: [UInt64] = [0]
    /// By id.
    private var classes: [UInt8] = []

    init() {}

    /// How many ids it knows.
    var count: Int { classes.count }

    /// Ids that belong to no series.
    var vacantIDs: [UInt32] {
        classes.indices.filter { classes[$0] == LastSeen.vacant }.map { UInt32($0) }
    }

    private var newest: UInt8 { UInt8(throughs.count - 1) }

    /// Ids up to `count` are known; new ones as if they had just been seen.
    mutating func grow(to count: Int) {
        if classes.count < count {
            classes.append(contentsOf: repeatElement(newest, count: count - classes.count))
        }
    }

    /// A series has samples in the seal at hand, or its id was just taken.
    mutating func see(_ id: UInt32) { classes[Int(id)] = newest }

    /// The series of all ids that `isSeen` have samples in the seal at hand.
    mutating func see(where isSeen: (UInt32) -> Bool) {
        let newest = newest
        for index in classes.indices where isSeen(UInt32(index)) { classes[index] = newest }
    }

    /// An id was given back.
    mutating func vacate(_ id: UInt32) { classes[Int(id)] = LastSeen.vacant }

    /// The seal at hand covers the journal up to `through`.
    mutating func seal(_ through: UInt64) {
        throughs[throughs.count - 1] = max(throughs[throughs.count - 1], through)
    }

    /// The seal at hand was a merge: what is seen from here on is in a later one.
    mutating func endMerge() {
        dropUnused()
        if throughs.count >= LastSeen.classesMax { join() }
        throughs.append(throughs[throughs.count - 1])
    }

    /// The series whose newest samples were in merges before `oldest`.
    func forgotten(before oldest: UInt64) -> [UInt32] {
        let end = throughs.prefix { $0 < oldest }.count
        return classes.indices.filter { Int(classes[$0]) < end }.map { UInt32($0) }
    }

    private mutating func dropUnused() {
        var isUsed = [Bool](repeating: false, count: 256)
        for each in classes { isUsed[Int(each)] = true }
        isUsed[Int(newest)] = true
        renumber { isUsed[$0] }
    }

    private mutating func join() {
        let gaps = throughs.indices.dropLast().map { throughs[$0 + 1] - throughs[$0] }
        guard let nearest = gaps.indices.min(by: { gaps[$0] < gaps[$1] }) else { return }
        renumber { $0 != nearest }
    }

    /// Leaves some classes out; what was in one of those is in the next that stays.
    private mutating func renumber(_ stays: (Int) -> Bool) {
        var numbers = [UInt8](repeating: LastSeen.vacant, count: 256)
        var kept: [UInt64] = []
        for index in throughs.indices {
            numbers[index] = UInt8(kept.count)
            if stays(index) { kept.append(throughs[index]) }
        }
        if kept.count == throughs.count { return }
        throughs = kept
        for index in classes.indices { classes[index] = numbers[Int(classes[index])] }
    }

    // MARK: Bytes

    /// What it takes at most, for so many ids.
    static func bytesMax(seriesCount: Int) -> Int { 16 + classesMax * 10 + seriesCount * 2 }

    func encode(into writer: inout ByteWriter) {
        writer.putVarint(UInt64(throughs.count))
        var before: UInt64 = 0
        for through in throughs {
            writer.putVarint(through - before)
            before = through
        }
        var runs: [(count: Int, number: UInt8)] = []
        for each in classes {
            if runs.last?.number == each { runs[runs.count - 1].count += 1 } else { runs.append((1, each)) }
        }
        writer.putVarint(UInt64(runs.count))
        for run in runs {
            writer.putVarint(UInt64(run.count))
            writer.put(run.number)
        }
    }

    /// - Parameter limit: ids at most.
    init(from reader: inout ByteReader, limit: Int) throws(ByteReader.Failure) {
        throughs = []
        var before: UInt64 = 0
        for _ in 0..<(try reader.count(limit: LastSeen.classesMax)) {
            before &+= try reader.varint()
            throughs.append(before)
        }
        let start = reader.offset
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let count = try reader.count(limit: limit - classes.count)
            let number = try reader.byte()
            guard number == LastSeen.vacant || Int(number) < throughs.count else {
                throw ByteReader.Failure(offset: start, expected: "a class of series")
            }
            classes.append(contentsOf: repeatElement(number, count: count))
        }
        guard !throughs.isEmpty else { throw ByteReader.Failure(offset: start, expected: "a class") }
    }
}
