import Glibc
import Readings

/// Reads a whole audit log, the daemon running or not, and tells whether it is what it was.
public struct AuditReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var lines: AuditLines

    /// Opens `<directory>/audit.log` for reading.
    public init(directory: String) throws(AuditFailure) {
        path = directory + "/audit.log"
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AuditFailure("open", path, errno) }
        lines = AuditLines(path: path, descriptor: descriptor, from: 0)
    }

    deinit {
        _ = close(descriptor)
    }

    /// The next line, and the record that it is; nil at the end.
    private mutating func next() throws(AuditFailure) -> (line: [UInt8], record: AuditRecord?)? {
        guard let line = try lines.next() else { return nil }
        return (line, AuditRecord(line: line))
    }

    /// Goes through all of it.
    ///
    /// - Parameters:
    ///   - heads: what the log was at some times before, from somebody who kept them; only they show that the end was
    ///     cut off, or that all was written anew.
    ///   - look: at each record, by its place in the tree; bad lines are left out.
    /// - Returns: what is wrong, in the order of the lines; empty when nothing is.
    public consuming func verify(
        against heads: [TreeHead] = [],
        _ look: (_ place: Int, _ record: AuditRecord) -> Void = { _, _ in }
    ) throws(AuditFailure) -> (head: TreeHead, faults: [AuditFault]) {
        var faults: [AuditFault] = []
        var tree = MerkleFrontier()
        var last = AuditLog.noLine
        var nextSequence: UInt64?
        var open = heads
        while let (line, record) = try next() {
            let place = tree.size
            if let record {
                if record.previous != last {
                    faults.append(AuditFault(place, "does not follow the line before"))
                }
                if let nextSequence, record.sequence != nextSequence {
                    faults.append(
                        AuditFault(place, "has number \(record.sequence) instead of \(nextSequence)")
                    )
                }
                nextSequence = record.sequence + 1
                look(place, record)
            } else {
                faults.append(AuditFault(place, "is no record"))
            }
            last = Digest(of: line).hex
            tree.append(MerkleTree.leaf(line))
            for head in open where head.size == tree.size && head.root != tree.root {
                faults.append(
                    AuditFault(place, "differs from the head of \(head.size) records, or one before it does")
                )
            }
            open.removeAll { $0.size == tree.size }
        }
        for head in open where head.size > 0 {
            faults.append(AuditFault(tree.size, "is missing: a head tells of \(head.size) records"))
        }
        return (TreeHead(size: tree.size, root: tree.root), faults)
    }

    /// The line at a place, and the hashes of all leaves: for proofs.
    public consuming func leaves(lineAt place: Int) throws(AuditFailure) -> (line: [UInt8], leaves: [Digest])
    {
        var found: [UInt8] = []
        var leaves: [Digest] = []
        while let (line, _) = try next() {
            if leaves.count == place { found = line }
            leaves.append(MerkleTree.leaf(line))
        }
        return (found, leaves)
    }
}

/// What is wrong with an audit log.
public struct AuditFault: Hashable, Sendable, CustomStringConvertible {
    /// The 0-based place of the line.
    public let place: Int
    /// What of it.
    public let trouble: String

    init(_ place: Int, _ trouble: String) {
        self.place = place
        self.trouble = trouble
    }

    /// `line 13 …`, counted from 1.
    public var description: String { "line \(place + 1) \(trouble)" }
}
