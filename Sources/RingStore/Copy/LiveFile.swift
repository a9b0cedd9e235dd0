internal import Glibc

/// A file that somebody else may be writing, opened for a copy.
public final class LiveFile {
    /// What changes whenever the file does.
    public struct Stamp: Hashable, Sendable {
        /// The file itself: another one may have been put in its place.
        var number: UInt64
        /// Its size.
        public var bytes: Int
        /// When it was written last, in nanoseconds since 1970.
        var writtenNs: Int64
        /// The same of its name, mode and owner.
        var changedNs: Int64
        /// Permission bits.
        public var mode: UInt32

        /// Whether a write just before the stamp could be told from one just after. The kernel's own clock, by which
        /// files are stamped, steps every 4 ms at most (10 ms at 100 Hz).
        public var isSettled: Bool {
            var now = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &now)
            return LiveFile.nanoseconds(now) - writtenNs > 20_000_000
        }
    }

    /// `lseek` to the next place with something in it, and to the next one without; Linux numbers them so.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    private let path: String
    private let descriptor: Int32
    /// As of its opening.
    public let stamp: Stamp

    /// - Returns: nil when there is no such file, or it is no regular one.
    public init?(_ path: String) throws(StoreFailure) {
        let opened = Disk.system.opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        // A socket cannot be opened, a link is not followed.
        if [-ENOENT, -ENXIO, -ELOOP].contains(opened) { return nil }
        guard opened >= 0 else { throw .disk(step: "open", file: path, code: -opened) }
        var facts = stat()
        guard unsafe fstat(opened, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            return nil
        }
        self.path = path
        descriptor = opened
        stamp = LiveFile.stamp(facts)
    }

    deinit {
        close(descriptor)
    }

    /// The stamp of what lies at a path now; nil when nothing does.
    public static func stamp(of path: String) -> Stamp? {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return nil }
        return stamp(facts)
    }

    /// Where there is something in the file, by pieces of 64 KiB; the rest of it is zeros. A change meanwhile may be
    /// missed: the stamp tells.
    public func ranges() throws(StoreFailure) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for range in reserved {
            // What was reserved and never written may be data to the file system.
            for start in stride(from: range.lowerBound, to: range.upperBound, by: LiveFile.readBytes) {
                let bytes = try read(start..<min(start + LiveFile.readBytes, range.upperBound))
                for offset in stride(from: 0, to: bytes.count, by: LiveFile.pieceBytes) {
                    let piece = offset..<min(offset + LiveFile.pieceBytes, bytes.count)
                    if LiveFile.isBlank(bytes, piece) { continue }
                    let (low, high) = (start + piece.lowerBound, start + piece.upperBound)
                    if let last = found.last, last.upperBound == low {
                        found[found.count - 1] = last.lowerBound..<high
                    } else {
                        found.append(low..<high)
                    }
                }
            }
        }
        return found
    }

    private static let pieceBytes = 64 << 10
    private static let readBytes = 1 << 20

    private static func isBlank(_ bytes: [UInt8], _ piece: Range<Int>) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            guard unsafe buffer[piece.lowerBound] == 0, let start = buffer.baseAddress else {
                return false
            }
            // Each byte is as the one before it, and the first is zero.
            let place = unsafe start + piece.lowerBound
            return unsafe memcmp(place, place + 1, piece.count - 1) == 0
        }
    }

    /// What the file system keeps something for; close pieces as one.
    private var reserved: [Range<Int>] {
        let near = LiveFile.pieceBytes
        var found: [Range<Int>] = []
        var place = 0
        while place < stamp.bytes {
            let start = Int(lseek(descriptor, off_t(place), LiveFile.seekData))
            // Nothing but a hole up to the end; or a file system that knows no holes.
            if start < 0 {
                if errno == ENXIO { break }
                return [0..<stamp.bytes]
            }
            var end = Int(lseek(descriptor, off_t(start), LiveFile.seekHole))
            if end <= start { end = stamp.bytes }
            end = min(end, stamp.bytes)
            guard start < end else { break }
            if let last = found.last, start - last.upperBound < near {
                found[found.count - 1] = last.lowerBound..<end
            } else {
                found.append(start..<end)
            }
            place = end
        }
        return found
    }

    /// Reads what lies in a range of the file, zeros where it has become shorter.
    public func read(_ range: Range<Int>) throws(StoreFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .disk(step: "read", file: path, code: errno) }
            if got == 0 { break }
            done += got
        }
        return bytes
    }

    private static func stamp(_ facts: stat) -> Stamp {
        Stamp(
            number: UInt64(facts.st_ino),
            bytes: Int(facts.st_size),
            writtenNs: nanoseconds(facts.st_mtim),
            changedNs: nanoseconds(facts.st_ctim),
            mode: facts.st_mode & 0o7777
        )
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What lies in a folder, all the way down.
public struct FolderTree: Sendable {
    /// A folder within, and its permission bits.
    public struct Folder: Hashable, Sendable {
        /// Relative to the whole.
        public var path: String
        /// Permission bits.
        public var mode: UInt32
    }

    /// Each before what lies in it.
    public private(set) var folders: [Folder] = []
    /// Everything else, relative to the whole, in order.
    public private(set) var files: [String] = []
    /// A tree deeper than this is not one of ours.
    private static let depthMax = 16

    /// - Parameter leavingOut: relative paths that are not looked at.
    public init(_ root: String, leavingOut: Set<String> = []) throws(StoreFailure) {
        try walk(root, "", 0, leavingOut)
    }

    private mutating func walk(_ root: String, _ folder: String, _ depth: Int, _ leavingOut: Set<String>)
        throws(StoreFailure)
    {
        guard depth < FolderTree.depthMax else {
            throw .directory(
                path: root,
                reason: "\(folder) lies more than \(FolderTree.depthMax) folders deep"
            )
        }
        let path = folder.isEmpty ? root : root + "/" + folder
        guard let stream = unsafe opendir(path) else {
            // Taken away meanwhile.
            if errno == ENOENT && !folder.isEmpty { return }
            throw .directory(path: path, reason: StoreFailure.reason(errno))
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        for name in names.sorted() {
            let relative = folder.isEmpty ? name : folder + "/" + name
            if leavingOut.contains(relative) { continue }
            var facts = stat()
            guard unsafe lstat(root + "/" + relative, &facts) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR {
                folders.append(Folder(path: relative, mode: facts.st_mode & 0o7777))
                try walk(root, relative, depth + 1, leavingOut)
            } else {
                files.append(relative)
            }
        }
    }
}
