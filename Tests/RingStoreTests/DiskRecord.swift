import Glibc
import Synchronization

@testable import RingStore

/// A disk that works and keeps a log of all that was asked of it, beside marks of the test's own.
///
/// Files are named by where they were first seen, folder by folder from the data directory on; one that is made
/// where another was bears a number behind it.
final class DiskRecord: Sendable {
    enum Entry: Sendable {
        /// About to be written: from here on some of it may be on the disk.
        case write(file: String, offset: Int, bytes: [UInt8])
        /// About to be laid out in this size.
        case allocate(file: String, bytes: Int)
        /// Returned without a failure.
        case sync(file: String)
        /// Opened at a place, or made there; a folder's place ends with a slash.
        case made(file: String, place: String)
        case renamed(from: String, place: String)
        case removed(place: String)
        /// The names in a folder were synced; the data directory is "".
        case namesSynced(folder: String)
        /// A batch is about to be committed.
        case handed(Int)
        /// Its commit returned.
        case returned(Int)
    }

    private struct Log {
        var entries: [Entry] = []
        /// By place, the file that stands there; by descriptor, the file that is open.
        var standing: [String: String] = [:]
        var open: [Int32: String] = [:]
        var made = 0

        mutating func file(at place: String) -> String {
            if let file = standing[place] { return file }
            standing[place] = place
            return place
        }

        mutating func remove(_ place: String) {
            made += 1
            standing[place] = "\(place)#\(made)"
        }
    }

    private let log = Mutex(Log())
    private let root: String

    /// - Parameter root: the data directory.
    init(_ root: String) {
        self.root = root
    }

    var entries: [Entry] { log.withLock { $0.entries } }

    func add(_ entry: Entry) {
        log.withLock { $0.entries.append(entry) }
    }

    private func place(_ path: String) -> String? {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.utf8.count + 1)) : nil
    }

    private func file(_ descriptor: Int32) -> String { log.withLock { $0.open[descriptor] ?? "" } }

    var disk: Disk {
        let system = Disk.system
        var disk = system
        disk.open = { [self] path, flags in
            let opened = system.open(path, flags)
            guard opened >= 0, let place = place(path) else { return opened }
            log.withLock { log in
                let file = log.file(at: place)
                log.open[opened] = file
                if flags & O_CREAT != 0 { log.entries.append(.made(file: file, place: place)) }
            }
            return opened
        }
        disk.write = { [self] file, name, bytes, offset in
            add(.write(file: self.file(file), offset: offset, bytes: Array(bytes)))
            return system.write(file, name, bytes, offset)
        }
        disk.sync = { [self] file, _ in
            // What runs on memory need not wait; the log says what counts.
            add(.sync(file: self.file(file)))
            return 0
        }
        disk.allocate = { [self] file, name, bytes in
            add(.allocate(file: self.file(file), bytes: bytes))
            return system.allocate(file, name, bytes)
        }
        disk.makeFolder = { [self] path in
            let code = system.makeFolder(path)
            if code == 0, let place = place(path) { add(.made(file: "", place: place + "/")) }
            return code
        }
        disk.rename = { [self] from, path in
            let code = system.rename(from, path)
            guard code == 0, let from = place(from), let place = place(path) else { return code }
            log.withLock { log in
                log.standing[place] = log.file(at: from)
                log.remove(from)
                log.entries.append(.renamed(from: from, place: place))
            }
            return code
        }
        disk.remove = { [self] path in
            // A folder's place must be known by its slash.
            var facts = stat()
            let isFolder = stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
            let code = system.remove(path)
            guard code == 0, let place = place(path) else { return code }
            log.withLock { log in
                log.remove(place)
                log.entries.append(.removed(place: isFolder ? place + "/" : place))
            }
            return code
        }
        disk.syncFolder = { [self] path in
            if path == root { add(.namesSynced(folder: "")) }
            if let place = place(path) { add(.namesSynced(folder: place + "/")) }
            return 0
        }
        return disk
    }
}

