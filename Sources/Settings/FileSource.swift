import FoundationEssentials
import Glibc

/// Where the files of a configuration come from: the disk, or a test's hands.
public struct FileSource {
    /// What a file holds, or why it could not be had.
    public enum Answer {
        /// What it holds, and its permission bits.
        case bytes([UInt8], mode: UInt32)
        /// Why it cannot be had, to be read after its name: `is a directory, not a file`.
        case trouble(String)
    }

    /// The bytes of a file of at most `limit` bytes, and its permission bits.
    public var read: (_ path: String, _ limit: Int) -> Answer
    /// The names in a directory, or nil when there is none.
    public var names: (_ directory: String) -> [String]?

    /// A source of one's own; `read` must not answer with more than `limit` bytes, and may be asked on several threads at
    /// the same time.
    public init(
        read: @escaping (_ path: String, _ limit: Int) -> Answer,
        names: @escaping (_ directory: String) -> [String]?
    ) {
        self.read = read
        self.names = names
    }

    /// The disk.
    public static var disk: FileSource {
        FileSource(
            read: { path, limit in readDisk(path, limit) },
            names: { directory in try? FileManager.default.contentsOfDirectory(atPath: directory) }
        )
    }

    /// The folder a file lies in; empty when it is named without one.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path as seen from a folder: absolute ones stay, `.` and `name/..` are taken out.
    static func join(_ folder: String, _ path: String) -> String {
        let whole = path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
        var steps: [Substring] = []
        for step in whole.split(separator: "/") where step != "." {
            if step == "..", let last = steps.last, last != ".." {
                steps.removeLast()
            } else {
                steps.append(step)
            }
        }
        if whole.hasPrefix("/") { return "/" + steps.drop { $0 == ".." }.joined(separator: "/") }
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }

    private static func readDisk(_ path: String, _ limit: Int) -> Answer {
        // Opening a pipe would wait for its other end; O_NONBLOCK does not.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return .trouble("cannot be opened: \(reason(errno))") }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return .trouble("cannot be read: \(reason(errno))") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: return .trouble("is a directory, not a file")
        default: return .trouble("is not a plain file")
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled <= limit {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return .trouble("cannot be read: \(reason(errno))") }
            if got == 0 { break }
            filled += got
        }
        guard filled <= limit else { return .trouble("is larger than \(limit) bytes, the most that is read") }
        return .bytes(Array(bytes[..<filled]), mode: status.st_mode & 0o7777)
    }

    private static func reason(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}
