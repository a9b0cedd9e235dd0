import Glibc
public import Readings
import Synchronization

/// Why nothing leaves: the audit log cannot be written or is not what it was (D13).
public struct AuditFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    init(_ step: String, _ path: String, _ code: Int32) {
        description =
            "cannot \(step) \(path): \(unsafe String(cString: strerror(code))); "
            + "nothing is published until that is mended"
    }

    init(_ path: String, _ trouble: String) {
        description = "\(path) \(trouble); nothing is published until that is mended"
    }
}

/// The state of an audit log that can be compared with another's: how many records, and the root of their tree.
public struct TreeHead: Hashable, Sendable {
    /// Records.
    public var size: Int
    /// The root of the Merkle tree over their lines, RFC 6962.
    public var root: Digest

    /// A head.
    public init(size: Int, root: Digest) {
        self.size = size
        self.root = root
    }
}

/// Every release and every withholding, a line each, appended and synced before anything is published.
///
///     audit.log     lines, see AuditRecord; a torn last line was never published and is cut off
///     audit.mark    how far it was verified at the last start or head: bytes, records, the tree's parts
///
/// Opening reads what came after the mark; ``AuditReader`` reads all of it.
public final class AuditLog: Sendable {
    struct State {
        var descriptor: Int32
        /// Where the next line goes.
        var bytes: Int
        var tree: MerkleFrontier
        /// The SHA-256 of the last line.
        var last: String
        /// Of the next record; nil before the first, which may have any.
        var next: UInt64?
        /// What was wrong with it when it was opened.
        var fault: AuditFailure?
    }

    private let path: String
    private let state: Mutex<State>

    /// Before the first line.
    static let noLine = String(repeating: "0", count: 64)

    /// Opens or creates `<directory>/audit.log`. A log that cannot be gone on with has a ``fault``: the gateway runs, and
    /// nothing is published.
    ///
    /// - Parameter isPending: whether a release is still on its way out; nil stands for the first of all. A line that
    ///   makes no sense is cut off, with all behind it, if its release is: a power cut tore it, and nothing of it left.
    public init(directory: String, isPending: (UInt64?) -> Bool = { _ in false }) {
        path = directory + "/audit.log"
        let isNew = unsafe access(path, F_OK) != 0
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var state = State(
            descriptor: descriptor,
            bytes: 0,
            tree: MerkleFrontier(),
            last: Self.noLine,
            next: nil
        )
        do throws(AuditFailure) {
            guard descriptor >= 0 else { throw AuditFailure("open", path, errno) }
            try AuditLog.load(path, &state, isPending)
        } catch {
            state.fault = error
        }
        self.state = Mutex(state)
        if isNew { PlacedFile.syncFolder(of: path) }
    }

    deinit {
        state.withLock { state in
            if state.descriptor >= 0 { _ = close(state.descriptor) }
        }
    }

    /// The number of the next record; nil when there is none yet.
    public var next: UInt64? { state.withLock { $0.next } }

    /// Why nothing can be appended, until the file is mended and the gateway started again; nil when all is well.
    public var fault: AuditFailure? { state.withLock { $0.fault } }

    /// All that is written.
    public var head: TreeHead { state.withLock { TreeHead(size: $0.tree.size, root: $0.tree.root) } }

    /// Its length.
    public var bytes: Int { state.withLock { $0.bytes } }

    /// Appends what was decided, and syncs it once.
    ///
    /// - Parameter entries: in the order of their numbers; those that are in the log already are left out.
    /// - Throws: ``AuditFailure``; then none of them may be published.
    public func append(_ entries: [OutboxEntry], at now: Instant) throws(AuditFailure) {
        try state.withLock { state throws(AuditFailure) in
            if let fault = state.fault { throw fault }
            var fresh = state
            var text: [UInt8] = []
            for entry in entries where entry.sequence >= state.next ?? 0 {
                guard entry.sequence == fresh.next ?? entry.sequence else {
                    throw AuditFailure(
                        path,
                        "ends at record \((fresh.next ?? 0)), and \(entry.sequence) is to follow"
                    )
                }
                let line = AuditRecord(entry, previous: fresh.last, at: now).line
                text += line
                text.append(UInt8(ascii: "\n"))
                fresh.take(line, entry.sequence)
            }
            guard !text.isEmpty else { return }
            var code = PlacedFile.write(text, to: state.descriptor, at: state.bytes)
            if code == 0 { code = PlacedFile.sync(state.descriptor) }
            guard code == 0 else {
                // Whatever was written lies past the end that we know, and is overwritten next time.
                _ = ftruncate(state.descriptor, off_t(state.bytes))
                throw AuditFailure("write", path, code)
            }
            state = fresh
        }
    }

    /// Notes how far the log has been read, so that the next start begins there. Not needed for anything else.
    public func mark() throws(AuditFailure) {
        let mark = state.withLock { AuditMark(bytes: $0.bytes, tree: $0.tree, last: $0.last, next: $0.next) }
        try mark.write(beside: path)
    }

    private static func load(
        _ path: String,
        _ state: inout State,
        _ isPending: (UInt64?) -> Bool
    ) throws(AuditFailure) {
        let size = Int(lseek(state.descriptor, 0, SEEK_END))
        guard size >= 0 else { throw AuditFailure("read", path, errno) }
        if let mark = AuditMark.read(beside: path), mark.bytes <= size {
            state.bytes = mark.bytes
            state.tree = mark.tree
            state.last = mark.last
            state.next = mark.next
        }
        var lines = AuditLines(path: path, descriptor: state.descriptor, from: state.bytes, to: size)
        while let line = try lines.next() {
            guard let record = AuditRecord(line: line), record.previous == state.last,
                record.sequence == state.next ?? record.sequence
            else {
                if isPending(state.next) { break }
                throw AuditFailure(path, "is broken at byte \(state.bytes): run tsunagi audit verify")
            }
            state.take(line, record.sequence)
        }
        // A line without its end was never published.
        if size > state.bytes, ftruncate(state.descriptor, off_t(state.bytes)) != 0 {
            throw AuditFailure("cut", path, errno)
        }
    }
}

extension AuditLog.State {
    /// Goes on behind a line.
    fileprivate mutating func take(_ line: [UInt8], _ sequence: UInt64) {
        bytes += line.count + 1
        tree.append(MerkleTree.leaf(line))
        last = Digest(of: line).hex
        next = sequence + 1
    }
}

extension AuditRecord {
    /// What the log says of a release on its way out.
    fileprivate init(_ entry: OutboxEntry, previous: String, at now: Instant) {
        let nonce = UInt64.random(in: .min ... .max)
        let rest = UInt64.random(in: .min ... .max)
        let digits = [nonce, rest].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        self.init(
            sequence: entry.sequence,
            agreement: entry.agreement,
            agreementDigest: entry.agreementDigest,
            grant: entry.grant,
            bucket: entry.bucketStart,
            decision: entry.payload.isEmpty ? .cleared : entry.rule == nil ? .released : .withheld,
            rule: entry.rule,
            payloadDigest: Digest(of: entry.payload),
            topic: entry.topic,
            time: now,
            nonce: digits.joined(),
            previous: previous
        )
    }
}
