import Foundation

/// A child process whose standard output we read.
final class Worker {
    private let program: String
    private let output: FileHandle
    private let pid: pid_t

    /// The full path of this executable.
    static var ownPath: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }

    /// - Parameter program: a full path, or the name of an executable beside this one.
    init(_ program: String, _ arguments: [String]) throws {
        self.program =
            program.hasPrefix("/")
            ? program
            : URL(fileURLWithPath: Worker.ownPath).deletingLastPathComponent().appendingPathComponent(program)
                .path
        let pipe = Pipe()
        output = pipe.fileHandleForReading
        pid = try Worker.spawn([self.program] + arguments, output: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForWriting.close()
    }

    /// Starts a program whose standard output is `output`.
    ///
    /// Without the signal mask of our thread, which may block what is to end the child.
    static func spawn(_ words: [String], output: Int32) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        unsafe sigemptyset(&none)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, words[0], &actions, &attributes, &pointers, environ)
        guard code == 0 else {
            throw BenchFailure("cannot start \(words[0]): \(unsafe String(cString: strerror(code)))")
        }
        return pid
    }

    /// Whether it has not ended; its end is left to ``finish()``.
    var isRunning: Bool {
        var state = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(pid), &state, WEXITED | WNOHANG | WNOWAIT)
        return unsafe code == 0 && state.si_signo == 0
    }

    /// The next line it prints.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while let piece = try output.read(upToCount: 1), let byte = piece.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        throw BenchFailure("\(program) ended early")
    }

    /// Waits for its end.
    func finish() {
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    /// Ends it.
    func stop() {
        signal(SIGTERM)
        finish()
    }

    /// Sends it a signal.
    func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Anonymous memory of the process now.
    func residentBytes() throws -> Int { try ProcessFigures.residentBytes(pid) }

    /// User and system time of the process so far, from the kernel's 10 ms ticks.
    func cpuSeconds() throws -> Double { try Worker.cpuSeconds("/proc/\(pid)/stat") }

    /// The same of its threads of this name.
    func cpuSeconds(thread name: String) throws -> Double {
        let tasks = "/proc/\(pid)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { sum, task in
            let comm = try String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
            guard comm == "\(name)\n" else { return sum }
            return sum + (try Worker.cpuSeconds("\(tasks)/\(task)/stat"))
        }
    }

    private static func cpuSeconds(_ file: String) throws -> Double {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        // The second field is the name in parentheses; counting starts behind it.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw BenchFailure("/proc tells no CPU time")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
