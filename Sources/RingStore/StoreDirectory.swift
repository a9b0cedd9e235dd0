internal import Glibc

/// The data directory, held by this process alone as long as this lives.
final class StoreDirectory: Sendable {
    let path: String
    private let disk: Disk
    private let lock: Int32

    /// Makes the directory (mode 0700) with its parents if absent, and locks it.
    init(path: String, disk: Disk) throws(StoreFailure) {
        (self.path, self.disk) = (path, disk)
        var parent = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            let above = parent.isEmpty ? path.hasPrefix("/") ? "/" : "." : parent
            parent += (parent.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            let code = Disk.repeated { [parent] in disk.makeFolder(parent) }
            if code == EEXIST { continue }
            guard code == 0 else {
                throw .directory(path: path, reason: "cannot make \(parent): \(StoreFailure.reason(code))")
            }
            try StoreDirectory.sync(above, disk)
        }
        let opened = disk.opened(path + "/lock", O_RDWR | O_CREAT)
        guard opened >= 0 else {
            throw .directory(path: path, reason: "cannot open \(path)/lock: \(StoreFailure.reason(-opened))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            if code == EWOULDBLOCK { throw .locked(path: path) }
            throw .directory(path: path, reason: "cannot lock \(path)/lock: \(StoreFailure.reason(code))")
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
    func sync(_ folder: String? = nil) throws(StoreFailure) {
        try StoreDirectory.sync(whole(folder), disk)
    }

    /// Whether there is a file or folder of this name.
    func holds(_ name: String) throws(StoreFailure) -> Bool {
        try disk.holds(whole(name))
    }

    /// Makes a folder within, unless it is there.
    func makeFolder(_ name: String) throws(StoreFailure) {
        let code = Disk.repeated { disk.makeFolder(whole(name)) }
        guard code == 0 || code == EEXIST else {
            throw .disk(step: "make the folder", file: whole(name), code: code)
        }
    }

    /// Takes a file away, or an empty folder; nothing where there is none.
    func remove(_ name: String) throws(StoreFailure) {
        let code = Disk.repeated { disk.remove(whole(name)) }
        guard code == 0 || code == ENOENT else {
            throw .disk(step: "remove", file: whole(name), code: code)
        }
    }

    /// Puts a file of a folder within in the place of the one here; nothing where it was put there already.
    func move(_ name: String, from folder: String) throws(StoreFailure) {
        let from = whole(folder) + "/" + name
        let code = Disk.repeated { disk.rename(from, whole(name)) }
        guard code == 0 || code == ENOENT else { throw .disk(step: "rename", file: from, code: code) }
    }

    private func whole(_ name: String?) -> String {
        name.map { path + "/" + $0 } ?? path
    }

    private static func sync(_ path: String, _ disk: Disk) throws(StoreFailure) {
        let code = Disk.repeated { disk.syncFolder(path) }
        switch code {
        // One that cannot be synced at all (some network file systems) or not be listed by us still works; names
        // then wait for the kernel.
        case 0, EINVAL, EOPNOTSUPP, ENOSYS, EACCES: return
        default: throw .disk(step: "sync", file: path, code: code)
        }
    }
}
