internal import CPlatform
internal import Glibc
internal import Synchronization

/// How a child ended.
enum ChildEnd: Equatable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)

    var words: String {
        switch self {
        case .exited(let code): "ended with code \(code)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}

/// A program of somebody else that runs for us, with its stderr in our hand.
///
/// Its lines are read by one thread; signals may come from any.
final class Child: Sendable {
    let pid: pid_t
    /// The read end of its stderr.
    let lines: Int32
    /// Guards the end: once it is reaped its number may be somebody else's, so it is signalled under this
    /// lock only.
    private let end = Mutex<ChildEnd?>(nil)
    /// Guards the bytes of a line that is not complete yet.
    private let partial = Mutex<[UInt8]>([])

    /// Longer lines are cut.
    private static let lineBytesMax = 4096

    /// Starts the program; it dies when the calling thread does.
    ///
    /// - Throws: ``BrokerFailure/cannotStart(program:detail:)``.
    init(_ program: String, _ arguments: [String], owner: FileOwner?) throws(BrokerFailure) {
        var readEnd: Int32 = -1
        var writeEnd: Int32 = -1
        let code = unsafe tsunagi_pipe(&readEnd, &writeEnd)
        guard code == 0 else { throw .cannotStart(program: program, detail: systemWords(code)) }
        let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"]
        let child = unsafe withCStrings([program] + arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe tsunagi_child_start(
                    program,
                    arguments,
                    environment,
                    writeEnd,
                    owner != nil,
                    owner?.user ?? 0,
                    owner?.group ?? 0
                )
            }
        }
        close(writeEnd)
        guard child.pid > 0 else {
            close(readEnd)
            let detail = "step \(child.step): \(systemWords(child.error))"
            throw .cannotStart(program: program, detail: detail)
        }
        pid = child.pid
        lines = readEnd
    }

    deinit {
        close(lines)
    }

    /// Sends a signal unless it has ended.
    func signal(_ number: Int32) {
        end.withLock { end in
            if end == nil { kill(pid, number) }
        }
    }

    /// Its end, when it has come; reaps it.
    func ended() -> ChildEnd? {
        end.withLock { end in
            if let end { return end }
            var state: Int32 = 0
            guard unsafe waitpid(pid, &state, WNOHANG) == pid else { return nil }
            let signal = state & 0x7f
            end = signal == 0 ? .exited((state >> 8) & 0xff) : .killed(signal: signal)
            return end
        }
    }

    /// Hands over the complete lines that are there; does not block.
    ///
    /// - Returns: whether more may come.
    func drainLines(_ log: (String) -> Void) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = unsafe read(lines, &bytes, bytes.count)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            var complete: [String] = []
            partial.withLock { partial in
                for byte in bytes[..<count] {
                    if byte == UInt8(ascii: "\n") {
                        complete.append(String(decoding: partial, as: UTF8.self))
                        partial.removeAll(keepingCapacity: true)
                    } else if partial.count < Child.lineBytesMax {
                        partial.append(byte)
                    }
                }
                if count == 0 && !partial.isEmpty {
                    complete.append(String(decoding: partial, as: UTF8.self))
                    partial.removeAll()
                }
            }
            for line in complete { log(line) }
            if count == 0 { return false }
        }
    }

    /// Waits for its end, passing its lines on.
    ///
    /// - Returns: nil when the time was over first, or somebody rang.
    func wait(milliseconds: Int, wake: WakeLine? = nil, _ log: (String) -> Void) -> ChildEnd? {
        let bell = wake ?? WakeLine()
        let deadline = BusClock.monotonicNs() + Int64(milliseconds) * 1_000_000
        var mayRead = true
        while true {
            if let end = ended() {
                _ = drainLines(log)
                return end
            }
            // After the end of its stderr its own end is a matter of milliseconds.
            let left = deadline - BusClock.monotonicNs()
            if left <= 0 { return nil }
            let span = mayRead ? min(left, 100_000_000) : 10_000_000
            let outcome = pollSocket(lines, reading: mayRead, writing: false, wake: bell, nanoseconds: span)
            if mayRead { mayRead = drainLines(log) }
            if outcome.rung { return ended() }
        }
    }
}
