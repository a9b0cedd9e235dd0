import Glibc

/// Where text goes: answers to standard output, trouble to standard error.
enum Console {
    /// Whether a person looks at standard output.
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// One line to standard output, at once.
    static func say(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    /// One line to standard error, at once.
    static func trouble(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Text to standard output as it stands.
    static func write(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    /// A table: aligned for people, tab-separated for pipes.
    static func show(_ table: TextTable) {
        for line in isTerminal ? table.lines : table.tabbed { say(line) }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                // Nobody reads any more (`| head`): there is nothing left to do.
                if errno == EPIPE { exit(0) }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
