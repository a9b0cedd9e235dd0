internal import Glibc

/// The system calls on the store's files and their names, as values: a test puts its own in to see what happens
/// when they fail.
///
/// Each call may do less than asked or be interrupted; ``StoreFile`` and ``StoreDirectory`` repeat it. The pointers
/// are borrowed for the call; `name` is the file's name within its folder, `path` all of it.
@safe struct Disk: Sendable {
    /// `open`, a new file with mode 0600: the file, or −errno.
    var open: @Sendable (_ path: String, _ flags: Int32) -> Int32
    /// `fstat`: the file's bytes, or −errno.
    var size: @Sendable (_ file: Int32, _ name: String) -> Int
    /// `pwrite`: bytes written, or −errno.
    var write:
        @Sendable (_ file: Int32, _ name: String, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int
    /// `pread`: bytes read, or −errno.
    var read:
        @Sendable (_ file: Int32, _ name: String, _ into: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int
    /// `fdatasync`: 0 or errno.
    var sync: @Sendable (_ file: Int32, _ name: String) -> Int32
    /// `posix_fallocate` of the first `bytes`: 0 or errno.
    var allocate: @Sendable (_ file: Int32, _ name: String, _ bytes: Int) -> Int32

    /// `access`: 0 when there is such a file or folder, or errno.
    var look: @Sendable (_ path: String) -> Int32
    /// `mkdir` with mode 0700: 0 or errno.
    var makeFolder: @Sendable (_ path: String) -> Int32
    /// `rename`: 0 or errno.
    var rename: @Sendable (_ from: String, _ path: String) -> Int32
    /// `remove` of a file or an empty folder: 0 or errno.
    var remove: @Sendable (_ path: String) -> Int32
    /// `fsync` of a folder, which makes the names in it durable (`fdatasync` need not): 0 or errno.
    var syncFolder: @Sendable (_ path: String) -> Int32

    /// The real ones.
    static let system = unsafe Disk(
        open: { path, flags in
            let opened = unsafe Glibc.open(path, flags, 0o600)
            return opened < 0 ? -errno : opened
        },
        size: { file, _ in
            var facts = stat()
            return unsafe fstat(file, &facts) == 0 ? Int(facts.st_size) : -Int(errno)
        },
        write: { file, _, bytes, offset in
            let done = unsafe pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
            return done < 0 ? -Int(errno) : done
        },
        read: { file, _, into, offset in
            let done = unsafe pread(file, into.baseAddress, into.count, off_t(offset))
            return done < 0 ? -Int(errno) : done
        },
        sync: { file, _ in fdatasync(file) == 0 ? 0 : errno },
        allocate: { file, _, bytes in posix_fallocate(file, 0, off_t(bytes)) },
        look: { path in unsafe access(path, F_OK) == 0 ? 0 : errno },
        makeFolder: { path in unsafe mkdir(path, 0o700) == 0 ? 0 : errno },
        rename: { from, path in unsafe Glibc.rename(from, path) == 0 ? 0 : errno },
        remove: { path in unsafe Glibc.remove(path) == 0 ? 0 : errno },
        syncFolder: { path in
            let opened = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else { return errno }
            let code = fsync(opened) == 0 ? 0 : errno
            close(opened)
            return code
        }
    )

    /// A call that returns 0 or errno, again as long as it is interrupted.
    static func repeated(_ call: () -> Int32) -> Int32 {
        while true {
            let code = call()
            if code != EINTR { return code }
        }
    }

    /// Opens a file: the file, or −errno.
    func opened(_ path: String, _ flags: Int32) -> Int32 {
        while true {
            let file = open(path, flags | O_CLOEXEC)
            if file != -EINTR { return file }
        }
    }

    /// Whether there is such a file or folder.
    func holds(_ path: String) throws(StoreFailure) -> Bool {
        let code = Disk.repeated { look(path) }
        guard code == 0 || code == ENOENT else { throw .disk(step: "look for", file: path, code: code) }
        return code == 0
    }
}
