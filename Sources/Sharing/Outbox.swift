import Glibc
public import Readings
import Synchronization

/// Why the outbox cannot take a release; nothing is published then.
public struct OutboxFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    init(_ step: String, _ path: String, _ code: Int32) {
        description =
            "cannot \(step) \(path): \(unsafe String(cString: strerror(code))); "
            + "releases wait until that is mended"
    }

    init(full path: String) {
        description =
            "the outbox \(path) holds \(Outbox.fileBytesMax >> 20) MiB of releases that no broker took; "
            + "mend the link to the partners' broker"
    }

    init(feed: String) {
        description =
            "\(Outbox.feedCountMax) releases of \(feed), or \(Outbox.feedBytesMax >> 20) MiB of them, wait for the"
            + " broker; later ones wait until it has taken some"
    }

    init(_ failure: AuditFailure) {
        description = failure.description
    }

    init(tooLong feed: String, bytes: Int) {
        description =
            "a release of \(feed) has \(bytes) bytes, more than \(OutboxRecord.bodyBytesMax >> 20) MiB; "
            + "make two grants of it"
    }
}

/// Releases on their way out: written and synced first, published then, kept until the broker has them.
///
/// One append-only file; what was delivered is dropped when the file is written anew, under another name and
/// then renamed over, so that a crash at any moment leaves one whole file.
public final class Outbox: Sendable {
    /// 256 MiB: a day of four hundred one-minute grants at 450 bytes, or two minutes of a hundred thousand.
    public static let fileBytesMax = 256 << 20
    /// Releases of one feed that wait for the broker: a day of minutes. One that is refused leaves room for the others.
    public static let feedCountMax = 1440
    /// The bytes of one feed's releases that wait.
    public static let feedBytesMax = 8 << 20
    /// More marks of what was delivered do not wait.
    static let marksBytesMax = 4096
    /// Written anew when it is longer than this, and eight times as long as it was then.
    static let compactBytes = 1 << 20

    private struct State {
        var descriptor: Int32 = -1
        var fileBytes = 0
        /// The file's length when it was last written anew.
        var rewrittenBytes = 0
        var nextSequence: UInt64 = 1
        private(set) var pending: [UInt64: OutboxEntry] = [:]
        /// Sequences of what is pending, ascending, and of some that are not any more.
        private var order: [UInt64] = []
        /// How many releases of a feed are pending, and their bytes.
        private(set) var waiting: [String: (count: Int, bytes: Int)] = [:]
        /// Of all that is pending; less than it takes in the file.
        private(set) var pendingBytes = 0
        var lastBucket: [String: Instant] = [:]
        /// Records of what was delivered that are not in the file yet.
        var marks: [UInt8] = []

        /// Those from a number on, oldest first.
        func inOrder(from first: UInt64) -> [OutboxEntry] {
            var (low, high) = (0, order.count)
            while low < high {
                let middle = (low + high) / 2
                if order[middle] < first { low = middle + 1 } else { high = middle }
            }
            return order[low...].compactMap { pending[$0] }
        }

        mutating func keep(_ entry: OutboxEntry) {
            pending[entry.sequence] = entry
            order.append(entry.sequence)
            nextSequence = max(nextSequence, entry.sequence + 1)
            lastBucket[entry.feed] = entry.bucketStart
            let (count, bytes) = waiting[entry.feed] ?? (0, 0)
            waiting[entry.feed] = (count + 1, bytes + entry.payload.count)
            pendingBytes += entry.payload.count
        }

        /// - Returns: whether it was pending.
        mutating func drop(_ sequence: UInt64) -> Bool {
            guard let entry = pending.removeValue(forKey: sequence) else { return false }
            pendingBytes -= entry.payload.count
            if let (count, bytes) = waiting[entry.feed] {
                waiting[entry.feed] = count == 1 ? nil : (count - 1, bytes - entry.payload.count)
            }
            if order.count > 64 + 2 * pending.count { order.removeAll { pending[$0] == nil } }
            return true
        }
    }

    private let path: String
    private let state: Mutex<State>
    /// Tells of every release before it may be published.
    public let audit: AuditLog

    /// Opens or creates `<directory>/outbox` and reads what is still to be delivered.
    ///
    /// A torn last record (a crash while writing) was never published and is dropped. What the audit log beside it does
    /// not tell of yet comes into it at the first ``settle(at:)``.
    public init(directory: String) throws(OutboxFailure) {
        path = directory + "/outbox"
        var state = State()
        try Outbox.load(path, into: &state)
        try Outbox.rewrite(path, &state)
        audit = AuditLog(directory: directory) { [state] number in
            number.map { state.pending[$0] != nil } ?? !state.pending.isEmpty
        }
        // A number is never given twice, even if this file was lost.
        state.nextSequence = max(state.nextSequence, audit.next ?? 0)
        self.state = Mutex(state)
    }

