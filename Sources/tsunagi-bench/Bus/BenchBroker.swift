import Foundation

/// What went wrong in a measurement, in one line.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A broker of the measurement's own: Debian's mosquitto on a free loopback port.
struct BenchBroker {
    let port: Int
    private let child: Worker

    /// - Parameters:
    ///   - queue: messages that it keeps for a client at most; nil leaves that at its default.
    ///   - inflight: unacknowledged messages of a client; nil leaves that at its default, 20.
    init(folder: BenchFolder, queue: Int? = 1_000_000, inflight: Int? = nil) throws {
        port = try BenchBroker.freePort()
        let file = "\(folder.path)/mosquitto-\(port).conf"
        let text = """
            listener \(port) 127.0.0.1
            allow_anonymous true
            log_type error
            \(queue.map { "max_queued_messages \($0)" } ?? "")
            \(inflight.map { "max_inflight_messages \($0)" } ?? "")

            """
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"]
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw BenchFailure("mosquitto is not installed; run: apt-get install mosquitto")
        }
        child = try Worker(program, ["-c", file])
    }

    func stop() {
        child.stop()
    }

    /// It stands still; who connects waits.
    func pause() {
        child.signal(SIGSTOP)
    }

    /// It goes on.
    func resume() {
        child.signal(SIGCONT)
    }

    /// A port of loopback that nobody listens on now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard isBound else { throw BenchFailure("no free port on loopback") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A folder under /tmp, removed by ``remove()``.
struct BenchFolder {
    let path: String

    init() throws {
        path = "/tmp/tsunagi-bench-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
