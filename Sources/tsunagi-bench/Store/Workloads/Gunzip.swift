import Glibc

/// Unpacks through the system's `gzip`, so that nothing has to be linked.
enum Gunzip {
    /// More than this is no recording of a day.
    private static let bytesMax = 1 << 30

    /// - Throws: ``BenchFailure`` when the file cannot be read or is no intact gzip.
    static func read(_ path: String) throws -> [UInt8] {
        guard let program = Program.path("gzip") else { throw BenchFailure("gzip is not installed") }
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw BenchFailure("no pipe for gzip") }
        // gzip must not hold the reading end, or it would never learn that nobody reads.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let pid: pid_t
        do {
            pid = try Worker.spawn([program, "-dc", "--", path], output: ends[1])
            close(ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        let bytes = drain(ends[0])
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0, bytes.count < bytesMax else { throw BenchFailure("gzip cannot unpack \(path)") }
        return bytes
    }

    private static func drain(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < bytesMax {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: piece[0..<count])
        }
        return bytes
    }
}

/// Programs of the system.
enum Program {
    /// The full path of an executable, or nil when it is not installed.
    static func path(_ name: String) -> String? {
        ["/usr/bin/", "/usr/sbin/", "/bin/", "/usr/local/bin/", "/usr/local/sbin/"].map { $0 + name }
            .first { unsafe access($0, X_OK) == 0 }
    }
}
