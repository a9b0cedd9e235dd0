import Foundation

/// A server of a measurement's own: a child that listens on loopback and keeps its files in a folder of its own.
final class ServerProcess {
    let pid: pid_t
    private var isEnded = false

    /// - Parameter words: the full path of the program and its arguments.
    init(_ words: [String]) throws {
        let quiet = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { Glibc.close(quiet) }
        pid = try Worker.spawn(words, output: quiet)
    }

    deinit {
        end(SIGKILL)
    }

    /// Waits until `isReady` says so; at most a minute.
    func wait(for what: String, isReady: () -> Bool) throws {
        for _ in 0..<60_000 {
            if isReady() { return }
            guard isRunning else { throw BenchFailure("\(what) ended at once; start it by hand to see why") }
            usleep(1000)
        }
        throw BenchFailure("\(what) does not become ready within a minute")
    }

    private var isRunning: Bool {
        var state = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(pid), &state, WEXITED | WNOHANG | WNOWAIT)
        return unsafe code == 0 && state.si_signo == 0
    }

    /// User and system time so far, from the kernel's 10 ms ticks.
    func cpuSeconds() throws -> Double { try ProcessFigures.cpuSeconds(pid) }

    /// What it holds in memory now.
    func residentBytes() throws -> Int { try ProcessFigures.residentBytes(pid) }

    /// Ends it by its id and waits for that.
    func end(_ signal: Int32) {
        guard !isEnded else { return }
        isEnded = true
        Glibc.kill(pid, signal)
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }
}

/// What the kernel tells of a process.
enum ProcessFigures {
    static func cpuSeconds(_ pid: pid_t) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The second field is the name in parentheses; counting starts behind it.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw BenchFailure("/proc tells no CPU time")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory of its own, pages of files not counted.
    static func residentBytes(_ pid: pid_t) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { throw BenchFailure("/proc tells no memory") }
        return kilobytes * 1024
    }

    /// Of all files below a folder; holes of sparse files do not count.
    static func bytes(below folder: String) -> Int {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var total = 0
        for case let name as String in names {
            var state = stat()
            guard unsafe lstat("\(folder)/\(name)", &state) == 0, state.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            // Blocks are of 512 bytes whatever the file system; the last one of a file is rarely full.
            total += min(Int(state.st_size), Int(state.st_blocks) * 512)
        }
        return total
    }
}
