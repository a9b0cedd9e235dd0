import Glibc

/// Why a folder, or a file in it, cannot be used now; it is looked at again.
public enum DropFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case folder(path: String, step: String, code: Int32)
    case file(path: String, step: String, code: Int32)
    case tooManyFiles(path: String, limit: Int)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .folder(let path, let step, let code):
            "cannot \(step) \(path): \(unsafe String(cString: strerror(code))); it must be a folder that the daemon may"
                + " read and write"
        case .file(let path, let step, let code):
            "cannot \(step) \(path): \(unsafe String(cString: strerror(code))); the file waits"
        case .tooManyFiles(let path, let limit):
            "\(path) holds more than \(limit) files; the others wait until some are moved away"
        }
    }
}

/// A folder into which people put files; looked at about once a second.
///
/// A file is taken when two looks have found it unchanged (inode, size, time of change) and nobody has it open for
/// writing, as far as the file system tells. One that is written under another name and then renamed is always whole.
/// Names that begin with `.` or `~`, and those that end with `.result`, `.tmp`, `.part` or `~`, are nobody's stock.
///
/// What became of `在庫.csv` is told in `在庫.csv.result`. It is written as `.在庫.csv.part` before the readings are
/// durable, and gets its name when they are.
public struct DropFolder {
    /// More names are not looked at.
    public static let filesMax = 10_000

    /// What tells whether a file has changed.
    fileprivate struct Sight: Equatable {
        let inode: ino_t
        let bytes: Int
        let changedS: Int
        let changedNs: Int
    }

    /// A file that is whole.
    public struct Found: Sendable {
        /// Within the folder.
        public let name: String
        /// All of it; nil when it is larger than may be.
        public let content: [UInt8]?
        /// Its size.
        public let bytes: Int
        fileprivate let sight: Sight
        fileprivate let mode: mode_t
        fileprivate let user: uid_t
        fileprivate let group: gid_t
    }

    /// The folder's path.
    public let path: String
    private var seen: [String: Sight] = [:]
    private var done: [String: Sight] = [:]

    /// A folder of which nothing was seen yet.
    public init(_ path: String) {
        self.path = path
    }

    /// Looks into the folder.
    ///
    /// - Returns: names of files that were the same at the look before and have not been finished since, sorted.
    public mutating func look() throws(DropFailure) -> [String] {
        var now: [String: Sight] = [:]
        let names = try names()
        for name in names {
            guard let about = Self.about(file: "\(path)/\(name)") else { continue }
            now[name] = Sight(about)
        }
        let whole = now.filter { seen[$0.key] == $0.value && done[$0.key] != $0.value }
        seen = now
        done = done.filter { now[$0.key] == $0.value }
        if names.count >= Self.filesMax { throw .tooManyFiles(path: path, limit: Self.filesMax) }
        return whole.keys.sorted()
    }

