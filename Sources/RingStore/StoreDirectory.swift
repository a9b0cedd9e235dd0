internal import Glibc

/// The data directory, held by this process alone as long as this lives.
final class StoreDirectory: Sendable {
    let path: String
    private let lock: Int32

    /// Makes the directory (mode 0700) with its parents if absent, and locks it.
    init(path: String) throws(StoreFailure) {
        self.path = path
        var parent = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            parent += (parent.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if unsafe mkdir(parent, 0o700) != 0 && errno != EEXIST {
                throw .directory(path: path, reason: StoreFailure.reason(errno))
            }
        }
        let opened = unsafe open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .directory(path: path, reason: StoreFailure.reason(errno)) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw .locked(path: path)
        }
        lock = opened
    }

    deinit {
        // A child that another thread is just starting has the lock open until its own program begins; closing ours
        // would leave it held that long.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// Bytes that we may still allocate here.
    var freeBytes: Int {
        var facts = statvfs()
        guard unsafe statvfs(path, &facts) == 0 else { return .max }
        return Int(
            clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize))
                .partialValue
        )
    }

    /// Makes new names durable, here or in a folder within.
    func sync(_ folder: String = ".") {
        let opened = unsafe open(path + "/" + folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { return }
        // A directory that cannot be synced (some network file systems) still works; names then wait for the
        // kernel.
        fsync(opened)
        close(opened)
    }

    /// Takes back a file that was laid out in vain.
    func remove(_ name: String) {
        unsafe unlink(path + "/" + name)
    }

    /// Puts a file of a folder within in the place of the one here; nothing where it was put there already.
    func move(_ name: String, from folder: String) throws(StoreFailure) {
        let from = path + "/" + folder + "/" + name
        while unsafe rename(from, path + "/" + name) != 0 {
            if errno == EINTR { continue }
            if errno == ENOENT { return }
            throw .disk(step: "rename", file: from, code: errno)
        }
    }
}
