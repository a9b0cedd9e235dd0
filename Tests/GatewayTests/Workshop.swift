import Desk
import Foundation
import Synchronization

/// A folder of one test's own, with the configuration and everything the daemon keeps.
final class Workshop: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/tsunagi-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure("cannot make a folder in /tmp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The broker's own user has to pass through.
        chmod(path, 0o711)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// The next one to try, below those that the system lends to clients: the connection of another test cannot take it
    /// between the question and its use.
    private static let nextPort = Mutex(Int.random(in: 14_000..<29_000))

    /// A TCP port on loopback that nobody listens on, and that no other test of this process was given.
    static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = nextPort.withLock { next in
                next = next == 29_999 ? 14_000 : next + 1
                return next
            }
            if isFree(port) { return port }
        }
        throw Failure("no free port on loopback")
    }

    private static func isFree(_ port: Int) -> Bool {
        // Else a child that another test starts at this moment inherits it, and holds the port as long as it lives.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What a command printed and how it ended.
struct Outcome {
    var status: Int32
    var output: String
    var errors: String
}

/// The built executable.
enum Executable {
    /// `tsunagi` beside the bundle that these tests are in.
    static let path: String = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent("tsunagi").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder = folder.deletingLastPathComponent()
        }
        return "tsunagi"
    }()

    /// Runs the executable, or another program, to its end.
    static func run(_ arguments: [String], program: String = path) throws -> Outcome {
        let workshop = try Workshop()
        let (output, errors) = ("\(workshop.path)/output", "\(workshop.path)/errors")
        let child = Child(program, arguments, output: output, errors: errors)
        try child.start()
        let status = child.wait()
        return Outcome(
            status: status,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
    }
}

/// A child process that a test starts, kills and starts again.
final class Child {
    private let program: String
    private let arguments: [String]
    private let output: String
    private let errors: String
    private let environment: [String]
    private(set) var pid: pid_t = 0

    /// - Parameters:
    ///   - output: a file that its standard output is appended to.
    ///   - errors: the same for its standard error; may be the same file.
    ///   - environment: more variables than this process has, as `NAME=value`.
    init(
        _ program: String,
        _ arguments: [String],
        output: String,
        errors: String,
        environment: [String] = []
    ) {
        self.program = program
        self.arguments = arguments
        self.output = output
        self.errors = errors
        self.environment = environment
    }

    deinit {
        kill(SIGKILL)
    }

    func start() throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        // Threads of a test run block signals, and a child would inherit that: SIGTERM must reach it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables = environment.map { strdup($0) }
        defer { for variable in variables { free(variable) } }
        var own = environ
        while let variable = own.pointee {
            variables.append(strdup(variable))
            own += 1
        }
        let code = posix_spawn(&pid, program, &actions, &attributes, &words, variables + [nil])
        guard code == 0 else { throw Failure("cannot start \(program): \(String(cString: strerror(code)))") }
    }

    var isRunning: Bool {
        guard pid > 0 else { return false }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return true }
        pid = 0
        return false
    }

    /// Waits for its end; the exit code, or the negative number of the signal that ended it.
    func wait() -> Int32 {
        guard pid > 0 else { return 0 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        pid = 0
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }

    /// Sends a signal and waits until the process is gone.
    @discardableResult
    func kill(_ signal: Int32) -> Int32 {
        guard pid > 0 else { return 0 }
        Glibc.kill(pid, signal)
        return wait()
    }

    /// Sends a signal and waits for nothing.
    func signal(_ signal: Int32) {
        if pid > 0 { Glibc.kill(pid, signal) }
    }

    /// Whether it ignores or handles the signal, by the kernel's word.
    func catches(_ signal: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:"),
                let mask = UInt64(line.dropFirst(7).drop { $0 == "\t" }, radix: 16)
            else { return false }
            return mask & (1 << (signal - 1)) != 0
        }
    }

    /// Everything it has complained about.
    var said: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
}

/// Promises of time, which a machine busy with all other tests cannot keep.
enum Figures {
    /// `Tests/run` runs the suites that have any by themselves, before the others.
    static let areHeld = ProcessInfo.processInfo.environment["TSUNAGI_TEST_ALONE"] != nil
}

/// Asks again until the answer is yes.
func eventually(
    within seconds: Double,
    every: Duration = .milliseconds(50),
    _ isSo: () async throws -> Bool
) async throws -> Bool {
    // All tests run at once, perhaps on a busy machine: what is true soon in a run by itself has ten times as long.
    let end = Date().addingTimeInterval(10 * seconds)
    while Date() < end {
        if try await isSo() { return true }
        try await Task.sleep(for: every)
    }
    return try await isSo()
}