    deinit {
        flush()
        state.withLock { state in
            if state.descriptor >= 0 { _ = close(state.descriptor) }
        }
    }

    /// The last bucket that was decided for a grant, delivered or not.
    public func lastBucket(agreement: String, grant: String) -> Instant? {
        state.withLock { $0.lastBucket["\(agreement)/\(grant)"] }
    }

    /// What no broker has confirmed yet, oldest first.
    public var pending: [OutboxEntry] {
        state.withLock { $0.inOrder(from: 0) }
    }

    /// What may be published now: the audit log tells of it.
    public var publishable: [OutboxEntry] {
        let told = audit.next ?? 0
        var entries = pending
        entries.removeSubrange((entries.lastIndex { $0.sequence < told }.map { $0 + 1 } ?? 0)...)
        return entries
    }

    /// Whether a release was neither delivered nor taken back.
    func isPending(_ sequence: UInt64) -> Bool {
        state.withLock { $0.pending[sequence] != nil }
    }

    /// Has the audit log tell of whatever is pending; nothing is published before.
    public func settle(at now: Instant) throws(OutboxFailure) {
        do throws(AuditFailure) {
            let untold = state.withLock { [next = audit.next] in $0.inOrder(from: next ?? 0) }
            try audit.append(untold, at: now)
        } catch {
            throw OutboxFailure(error)
        }
    }

    /// How many releases of each feed no broker has confirmed yet; feeds without any are absent.
    public var waiting: [String: Int] {
        state.withLock { $0.waiting.mapValues(\.count) }
    }

    /// Makes a release durable and gives it its sequence number.
    ///
    /// - Throws: ``OutboxFailure``; the release was not taken, and its bucket may be decided again.
    public func add(_ entry: OutboxEntry) throws(OutboxFailure) -> OutboxEntry {
        try add([entry])[0].get()
    }

    /// Makes releases durable with one sync, and gives them their sequence numbers.
    ///
    /// - Returns: an answer for each, in their order: a feed that has too much waiting does not stand in the way of
    ///   others.
    public func add(_ entries: [OutboxEntry]) -> [Result<OutboxEntry, OutboxFailure>] {
        state.withLock { state in
            var taken: [OutboxEntry] = []
            var bytes: [UInt8] = []
            var room: [String: (count: Int, bytes: Int)] = [:]
            var answers: [Result<OutboxEntry, OutboxFailure>] = []
            for entry in entries {
                var entry = entry
                entry.sequence = state.nextSequence + UInt64(taken.count)
                let record = OutboxRecord.release(entry).bytes
                do throws(OutboxFailure) {
                    try admit(entry, record.count, behind: bytes.count, &room, &state)
                    bytes += record
                    taken.append(entry)
                    answers.append(.success(entry))
                } catch {
                    answers.append(.failure(error))
                }
            }
            guard !bytes.isEmpty else { return answers }
            do throws(OutboxFailure) {
                // Within a burst only where the room runs out.
                if state.fileBytes > Outbox.fileBytesMax / 2 { try compact(&state) }
                try append(bytes, &state, isSynced: true)
            } catch {
                return entries.map { _ in .failure(error) }
            }
            for entry in taken { state.keep(entry) }
            return answers
        }
    }

    /// Whether there is room for a release behind others of its batch; makes some by writing the file anew.
    private func admit(
        _ entry: OutboxEntry,
        _ recordBytes: Int,
        behind batchBytes: Int,
        _ room: inout [String: (count: Int, bytes: Int)],
        _ state: inout State
    ) throws(OutboxFailure) {
        guard recordBytes <= OutboxRecord.bodyBytesMax else {
            throw OutboxFailure(tooLong: entry.feed, bytes: recordBytes)
        }
        var waiting = room[entry.feed] ?? state.waiting[entry.feed] ?? (0, 0)
        waiting = (waiting.count + 1, waiting.bytes + entry.payload.count)
        guard waiting.count <= Outbox.feedCountMax, waiting.bytes <= Outbox.feedBytesMax else {
            throw OutboxFailure(feed: entry.feed)
        }
        if batchBytes == 0, state.fileBytes + recordBytes > Outbox.fileBytesMax,
            state.fileBytes > state.rewrittenBytes
        {
            try Outbox.rewrite(path, &state)
        }
        guard state.fileBytes + batchBytes + recordBytes <= Outbox.fileBytesMax else {
            throw OutboxFailure(full: path)
        }
        room[entry.feed] = waiting
    }

