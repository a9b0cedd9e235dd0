import Glibc
import Synchronization

/// Tells systemd, or whoever plays it, how the daemon stands: ready, alive, reading its configuration again, ending; as
/// sd_notify(3) has it, a datagram for each.
///
/// Where `NOTIFY_SOCKET` is not set nobody asked, and nothing is said.
final class Supervisor: Sendable {
    /// Where datagrams go; empty when nobody asked.
    private let address: [UInt8]
    private let descriptor: Int32
    /// Within which somebody waits for a beat; nil when nobody does.
    let patienceMs: Int64?
    /// How often we tell how we stand.
    private let beatNs: Int64
    /// When we told it last; a leaf.
    private let beaten = Mutex<Int64?>(nil)
    private let isReady = Atomic(false)

    /// Takes what systemd gave to this process out of the environment, so that no child takes itself to be asked. Before
    /// there are threads that read the environment.
    static func taken() -> Supervisor {
        func variable(_ name: String) -> String? {
            defer { unsafe _ = unsetenv(name) }
            return unsafe getenv(name).map { unsafe String(cString: $0) }
        }
        let place = variable("NOTIFY_SOCKET")
        let (period, process) = (variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"))
        let isOurs = process == nil || process == "\(getpid())"
        return Supervisor(socket: place, watchdogMicroseconds: isOurs ? period.flatMap { Int64($0) } : nil)
    }

    /// - Parameters:
    ///   - socket: a full path, or `@name` of an abstract one; others are taken for nobody.
    ///   - watchdogMicroseconds: within which there has to be a beat.
    init(socket: String?, watchdogMicroseconds: Int64? = nil) {
        var bytes = Array((socket ?? "").utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        let isPlace = bytes.count > 1 && (bytes[0] == 0 || bytes[0] == UInt8(ascii: "/"))
        address = isPlace && bytes.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) ? bytes : []
        descriptor =
            address.isEmpty
            ? -1 : Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        patienceMs = watchdogMicroseconds.flatMap { $0 >= 1000 ? $0 / 1000 : nil }
        // Twice as often as is asked for is the custom; again twice, because the loop turns once a second.
        beatNs = (patienceMs ?? 40_000) * 250_000
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Everything stands, or stands again.
    func ready() {
        isReady.store(true, ordering: .relaxed)
        say("READY=1")
    }

    /// Whether ``ready()`` was called.
    var hasBegun: Bool { isReady.load(ordering: .relaxed) }

    /// The configuration is read again; ``ready()`` tells the end of it.
    func reloading() {
        say("RELOADING=1\nMONOTONIC_USEC=\(Supervisor.nowNs() / 1000)")
    }

    /// The daemon ends.
    func stopping() {
        say("STOPPING=1")
    }

    /// We live, and this is how; called by the loop on which everything hangs, once a second.
    ///
    /// - Parameters:
    ///   - words: one line for `systemctl status`.
    ///   - isStuck: whether a thread that the loop watches stands still. Then there is no beat.
    func beat(_ words: String, isStuck: Bool) {
        guard descriptor >= 0 else { return }
        let now = Supervisor.nowNs()
        let isDue = beaten.withLock { last in
            if let last, now - last < beatNs { return false }
            last = now
            return true
        }
        if isDue { say("STATUS=\(words)" + (patienceMs != nil && !isStuck ? "\nWATCHDOG=1" : "")) }
    }

    /// A datagram that nobody takes is no trouble of ours.
    private func say(_ text: String) {
        guard descriptor >= 0 else { return }
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &place.sun_path) { room in
            for (index, byte) in address.enumerated() { unsafe room[index] = byte }
        }
        // An abstract name ends where its length says, a path with its zero.
        let name = address.count + (address.first == 0 ? 0 : 1)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name)
        let bytes = Array(text.utf8)
        unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), raw, length)
            }
        }
    }

    private static func nowNs() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
