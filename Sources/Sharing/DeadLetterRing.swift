internal import Glibc
public import Readings
internal import Synchronization

/// A letter of the ring, under its number.
public struct KeptLetter: Hashable, Sendable {
    /// 1, 2, 3 … over the life of the store.
    public let number: UInt64
    /// As it was written.
    public let letter: DeadLetter
    /// When today's rules last read it with success; nil while they have not.
    public let replayed: Instant?
}

/// What a ring of letters holds.
public struct LetterRingStatus: Hashable, Sendable {
    /// Letters that are there.
    public var kept = 0
    /// Letters that made room for later ones, or that the disk did not take.
    public var gone: UInt64 = 0
    /// The file's size, always.
    public var budgetBytes = 0
    /// What is wrong now; nil when all is well.
    public var fault: String?
}

/// The last dead letters, in a file of fixed size: the oldest make room.
///
/// A cursor over the journal, which is the truth: a letter is written here after its batch is durable there, and is
/// synced before a checkpoint lets go of that part of the journal (``sync()``). After a restart the journal's letters
/// come once more, from the number on that the checkpoint names (``begin(at:)``); what is here already stays as it is,
/// what a power cut tore is written again. So a letter is here exactly once, and a ring that is lost costs what was
/// in it and nothing else. FORMAT.md draws the bytes.
public final class DeadLetterRing: Sendable {
    /// Room for some ten of the longest letters.
    public static let bytesMin = 64 << 10
    /// All of it is read at the start.
    public static let bytesMax = 64 << 20

    fileprivate struct State {
        /// Ascending by number, and in the order in which the ring overtakes them.
        var places: [LetterPlace] = []
        /// Places before this one are overtaken.
        var first = 0
        var next: UInt64 = 1
        var fault: String?
    }

    private let file: LetterFile
    /// Guards places and numbers, and orders the writers; readers hold it only to copy places.
    private let state: Mutex<State>
    /// What was found amiss at the opening, for the log; nil when all was well.
    public let note: String?

    /// Opens the ring, or lays it out; one of another size is copied, newest letters first.
    ///
    /// - Parameters:
    ///   - path: the file; its folder is there.
    ///   - bytes: ``bytesMin`` … ``bytesMax``, all of the file.
    public init(path: String, bytes: Int) throws(LetterRingFailure) {
        precondition((Self.bytesMin...Self.bytesMax).contains(bytes), "settings keep the ring's bounds")
        var places: [LetterPlace]
        (file, places, note) = try LetterFile.open(
            path,
            bytes: bytes / LetterRecord.stride * LetterRecord.stride
        )
        places.sort { $0.number < $1.number }
        state = Mutex(State(places: places, next: (places.last?.number ?? 0) + 1))
    }

    /// The number of the next letter; belongs into the checkpoint.
    public var next: UInt64 {
        state.withLock { $0.next }
    }

    /// The letters from this number on will come again; nil when there is no checkpoint, so that all do.
    public func begin(at number: UInt64?) {
        state.withLock { $0.next = number ?? 1 }
    }

    /// Writes a letter whose batch is durable. A disk that refuses costs this copy and shows in the status.
    public func add(_ letter: DeadLetter) {
        state.withLock { state in
            let number = state.next
            state.next += 1
            guard
                let record = LetterRecord.bytes(letter, number: number, replayed: nil, seed: file.seed)
            else { return }
            if let known = state.place(of: number), file.holds(record, at: known) { return }
            state.forget(from: number)
            var start = state.end
            if start + record.count > file.bytes {
                // Zeros, so that what an earlier round left there is not found behind this one.
                state.fault = file.write([UInt8](repeating: 0, count: file.bytes - start), at: start)
                state.overtake(start..<file.bytes)
                start = LetterFile.headerBytes
            }
            state.overtake(start..<start + record.count)
            if let fault = file.write(record, at: start) {
                state.fault = fault
                return
            }
            state.fault = nil
            state.places.append(LetterPlace(number: number, offset: start, bytes: record.count))
        }
    }

    /// What was written is on the disk: the journal may let go of it.
    public func sync() {
        if let fault = file.sync() { state.withLock { $0.fault = fault } }
    }

    /// Letters, newest first, at most `limit` of those that are wanted.
    public func letters(limit: Int, where isWanted: (KeptLetter) -> Bool = { _ in true }) -> [KeptLetter] {
        let places = state.withLock { Array($0.places[$0.first...]) }
        var found: [KeptLetter] = []
        for place in places.reversed() {
            if found.count >= limit { break }
            // One that was overtaken meanwhile is not there any more.
            if let kept = file.letter(at: place), isWanted(kept) { found.append(kept) }
        }
        return found
    }

    /// The letter of a number; nil when it never was or made room.
    public func letter(_ number: UInt64) -> KeptLetter? {
        state.withLock { $0.place(of: number) }.flatMap { file.letter(at: $0) }
    }

    /// Notes that today's rules read these with success.
    public func markReplayed(_ numbers: [UInt64], at now: Instant) {
        state.withLock { state in
            for number in numbers {
                guard let place = state.place(of: number) else { continue }
                let mark = LetterRecord.mark(number, replayed: now, seed: file.seed)
                if let fault = file.write(mark, at: place.offset + 24) { state.fault = fault }
            }
        }
        sync()
    }

    /// How it fares now.
    public var status: LetterRingStatus {
        state.withLock { state in
            let kept = state.places.count - state.first
            return LetterRingStatus(
                kept: kept,
                gone: state.next - 1 - min(state.next - 1, UInt64(kept)),
                budgetBytes: file.bytes,
                fault: state.fault
            )
        }
    }
}

extension DeadLetterRing.State {
    /// Where the next record begins.
    fileprivate var end: Int {
        first < places.count ? places[places.count - 1].end : LetterFile.headerBytes
    }

    fileprivate func place(of number: UInt64) -> LetterPlace? {
        var (low, high) = (first, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < places.count && places[low].number == number ? places[low] : nil
    }

    /// Drops what bears this number or a later one: the journal knows better.
    fileprivate mutating func forget(from number: UInt64) {
        while places.count > first, places[places.count - 1].number >= number { places.removeLast() }
    }

    /// Drops the oldest, as far as they lie in the range.
    fileprivate mutating func overtake(_ range: Range<Int>) {
        while first < places.count, places[first].offset < range.upperBound,
            places[first].end > range.lowerBound
        {
            first += 1
        }
        if first > 1024, first > places.count / 2 {
            places.removeFirst(first)
            first = 0
        }
    }
}
