import Glibc
import RingStore

/// Copies a data directory into an archive as it was at one moment, while a daemon goes on writing to it and is asked for
/// nothing.
///
/// The moment is the last look at the files that are written now and then (outbox, audit log, keys, the store's
/// checkpoints): each is copied again as long as it changes. Then the rest follows, as ``StoreCopy`` describes. What is
/// restored is what a crash at that moment would have left, and every start of the daemon knows how to go on from that.
struct DataCopy: ~Copyable {
    /// Where the store is within the data directory.
    static let storeFolder = "store"
    /// Sockets, and nothing to keep.
    private static let leftOut: Set<String> = ["run"]
    /// Letters are written as often as batches; the journal brings back what is missing here.
    private static let letters = "dead-letters"
    /// A file that is still being written under another name.
    private static let draftSuffix = ".new"
    private static let restMicroseconds: useconds_t = 25_000
    /// Ten seconds and the time that copying takes.
    private static let looksMax = 400
    private static let pieceBytes = 1 << 20

    private let root: String
    private let archive: ArchiveWriter
    private let store: StoreCopy?
    private let progress: (Int) -> Void
    /// By path, how a file was when it was copied; nil where a change just after could not be told.
    private var copied: [String: LiveFile.Stamp?] = [:]
    /// Copied apart from the others.
    private let apart: Set<String>

    /// - Throws: when the directory cannot be read, or its store is none.
    init(_ root: String, to archive: ArchiveWriter, progress: @escaping (Int) -> Void) throws {
        self.root = root
        self.archive = archive
        self.progress = progress
        let folder = "\(root)/\(DataCopy.storeFolder)"
        store = LiveFile.stamp(of: folder) == nil ? nil : try StoreCopy(folder)
        let history = store?.history.map(\.file) ?? []
        apart = Set(
            (history + [StoreCopy.journal]).map { "\(DataCopy.storeFolder)/\($0)" } + [DataCopy.letters]
        )
    }

    /// Copies everything.
    mutating func run() throws {
        for folder in try FolderTree(root, leavingOut: DataCopy.leftOut).folders {
            try archive.add(folder: folder.path, mode: folder.mode)
        }
        var isFollowed = false
        var looks = 0
        while true {
            let changed = try copyChanged()
            if changed == nil && isFollowed { break }
            if changed == nil {
                try copyFollowing()
                isFollowed = true
                continue
            }
            isFollowed = false
            looks += 1
            guard looks < DataCopy.looksMax else {
                throw Trouble(
                    "error: \(root)/\(changed ?? "") does not stand still long enough to be copied; "
                        + "write the backup to a faster place, or at a quieter hour"
                )
            }
            usleep(DataCopy.restMicroseconds)
        }
        for ring in store?.history ?? [] { try copy(ring, try store?.ranges(of: ring) ?? []) }
    }

    /// Copies what is new or has changed since it was copied.
    ///
    /// - Returns: one that has; nil when all stands as it was copied.
    private mutating func copyChanged() throws -> String? {
        var changed: String?
        let names = try FolderTree(root, leavingOut: DataCopy.leftOut).files.filter {
            !apart.contains($0) && !$0.hasSuffix(DataCopy.draftSuffix)
        }
        for name in names {
            if let before = copied[name], let before, LiveFile.stamp(of: "\(root)/\(name)") == before {
                continue
            }
            guard let file = try LiveFile("\(root)/\(name)") else { continue }
            let isSettled = file.stamp.isSettled
            try copy(file, as: name, try file.ranges())
            copied[name] = .some(isSettled ? file.stamp : nil)
            changed = name
        }
        let present = Set(names)
        if let gone = copied.keys.first(where: { !present.contains($0) }) {
            throw Trouble("error: \(root)/\(gone) was taken away while it was copied; take the backup again")
        }
        return changed
    }

    /// Copies what is written with every batch.
    private func copyFollowing() throws {
        if let file = try LiveFile("\(root)/\(DataCopy.letters)") {
            try copy(file, as: DataCopy.letters, try file.ranges())
        }
        let journal = "\(DataCopy.storeFolder)/\(StoreCopy.journal)"
        if let store, let file = try LiveFile("\(root)/\(journal)") {
            try copy(file, as: journal, try store.journalRanges())
        }
    }

    private func copy(_ file: LiveFile, as name: String, _ ranges: [Range<Int>]) throws {
        try archive.add(name, mode: file.stamp.mode, bytes: file.stamp.bytes, ranges: ranges) { range in
            for start in stride(from: range.lowerBound, to: range.upperBound, by: DataCopy.pieceBytes) {
                try archive.put(try file.read(start..<min(start + DataCopy.pieceBytes, range.upperBound)))
                progress(archive.bytes)
            }
        }
    }

    /// Copies a ring by its segments.
    private func copy(_ ring: StoreCopy.History, _ ranges: [Range<Int>]) throws {
        let name = "\(DataCopy.storeFolder)/\(ring.file)"
        guard let file = try LiveFile("\(root)/\(name)") else { return }
        try archive.add(name, mode: file.stamp.mode, bytes: file.stamp.bytes, ranges: ranges) { range in
            var bytes = try file.read(range)
            // Were the segment taken while we read it, its header says so now.
            let head = try file.read(range.lowerBound..<range.lowerBound + StoreCopy.headBytes)
            bytes.replaceSubrange(..<StoreCopy.headBytes, with: head)
            try archive.put(bytes)
            progress(archive.bytes)
        }
    }
}
