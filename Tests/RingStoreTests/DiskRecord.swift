import Synchronization

@testable import RingStore

/// A disk that works and keeps a log of all that was asked of it, beside marks of the test's own.
final class DiskRecord: Sendable {
    enum Entry: Sendable {
        /// About to be written: from here on some of it may be on the disk.
        case write(file: String, offset: Int, bytes: [UInt8])
        /// About to be laid out in this size.
        case allocate(file: String, bytes: Int)
        /// Returned without a failure.
        case sync(file: String)
        /// A batch is about to be committed.
        case handed(Int)
        /// Its commit returned.
        case returned(Int)
    }

    private let log = Mutex<[Entry]>([])

    var entries: [Entry] { log.withLock { $0 } }

    func add(_ entry: Entry) {
        log.withLock { $0.append(entry) }
    }

    var disk: Disk {
        let system = Disk.system
        return Disk(
            write: { [self] file, name, bytes, offset in
                add(.write(file: name, offset: offset, bytes: Array(bytes)))
                return system.write(file, name, bytes, offset)
            },
            read: system.read,
            sync: { [self] _, name in
                // What runs on memory need not wait; the log says what counts.
                add(.sync(file: name))
                return 0
            },
            allocate: { [self] file, name, bytes in
                add(.allocate(file: name, bytes: bytes))
                return system.allocate(file, name, bytes)
            }
        )
    }
}

/// The files as a disk may hold them at one moment of a log.
///
/// A disk promises one thing: what was written to a file before the file's last sync is there. Of what came
/// later each sector of 512 bytes may be as it was before or as any of the writes since left it, whatever became
/// of its neighbours or of other files.
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

    /// - Parameter committed: batches that were committed before the log begins.
    init(_ files: [String: [UInt8]], committed: Int) {
        durable = files
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
        }
    }

    /// What a power cut at this moment may leave.
    func image(_ random: inout SeededRandom) -> [String: [UInt8]] {
        var files = durable
        let common = Fate.allCases.randomElement(using: &random) ?? .nothing
        // Sometimes every file fares alike, sometimes each in its own way.
        let isCommon = Bool.random(using: &random)
        for file in pending.keys.sorted() {
            let own = Fate.allCases.randomElement(using: &random) ?? .nothing
            let changes = pending[file] ?? []
            var content = durable[file] ?? []
            spoil(&content, changes, isCommon ? common : own, &random)
            files[file] = content
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
