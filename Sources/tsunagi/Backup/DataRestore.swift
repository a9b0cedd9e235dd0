import Glibc
import RingStore

/// Unpacks an archive that was read to its end into an empty folder, or leaves that as it was.
struct DataRestore {
    private static let pieceBytes = 1 << 20

    private let archive: ArchiveReader
    private let root: String
    /// Whether the folder was there.
    private let isOurs: Bool
    private let user: uid_t
    private let group: gid_t

    /// - Throws: ``Trouble`` unless the folder is empty, or can be made.
    init(_ archive: ArchiveReader, to root: String) throws {
        (self.archive, self.root) = (archive, root)
        isOurs = unsafe mkdir(root, 0o711) == 0
        guard isOurs || errno == EEXIST else { throw DataRestore.trouble("make", root) }
        var facts = stat()
        guard unsafe stat(root, &facts) == 0 else { throw DataRestore.trouble("look at", root) }
        (user, group) = (facts.st_uid, facts.st_gid)
        let tree = try FolderTree(root)
        guard tree.files.isEmpty && tree.folders.isEmpty else {
            throw Trouble(
                "error: \(root) is not empty; stop the daemon, move what is there to another place, and restore again"
            )
        }
    }

    /// Writes everything; on a failure takes away what it wrote.
    func run(_ entries: [ArchiveReader.Entry], progress: (Int) -> Void) throws {
        var written: [String] = []
        do {
            var bytes = 0
            for entry in entries {
                written += try makeFolders(above: entry.name)
                if entry.isFolder {
                    written += try makeFolder(entry.name, mode: mode_t(entry.mode))
                } else {
                    written.append(entry.name)
                    try write(entry) { count in
                        bytes += count
                        progress(bytes)
                    }
                }
            }
        } catch {
            for name in written.reversed() { unsafe _ = remove("\(root)/\(name)") }
            if isOurs { unsafe _ = rmdir(root) }
            throw error
        }
    }

    /// Folders that came into being while the backup was taken.
    private func makeFolders(above name: String) throws -> [String] {
        var made: [String] = []
        var sofar = ""
        for part in name.split(separator: "/").dropLast() {
            sofar += sofar.isEmpty ? String(part) : "/\(part)"
            if LiveFile.stamp(of: "\(root)/\(sofar)") == nil { made += try makeFolder(sofar, mode: 0o700) }
        }
        return made
    }

    private func makeFolder(_ name: String, mode: mode_t) throws -> [String] {
        let path = "\(root)/\(name)"
        guard unsafe mkdir(path, 0o700) == 0, unsafe chmod(path, mode) == 0,
            unsafe lchown(path, user, group) == 0
        else { throw DataRestore.trouble("make", path) }
        return [name]
    }

    private func write(_ entry: ArchiveReader.Entry, _ step: (Int) -> Void) throws {
        let path = "\(root)/\(entry.name)"
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DataRestore.trouble("make", path) }
        defer { close(file) }
        // Files that are laid out in full are so again; a file system that cannot reserve leaves holes.
        let code = entry.bytes == 0 ? 0 : posix_fallocate(file, 0, off_t(entry.bytes))
        if code == ENOSPC { throw DataRestore.trouble("make room for", path, code) }
        guard code == 0 || ftruncate(file, off_t(entry.bytes)) == 0 else {
            throw DataRestore.trouble("make", path)
        }
        var end = 0
        for (range, place) in entry.pieces {
            try fill(file, path, end..<range.lowerBound)
            end = range.upperBound
            for offset in stride(from: 0, to: range.count, by: DataRestore.pieceBytes) {
                let count = min(DataRestore.pieceBytes, range.count - offset)
                let bytes = try archive.bytes(place + offset..<place + offset + count)
                try put(bytes, file, path, at: range.lowerBound + offset)
                step(count)
            }
        }
        try fill(file, path, end..<entry.bytes)
        guard fchown(file, user, group) == 0, fchmod(file, mode_t(entry.mode)) == 0, fsync(file) == 0 else {
            throw DataRestore.trouble("write", path)
        }
    }

    /// Really writes zeros to the journal, so that a commit need not wait for the file system to turn reserved blocks
    /// into written ones.
    private func fill(_ file: Int32, _ path: String, _ hole: Range<Int>) throws {
        guard path.hasSuffix("/\(StoreCopy.journal)") else { return }
        for start in stride(from: hole.lowerBound, to: hole.upperBound, by: DataRestore.pieceBytes) {
            let count = min(DataRestore.pieceBytes, hole.upperBound - start)
            try put([UInt8](repeating: 0, count: count), file, path, at: start)
        }
    }

    private func put(_ bytes: [UInt8], _ file: Int32, _ path: String, at place: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                return unsafe pwrite(file, rest.baseAddress, rest.count, off_t(place + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw DataRestore.trouble("write", path) }
            done += count
        }
    }

    private static func trouble(_ step: String, _ path: String, _ code: Int32 = errno) -> Trouble {
        Trouble(
            "error: cannot \(step) \(path): \(unsafe String(cString: strerror(code))); nothing was kept of it"
        )
    }
}