    /// Reads a file that ``look()`` found.
    ///
    /// - Returns: nil when it is being written, has changed meanwhile or is gone: it waits for the next look.
    public func read(_ name: String, bytesMax: Int) throws(DropFailure) -> Found? {
        let file = "\(path)/\(name)"
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .file(path: file, step: "open", code: errno)
        }
        defer { close(descriptor) }
        guard !Self.isBeingWritten(descriptor), let before = Self.about(descriptor),
            Sight(before) == seen[name]
        else { return nil }
        var content: [UInt8]?
        if before.st_size <= bytesMax {
            guard let bytes = Self.bytes(of: descriptor, count: Int(before.st_size)) else {
                throw .file(path: file, step: "read", code: errno)
            }
            guard let after = Self.about(descriptor), Sight(after) == Sight(before),
                bytes.count == before.st_size
            else { return nil }
            content = bytes
        }
        return Found(
            name: name,
            content: content,
            bytes: Int(before.st_size),
            sight: Sight(before),
            mode: before.st_mode & 0o666,
            user: before.st_uid,
            group: before.st_gid
        )
    }

    /// Whether the outcome beside a file is the one of this content.
    public func hasOutcome(_ found: Found, _ content: ContentHash) -> Bool {
        holds("\(path)/\(found.name).result", content)
    }

    /// Whether an outcome of this content waits for its name.
    public func hasPart(_ found: Found, _ content: ContentHash) -> Bool {
        holds("\(path)/.\(found.name).part", content)
    }

    /// Writes an outcome that has no name yet, for those who may read the file.
    public func write(_ text: String, for found: Found) throws(DropFailure) {
        let part = "\(path)/.\(found.name).part"
        unsafe _ = unlink(part)
        let descriptor = unsafe open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(path: part, step: "write", code: errno) }
        defer { close(descriptor) }
        // Where we are not root the owner stays ours, and the folder's group has to do.
        _ = fchown(descriptor, found.user, found.group)
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor,
                    $0.baseAddress.map { unsafe $0 + written },
                    bytes.count - written
                )
            }
            guard count > 0 else { throw .file(path: part, step: "write", code: errno) }
            written += count
        }
        guard fchmod(descriptor, found.mode | 0o600) == 0, fsync(descriptor) == 0 else {
            throw .file(path: part, step: "write", code: errno)
        }
    }

    /// Gives the outcome its name; the file is finished.
    public mutating func finish(_ found: Found) throws(DropFailure) {
        let result = "\(path)/\(found.name).result"
        guard unsafe rename("\(path)/.\(found.name).part", result) == 0 else {
            throw .file(path: result, step: "write", code: errno)
        }
        pass(found)
    }

    /// The file is finished, its outcome stands already.
    public mutating func pass(_ found: Found) {
        done[found.name] = found.sight
    }
}

extension DropFolder {
    /// Of the files that may be somebody's, at most ``filesMax``.
    private func names() throws(DropFailure) -> [String] {
        guard let folder = unsafe opendir(path) else { throw .folder(path: path, step: "open", code: errno) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while names.count < Self.filesMax, let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            // A name that is not UTF-8 would not be found again.
            let isOdd = name.hasPrefix(".") || name.hasPrefix("~") || name.unicodeScalars.contains("\u{FFFD}")
            if isOdd || [".result", ".tmp", ".part", "~"].contains(where: { name.hasSuffix($0) }) {
                continue
            }
            names.append(name)
        }
        return names
    }

    private static func about(_ descriptor: Int32) -> stat? {
        var about = stat()
        return unsafe fstat(descriptor, &about) == 0 ? about : nil
    }

    /// Of plain files alone.
    private static func about(file: String) -> stat? {
        var about = stat()
        guard unsafe lstat(file, &about) == 0 else { return nil }
        return about.st_mode & S_IFMT == S_IFREG ? about : nil
    }

    /// `F_SETLEASE` of fcntl.h: a read lease is refused while anybody has the file open for writing.
    private static let setLease: Int32 = 1024

    /// Whether somebody has the file open for writing; false too where the file system cannot tell.
    private static func isBeingWritten(_ descriptor: Int32) -> Bool {
        if fcntl(descriptor, setLease, Int32(F_RDLCK)) == 0 {
            _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
            return false
        }
        return errno == EAGAIN
    }

    private static func bytes(of descriptor: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var read = 0
        while read < count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress.map { unsafe $0 + read }, count - read)
            }
            if got < 0 { return nil }
            if got == 0 { break }
            read += got
        }
        return Array(bytes.prefix(read))
    }

    /// Whether an outcome's head names this content.
    private func holds(_ path: String, _ content: ContentHash) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard let head = Self.bytes(of: descriptor, count: 2048) else { return false }
        return String(decoding: head, as: UTF8.self).contains("\n\(ContentHash.label)\(content)\n")
    }
}

extension DropFolder.Sight {
    fileprivate init(_ about: stat) {
        self.init(
            inode: about.st_ino,
            bytes: Int(about.st_size),
            changedS: about.st_mtim.tv_sec,
            changedNs: about.st_mtim.tv_nsec
        )
    }
}