    /// Writes down that a grant's buckets up to this one are decided, though nothing of them leaves.
    ///
    /// - Parameter isSynced: whether it is durable when this returns.
    public func pass(agreement: String, grant: String, bucketStart: Instant, isSynced: Bool = true)
        throws(OutboxFailure)
    {
        try state.withLock { state throws(OutboxFailure) in
            let record = OutboxRecord.standing(
                agreement: agreement,
                grant: grant,
                bucketStart: bucketStart,
                nextSequence: state.nextSequence
            )
            try append(record.bytes, &state, isSynced: isSynced)
            state.lastBucket["\(agreement)/\(grant)"] = bucketStart
            try compact(&state)
        }
    }

    /// The broker has it. The file is told of that at the next ``flush()``, or with some hundred others: after a crash the
    /// same bytes go out again under the same id.
    public func markDelivered(_ sequence: UInt64) {
        let isEnough = state.withLock { state in
            if state.drop(sequence) { state.marks += OutboxRecord.delivered(sequence).bytes }
            return state.marks.count >= Outbox.marksBytesMax
        }
        if isEnough { flush() }
    }

    /// Tells the file what was delivered since it was told last; what a disk refuses is tried again next time.
    public func flush() {
        state.withLock { state in
            guard !state.marks.isEmpty else { return }
            let isWritten = (try? append(state.marks, &state, isSynced: false)) != nil
            if isWritten { state.marks.removeAll(keepingCapacity: true) }
            try? compact(&state)
        }
    }

    /// Writes the file anew when it has grown, and most of it is delivered.
    private func compact(_ state: inout State) throws(OutboxFailure) {
        let hasGrown = state.fileBytes > max(Outbox.compactBytes, 8 * state.rewrittenBytes)
        if hasGrown, state.pendingBytes < state.fileBytes / 4 {
            try Outbox.rewrite(path, &state)
        }
    }

    private func append(_ bytes: [UInt8], _ state: inout State, isSynced: Bool) throws(OutboxFailure) {
        do throws(OutboxFailure) {
            try Outbox.write(bytes, to: state.descriptor, at: state.fileBytes, path)
            if isSynced, fdatasync(state.descriptor) != 0 { throw OutboxFailure("sync", path, errno) }
        } catch {
            // Whatever was written lies past the end that we know, and is overwritten next time.
            _ = ftruncate(state.descriptor, off_t(state.fileBytes))
            throw error
        }
        state.fileBytes += bytes.count
    }

    private static func write(
        _ bytes: [UInt8],
        to descriptor: Int32,
        at offset: Int,
        _ path: String
    ) throws(OutboxFailure) {
        let code = PlacedFile.write(bytes, to: descriptor, at: offset)
        if code != 0 { throw OutboxFailure("write", path, code) }
    }

    private static func load(_ path: String, into state: inout State) throws(OutboxFailure) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return }
            throw OutboxFailure("open", path, errno)
        }
        defer { _ = close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, let file = PlacedFile.read(Int(size), from: descriptor, at: 0) else {
            throw OutboxFailure("read", path, errno)
        }
        var offset = 0
        while let record = OutboxRecord.read(file, at: &offset) {
            switch record {
            case .release(let entry):
                state.keep(entry)
            case .delivered(let sequence):
                _ = state.drop(sequence)
            case .standing(let agreement, let grant, let bucketStart, let nextSequence):
                state.lastBucket["\(agreement)/\(grant)"] = bucketStart
                state.nextSequence = max(state.nextSequence, nextSequence)
            }
        }
    }

    private static func rewrite(_ path: String, _ state: inout State) throws(OutboxFailure) {
        var bytes: [UInt8] = []
        for (feed, bucketStart) in state.lastBucket.sorted(by: { $0.key < $1.key }) {
            let parts = feed.split(separator: "/", maxSplits: 1).map(String.init)
            bytes +=
                OutboxRecord.standing(
                    agreement: parts[0],
                    grant: parts[1],
                    bucketStart: bucketStart,
                    nextSequence: state.nextSequence
                ).bytes
        }
        for entry in state.inOrder(from: 0) {
            bytes += OutboxRecord.release(entry).bytes
        }
        let fresh = path + ".new"
        let descriptor = unsafe open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutboxFailure("create", fresh, errno) }
        do throws(OutboxFailure) {
            try write(bytes, to: descriptor, at: 0, fresh)
            guard fdatasync(descriptor) == 0 else { throw OutboxFailure("sync", fresh, errno) }
            guard unsafe rename(fresh, path) == 0 else { throw OutboxFailure("rename", fresh, errno) }
        } catch {
            _ = close(descriptor)
            throw error
        }
        PlacedFile.syncFolder(of: path)
        if state.descriptor >= 0 { _ = close(state.descriptor) }
        state.descriptor = descriptor
        state.fileBytes = bytes.count
        state.rewrittenBytes = bytes.count
        state.marks.removeAll()
    }
}
