internal import Glibc

/// A data directory that is being read: no daemon can start in it meanwhile. Makes nothing; a copy without a lock
/// file is as good.
final class DirectoryHold: Sendable {
    /// Below 0 when there is no lock file to hold.
    private let lock: Int32

    /// - Throws: ``StoreFailure/inUse(path:)`` when a daemon has the store open.
    init(reading path: String, disk: Disk) throws(StoreFailure) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            throw .directory(path: path, reason: StoreFailure.reason(errno))
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw .directory(path: path, reason: StoreFailure.reason(ENOTDIR))
        }
        let opened = disk.opened(path + "/lock", O_RDONLY)
        if opened < 0 && opened != -ENOENT {
            throw .directory(path: path, reason: "cannot open \(path)/lock: \(StoreFailure.reason(-opened))")
        }
        // A file system that knows no locks (some network ones) is read without.
        if opened >= 0, flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(opened)
            throw .inUse(path: path)
        }
        lock = opened
    }

    deinit {
        guard lock >= 0 else { return }
        // As in StoreDirectory: a child that is just starting may have it open too.
        flock(lock, LOCK_UN)
        close(lock)
    }
}
