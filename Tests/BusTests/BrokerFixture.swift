import Bus
import CPlatform
import Foundation
import Glibc
import Synchronization
import Testing

/// A mosquitto of the test's own on a free loopback port, with a directory of its own; ended by its pid.
///
/// The thread that starts it lives as long as the child, so that the child dies with the test run, however
/// that ends.
final class BrokerFixture: Sendable {
    let directory: String
    let port: Int
    private let child = Mutex<(pid: pid_t, release: DispatchSemaphore)?>(nil)

    /// - Parameter more: lines added to the configuration; `DIR` in them is the directory.
    init(more: String = "", start: Bool = true) throws {
        var template = Array("/tmp/tsunagi-bus-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = try BrokerFixture.freePort()
        let access = more.contains("password_file") ? "allow_anonymous false" : "allow_anonymous true"
        let conf = """
            \(getuid() == 0 ? "user root" : "")
            listener \(port) 127.0.0.1
            \(more.replacingOccurrences(of: "DIR", with: directory))
            \(access)
            max_queued_messages 100000
            persistence true
            persistence_location \(directory)/
            log_dest file \(directory)/log

            """
        try conf.write(toFile: directory + "/conf", atomically: true, encoding: .utf8)
        if start { try self.start() }
    }

    deinit {
        end(SIGKILL)
        try? FileManager.default.removeItem(atPath: directory)
    }

    var address: BrokerAddress { .tcp(host: "127.0.0.1", port: port) }

    func start() throws {
        let box = PidBox()
        let ready = DispatchSemaphore(value: 0)
        let release = DispatchSemaphore(value: 0)
        let (program, conf) = ("/usr/sbin/mosquitto", directory + "/conf")
        Thread.detachNewThread {
            let child = startChild(program, ["-c", conf])
            box.pid.store(Int(child.pid), ordering: .releasing)
            ready.signal()
            release.wait()
        }
        ready.wait()
        child.withLock { $0 = (pid_t(box.pid.load(ordering: .acquiring)), release) }
        let isUp = soon { connectOnce(port: self.port) }
        if !isUp { throw POSIXError(.ECONNREFUSED) }
    }

    /// Signals the broker and waits for its end.
    func end(_ signal: Int32) {
        guard let running = child.withLock({ $0.take() }), running.pid > 0 else { return }
        kill(running.pid, signal)
        while waitpid(running.pid, nil, 0) < 0 && errno == EINTR {}
        running.release.signal()
    }

    /// The next one to try, below those that the system lends to clients, and below those of the gateway's tests.
    private static let nextPort = Mutex(Int.random(in: 10_000..<13_000))

    /// A TCP port on loopback that nobody listens on, and that no other test of this process was given.
    static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = nextPort.withLock { next in
                next = next == 13_999 ? 10_000 : next + 1
                return next
            }
            if isFree(port) { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: Int) -> Bool {
        // Else a child that another test starts at this moment inherits it, and holds the port as long as it lives.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        name.sin_port = in_port_t(port).bigEndian
        return withUnsafeMutablePointer(to: &name) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

private final class PidBox: Sendable {
    let pid = Atomic(-1)
}

/// Starts a program that dies with the calling thread.
func startChild(_ program: String, _ arguments: [String]) -> tsunagi_child {
    var lent = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for text in lent { free(text) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(nothing) }
    return tsunagi_child_start(program, &lent, &environment, nothing, false, 0, 0)
}

/// Whether somebody accepts connections on the port.
func connectOnce(port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(port).bigEndian
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: name) { place in
        place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
            connect(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// Waits until the condition holds, a minute and a half at most: the other side is a real program with a clock of its
/// own, and all tests run at once.
func soon(_ seconds: Double = 90, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        if ContinuousClock.now > end { return false }
        usleep(5000)
    }
    return true
}

/// What a test's sink saw.
final class Tally: Sendable {
    struct Seen {
        var linked: [Bool] = []
        var open: [String] = []
        var settled: [String] = []
        var topics: [String] = []
        var abandoned = 0
        var failuresLeft = 0
    }

    struct DiskFull: Error, CustomStringConvertible {
        let description = "the disk is full"
    }

    let seen = Mutex(Seen())

    init(failures: Int = 0) {
        seen.withLock { $0.failuresLeft = failures }
    }

    var settled: [String] { seen.withLock { $0.settled } }

    func sink() -> sending BusSink {
        BusSink(
            linked: { present in self.seen.withLock { $0.linked.append(present) } },
            take: { topic, payload, _ in
                let text = topic.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                let body = payload.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                self.seen.withLock { seen in
                    seen.topics.append(text)
                    seen.open.append(body)
                }
            },
            settle: {
                try self.seen.withLock { seen in
                    if seen.failuresLeft > 0 {
                        seen.failuresLeft -= 1
                        throw DiskFull()
                    }
                    seen.settled += seen.open
                    seen.open = []
                }
            },
            abandoned: {
                self.seen.withLock { seen in
                    seen.abandoned += 1
                    seen.open = []
                }
            }
        )
    }
}

/// The answers that a publisher's callbacks gave, in order.
final class Answers: Sendable {
    let list = Mutex<[(String, BusFailure?)]>([])

    var count: Int { list.withLock { $0.count } }
    var failures: [BusFailure] { list.withLock { $0.compactMap(\.1) } }

    func note(_ name: String) -> @Sendable (Result<Void, BusFailure>) -> Void {
        { result in
            var failure: BusFailure?
            if case .failure(let found) = result { failure = found }
            self.list.withLock { $0.append((name, failure)) }
        }
    }
}

/// A link to the fixture with the usual test options.
func link(_ address: BrokerAddress, _ client: String, filters: [String], tally: Tally) -> BusLink {
    var options = BusOptions(address: address, identity: BusIdentity(clientID: client))
    options.filters = filters
    return BusLink(options, sink: tally.sink())
}

/// Publishes texts in order and waits until all are answered.
func publish(
    _ texts: [String],
    to topic: String,
    at address: BrokerAddress,
    identity: BusIdentity? = nil,
    retain: Bool = false
) -> Answers {
    let answers = Answers()
    let name = identity ?? BusIdentity(clientID: "pub-\(UInt32.random(in: 0 ... .max))")
    let publisher = BusPublisher(
        BusOptions(address: address, identity: name),
        queueLimit: max(1, texts.count)
    )
    publisher.start()
    for text in texts {
        let message = BusMessage(topic: topic, payload: Array(text.utf8), retain: retain)
        publisher.publish(message, settled: answers.note(text))
    }
    _ = soon { answers.count == texts.count }
    publisher.stop()
    return answers
}
