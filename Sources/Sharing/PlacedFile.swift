import Glibc

/// `pwrite`, `pread` and `fdatasync` on an open file, each until it is done.
public enum PlacedFile {
    /// Writes all of `bytes` at `offset`.
    ///
    /// - Returns: 0, or errno.
    static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Int32 {
        var written = 0
        while written < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            if result < 0 {
                if errno == EINTR { continue }
                return errno
            }
            if result == 0 { return ENOSPC }
            written += result
        }
        return 0
    }

    /// At most `count` bytes from `offset` on; fewer where the file ends before.
    ///
    /// - Returns: nil when the disk refuses; errno tells why.
    static func read(_ count: Int, from descriptor: Int32, at offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            }
            if result < 0 {
                if errno == EINTR { continue }
                return nil
            }
            if result == 0 { break }
            done += result
        }
        bytes.removeLast(count - done)
        return bytes
    }

    /// Puts a file of these bytes in the place of another, whole and durable, or leaves that as it was.
    ///
    /// - Returns: 0, or errno.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) -> Int32 {
        let fresh = path + ".new"
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return errno }
        defer { _ = close(descriptor) }
        var code = write(bytes, to: descriptor, at: 0)
        if code == 0 { code = sync(descriptor) }
        if code == 0, unsafe rename(fresh, path) != 0 { code = errno }
        if code == 0 { syncFolder(of: path) }
        return code
    }

    /// The same with a text, for us alone.
    ///
    /// - Returns: 0, or errno.
    public static func replace(_ path: String, with text: String) -> Int32 {
        replace(path, with: Array(text.utf8))
    }

    /// What was written is on the disk.
    ///
    /// - Returns: 0, or errno.
    static func sync(_ descriptor: Int32) -> Int32 {
        while fdatasync(descriptor) != 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }

    /// Makes a name in a folder durable; a file system that cannot sync a folder is taken as it is.
    static func syncFolder(of path: String) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = close(descriptor)
    }
}
