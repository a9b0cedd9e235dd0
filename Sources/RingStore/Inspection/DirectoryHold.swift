internal import Glibc

/// A data directory that is being read: no daemon can start in it meanwhile. Makes nothing; a copy without a lock
/// file is as good.
final class DirectoryHold: Sendable {
    /// −1 when there is no lock file to hold.
    private let lock: Int32

    /// - Throws: ``StoreFailure/inUse(path:)`` when a daemon has the store open.
    init(reading path: String) throws(StoreFailure) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            throw .directory(path: path, reason: StoreFailure.reason(errno))
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw .directory(path: path, reason: StoreFailure.reason(ENOTDIR))
        }
        let opened = unsafe open(path + "/lock", O_RDONLY | O_CLOEXEC)
        if opened < 0 && errno != ENOENT {
            throw .directory(path: path, reason: StoreFailure.reason(errno))
        }
        // A file system that knows no locks (some network ones) is read without.
        if opened >= 0, flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(opened)
            throw .inUse(path: path)
        }
        lock = opened
    }

    deinit {
        if lock >= 0 { close(lock) }
    }
}
