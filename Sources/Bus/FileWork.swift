internal import Glibc

/// Who shall own a file; nil leaves it with us.
struct FileOwner: Hashable, Sendable {
    var user: uid_t
    var group: gid_t
}

/// Small private files and directories, with plain words for what goes wrong.
enum FileWork {
    /// Makes the directory and what is missing above it; mode and owner are set even if it was there.
    static func makeDirectory(_ path: String, mode: mode_t, owner: FileOwner? = nil) throws(BrokerFailure) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += partial.isEmpty || partial.hasSuffix("/") ? String(part) : "/\(part)"
            // Those above are for everybody to pass; only the last one is private.
            if unsafe mkdir(partial, partial == path ? mode : 0o755) != 0 && errno != EEXIST {
                throw .file(path: partial, step: "create the directory", detail: systemWords(errno))
            }
        }
        if unsafe chmod(path, mode) != 0 {
            throw .file(path: path, step: "set the mode of", detail: systemWords(errno))
        }
        try give(path, to: owner)
    }

    /// Puts the bytes in place of what was there, at once: a reader sees the old file or the new one.
    static func replace(_ path: String, with text: String, mode: mode_t, owner: FileOwner? = nil)
        throws(BrokerFailure)
    {
        let fresh = path + ".new"
        unsafe _ = unlink(fresh)
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file(path: fresh, step: "create", detail: systemWords(errno)) }
        let bytes = Array(text.utf8)
        // Whatever the umask.
        let moded = fchmod(descriptor, mode)
        let written = unsafe write(descriptor, bytes, bytes.count)
        let synced = fsync(descriptor)
        let error = errno
        close(descriptor)
        guard moded == 0, written == bytes.count, synced == 0 else {
            throw .file(path: fresh, step: "write", detail: systemWords(error))
        }
        try give(fresh, to: owner)
        try move(fresh, to: path)
    }

    static func move(_ path: String, to place: String) throws(BrokerFailure) {
        if unsafe rename(path, place) != 0 {
            throw .file(path: place, step: "replace", detail: systemWords(errno))
        }
    }

    /// Sets owner and mode of a file.
    static func set(_ path: String, mode: mode_t, owner: FileOwner?) throws(BrokerFailure) {
        if unsafe chmod(path, mode) != 0 {
            throw .file(path: path, step: "set the mode of", detail: systemWords(errno))
        }
        try give(path, to: owner)
    }

    private static func give(_ path: String, to owner: FileOwner?) throws(BrokerFailure) {
        guard let owner else { return }
        if unsafe chown(path, owner.user, owner.group) != 0 {
            throw .file(path: path, step: "set the owner of", detail: systemWords(errno))
        }
    }

    /// The file's text, at most so many bytes of it; nil when there is none.
    static func text(_ path: String, bytesMax: Int = 65_536) throws(BrokerFailure) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw .file(path: path, step: "read", detail: systemWords(errno))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        if count < 0 { throw .file(path: path, step: "read", detail: systemWords(errno)) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The first directory on the way to `path`, itself included, that this user may not enter.
    static func closedDirectory(above path: String, for owner: FileOwner) -> String? {
        var partial = ""
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            var state = stat()
            guard unsafe stat(partial, &state) == 0 else { return partial }
            let bit: mode_t =
                state.st_uid == owner.user ? S_IXUSR : state.st_gid == owner.group ? S_IXGRP : S_IXOTH
            if state.st_mode & bit == 0 { return partial }
        }
        return nil
    }
}
