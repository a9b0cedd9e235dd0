import Glibc

/// Makes a folder and what lies above it; one that is there stays as it is.
///
/// - Parameter mode: of the folders that are made, whatever the umask.
/// - Throws: ``Trouble`` that names the folder and the reason.
func makeFolder(_ path: String, mode: mode_t) throws(Trouble) {
    var sofar = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
        sofar += "/\(part)"
        if unsafe mkdir(sofar, mode) == 0 {
            unsafe chmod(sofar, mode)
        } else if errno != EEXIST {
            throw Trouble("error: cannot make the folder \(path): \(unsafe String(cString: strerror(errno)))")
        }
    }
    guard unsafe access(path, R_OK | W_OK | X_OK) == 0 else {
        throw Trouble(
            "error: cannot write to \(path): \(unsafe String(cString: strerror(errno))); check its owner, or set data.directory"
        )
    }
}

/// The full path of a path that may be relative to the working directory.
func absolute(_ path: String) -> String {
    guard let full = unsafe realpath(path, nil) else {
        guard !path.hasPrefix("/"), let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe String(cString: here) + "/" + path
    }
    defer { unsafe free(full) }
    return unsafe String(cString: full)
}

/// Unix sockets in the file system.
enum UnixSocket {
    /// Whether something lies at the path.
    static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Whether it is a socket that lies there, and not somebody's file.
    static func isSocket(_ path: String) -> Bool {
        var about = stat()
        return unsafe lstat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFSOCK
    }

    /// Whether somebody listens there.
    static func answers(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in bytes.enumerated() { unsafe room[index] = byte }
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
