import Foundation

/// A child process whose standard output we read.
final class Worker {
    private let process = Process()
    private let output = Pipe()

    /// - Parameter program: a full path, or the name of an executable beside this one.
    init(_ program: String, _ arguments: [String]) throws {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.executableURL =
            program.hasPrefix("/")
            ? URL(fileURLWithPath: program) : own.deletingLastPathComponent().appendingPathComponent(program)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// The next line it prints.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while let piece = try output.fileHandleForReading.read(upToCount: 1), let byte = piece.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        throw BenchFailure("\(process.executableURL?.lastPathComponent ?? "a child") ended early")
    }

    func finish() {
        process.waitUntilExit()
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// User and system time of the process so far, from the kernel's 10 ms ticks.
    func cpuSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        // The second field is the name in parentheses; counting starts behind it.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw BenchFailure("/proc tells no CPU time")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