/// The files as a disk may hold them at one moment of a log.
///
/// A disk promises two things. What was written to a file before the file's last sync is there; of what came
/// later each sector of 512 bytes may be as it was before or as any of the writes since left it, whatever became
/// of its neighbours or of other files. And names that were made, moved or removed before their folder's last sync
/// are so; of what came later some may have come about and some not, but a file is never in two places, and of what
/// befell one name a part comes before the next.
struct DiskReplay {
    static let sectorBytes = 512

    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case allocate(bytes: Int)
    }

    /// How what was not synced fares.
    private enum Fate: CaseIterable {
        /// None of it, all of it.
        case nothing, everything
        /// Every sector for itself; the file up to some write; all but one sector; one sector alone.
        case sectors, prefix, allButOne, oneAlone
    }

    /// Batches whose commit had begun, and those whose commit had returned.
    private(set) var handed: Int
    private(set) var returned: Int
    private var durable: [String: [UInt8]]
    private var pending: [String: [Change]] = [:]
    private var names: DiskNames

    /// - Parameter committed: batches that were committed before the log begins.
    init(_ files: [String: [UInt8]], committed: Int) {
        durable = files
        names = DiskNames(files.keys)
        (handed, returned) = (committed, committed)
    }

    mutating func apply(_ entry: DiskRecord.Entry) {
        switch entry {
        case .handed(let index): handed = index + 1
        case .returned(let index): returned = index + 1
        case .write(let file, let offset, let bytes):
            pending[file, default: []].append(.write(offset: offset, bytes: bytes))
        case .allocate(let file, let bytes): pending[file, default: []].append(.allocate(bytes: bytes))
        case .sync(let file):
            var content = durable[file] ?? []
            for change in pending[file] ?? [] { DiskReplay.apply(change, to: &content) }
            durable[file] = content
            pending[file] = nil
        case .made(let file, let place): names.add(.made(file: file, place: place))
        case .renamed(let from, let place): names.add(.renamed(from: from, place: place))
        case .removed(let place): names.add(.removed(place: place))
        case .namesSynced(let folder): names.sync(folder)
        }
    }

    /// What a power cut at this moment may leave.
    func image(_ random: inout SeededRandom) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let common = Fate.allCases.randomElement(using: &random) ?? .nothing
        // Sometimes every file fares alike, sometimes each in its own way.
        let isCommon = Bool.random(using: &random)
        for (place, file) in names.image(&random).sorted(by: { $0.key < $1.key }) {
            let own = Fate.allCases.randomElement(using: &random) ?? .nothing
            var content = durable[file] ?? []
            if let changes = pending[file] { spoil(&content, changes, isCommon ? common : own, &random) }
            files[place] = content
        }
        return files
    }

    private func spoil(
        _ content: inout [UInt8],
        _ changes: [Change],
        _ fate: Fate,
        _ random: inout SeededRandom
    ) {
        var sectors: Set<Int> = []
        for case .write(let offset, let bytes) in changes where !bytes.isEmpty {
            let last = (offset + bytes.count - 1) / DiskReplay.sectorBytes
            sectors.formUnion(offset / DiskReplay.sectorBytes...last)
        }
        let ordered = sectors.sorted()
        let chosen = ordered.randomElement(using: &random)
        let prefix = Int.random(in: 0...changes.count, using: &random)
        /// By sector, how many of the changes it has seen.
        var seen: [Int: Int] = [:]
        for sector in ordered {
            seen[sector] =
                switch fate {
                case .nothing: 0
                case .everything: changes.count
                case .sectors: Int.random(in: 0...changes.count, using: &random)
                case .prefix: prefix
                case .allButOne: sector == chosen ? 0 : changes.count
                case .oneAlone: sector == chosen ? changes.count : 0
                }
        }
        for (number, change) in changes.enumerated() {
            switch change {
            case .allocate: if Bool.random(using: &random) { DiskReplay.apply(change, to: &content) }
            case .write(let offset, let bytes):
                var start = offset
                while start < offset + bytes.count {
                    let sector = start / DiskReplay.sectorBytes
                    let end = min(offset + bytes.count, (sector + 1) * DiskReplay.sectorBytes)
                    if number < seen[sector] ?? 0 {
                        let part = Array(bytes[start - offset..<end - offset])
                        DiskReplay.apply(.write(offset: start, bytes: part), to: &content)
                    }
                    start = end
                }
            }
        }
    }

    private static func apply(_ change: Change, to content: inout [UInt8]) {
        func grow(to bytes: Int) {
            if content.count < bytes {
                content.append(contentsOf: repeatElement(0, count: bytes - content.count))
            }
        }
        switch change {
        case .allocate(let bytes): grow(to: bytes)
        case .write(let offset, let bytes):
            grow(to: offset + bytes.count)
            content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }
}
