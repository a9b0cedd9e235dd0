internal import Glibc
internal import Synchronization

/// A disk that is only read. Writes are refused; what the disk itself cannot read comes as zeros, so that the
/// checksums tell what is lost with it, and is noted.
final class ReadingDisk: Sendable {
    /// A place that the disk could not read.
    struct Fault: Hashable, Sendable {
        var file: String
        var offset: Int
        var code: Int32
    }

    /// What is tried, and given up, at once.
    private static let pieceBytes = 4096
    /// More are not noted: they are found by their checksums.
    private static let faultsMax = 1000
    /// Guards what was noted; a leaf.
    private let noted = Mutex<[Fault]>([])
    private let system: Disk

    init(_ system: Disk = .system) {
        self.system = system
    }

    /// In the order they were met, each once.
    var faults: [Fault] { noted.withLock { $0 } }

    /// The calls.
    var disk: Disk {
        var disk = system
        let open = system.open
        disk.open = { path, flags in flags & (O_CREAT | O_WRONLY | O_RDWR) == 0 ? open(path, flags) : -EROFS }
        unsafe disk.write = { _, _, _, _ in -Int(EROFS) }
        unsafe disk.read = { [self] file, name, into, offset in unsafe read(file, name, into, offset) }
        disk.sync = { _, _ in EROFS }
        disk.allocate = { _, _, _ in EROFS }
        disk.makeFolder = { _ in EROFS }
        disk.rename = { _, _ in EROFS }
        disk.remove = { _ in EROFS }
        disk.syncFolder = { _ in EROFS }
        return disk
    }

    private func read(_ file: Int32, _ name: String, _ into: UnsafeMutableRawBufferPointer, _ offset: Int)
        -> Int
    {
        var done = unsafe system.read(file, name, into, offset)
        guard done == -Int(EIO), into.count > 0 else { return done }
        // Up to the next multiple of the piece, so that each bad one is met once.
        let rest = ReadingDisk.pieceBytes - offset % ReadingDisk.pieceBytes
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: into[..<min(into.count, rest)])
        done = unsafe system.read(file, name, piece, offset)
        guard done == -Int(EIO) else { return done }
        let fault = Fault(file: name, offset: offset, code: EIO)
        noted.withLock { noted in
            if noted.count < ReadingDisk.faultsMax && !noted.contains(fault) { noted.append(fault) }
        }
        for index in piece.indices { unsafe piece[index] = 0 }
        return piece.count
    }
}
