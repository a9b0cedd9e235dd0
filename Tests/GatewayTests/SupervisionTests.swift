import Bus
import Desk
import Foundation
import Testing

/// What systemd is told, by a test that plays it; and what the log says to it.
@Suite struct SupervisionTests {
    static let settings = """
        broker: {url: managed, listen: "127.0.0.1:0"}
        \(DutyTests.rule("stock/#"))
        """

    @Test("ready once it answers, alive, reloading, ready again, ending", arguments: [false, true])
    func told(isAbstract: Bool) async throws {
        let workshop = try Workshop()
        let socket = try NotifySocket(isAbstract ? "@\(workshop.path)" : "\(workshop.path)/notify")
        let daemon = try Daemon(
            in: workshop,
            settings: Self.settings,
            environment: ["NOTIFY_SOCKET=\(socket.name)", "WATCHDOG_USEC=4000000"]
        )
        try daemon.launch()
        #expect(try await socket.hears("READY=1"))
        #expect(try await daemon.status().gateway == "test", "who is ready answers")
        // A beat for each second, of the four within which one has to come.
        for _ in 0..<2 { #expect(try await socket.hears("WATCHDOG=1")) }
        #expect(try await socket.hears("STATUS=link online"))
        daemon.signal(SIGHUP)
        #expect(try await socket.hears("RELOADING=1"))
        #expect(try await socket.hears("READY=1"))
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
        #expect(try await socket.hears("STOPPING=1"))
        // Its broker, a program that would speak to systemd too, does not know of it.
        #expect(socket.count(of: "READY=1") == 2)
    }

    @Test("while the thread that takes messages in stands still there is no beat, though all else goes on")
    func stuck() async throws {
        let workshop = try Workshop()
        let socket = try NotifySocket("\(workshop.path)/notify")
        let daemon = try Daemon(
            in: workshop,
            settings: Self.settings,
            environment: ["NOTIFY_SOCKET=\(socket.name)", "WATCHDOG_USEC=4000000"]
        )
        try await daemon.start()
        let tasks = "/proc/\(daemon.pid)/task"
        let thread = try FileManager.default.contentsOfDirectory(atPath: tasks).first {
            (try? String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)) == "bus-in\n"
        }
        // PTRACE_SEIZE and PTRACE_INTERRUPT, as a debugger stops one thread.
        let script = """
            import ctypes, sys, time
            ptrace = ctypes.CDLL(None).ptrace
            ptrace.argtypes = [ctypes.c_long] * 4
            ok = [ptrace(call, int(sys.argv[1]), 0, 0) for call in (0x4206, 0x4207)]
            if ok != [0, 0]: sys.exit("no ptrace here")
            time.sleep(600)
            """
        let debugger = Child(
            "/usr/bin/python3",
            ["-c", script, try #require(thread)],
            output: "/dev/null",
            errors: "\(workshop.path)/debugger"
        )
        try debugger.start()
        #expect(try await socket.hears { $0.hasPrefix("STATUS=") && !$0.contains("WATCHDOG=1") })
        #expect(debugger.isRunning, "\(debugger.said)")
        #expect(try await daemon.status().gateway == "test", "the desk still answers")
        debugger.kill(SIGKILL)
        #expect(try await socket.hears { $0.contains("WATCHDOG=1") }, "it goes on, and says so")
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }

    @Test("a line for each event: JSON for programs, a level for journald, text on a terminal")
    func lines() async throws {
        let workshop = try Workshop()
        let daemon = try Daemon(in: workshop, settings: Self.settings)
        try await daemon.start()
        #expect(daemon.kill(SIGTERM) == 0)
        let lines = daemon.said.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            #expect(event?["level"] != nil && event?["time"] != nil && event?["message"] != nil, "\(line)")
        }

        // The kernel's name of the file is how systemd names the journal's socket.
        let facts = try FileManager.default.attributesOfItem(atPath: "\(workshop.path)/daemon.log")
        let device = try #require(facts[.systemNumber] as? Int)
        let number = try #require(facts[.systemFileNumber] as? Int)
        let journal = try Daemon(
            in: workshop,
            settings: Self.settings,
            environment: ["JOURNAL_STREAM=\(device):\(number)"]
        )
        let before = journal.said.utf8.count
        try await journal.start()
        #expect(journal.kill(SIGTERM) == 0)
        let told = String(decoding: Array(journal.said.utf8)[before...], as: UTF8.self)
        #expect(told.contains("<5>test runs; ask it with"), "\(told)")
        #expect(told.split(separator: "\n").allSatisfy { $0.hasPrefix("<") }, "\(told)")

        let terminal = "\(workshop.path)/terminal"
        let person = Child(
            "/usr/bin/script",
            [
                "--quiet", "--flush", "--return", "--command",
                "\(Executable.path) run --config \(daemon.config)",
                terminal,
            ],
            output: "/dev/null",
            errors: "/dev/null"
        )
        try person.start()
        let isShown = try await eventually(within: 20) {
            (try? String(contentsOfFile: terminal, encoding: .utf8))?.contains("Z notice test runs") == true
        }
        #expect(isShown)
        person.kill(SIGTERM)
    }

    @Test("no password and no key is ever logged, whatever goes wrong")
    func secrets() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(
            in: workshop,
            settings: FirstLightTests.settings(port: port) + "\nlog: {level: debug}"
        )
        try await daemon.start()
        // A sensor with a wrong password, and one that sends rubbish.
        _ = try Executable.run(
            ["-p", "\(port)", "-u", "sensors", "-P", "falsch-7719", "-t", "press/a", "-m", "x"],
            program: "/usr/bin/mosquitto_pub"
        )
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        sensor.publish(BusMessage(topic: "press/a\u{2028}b", payload: Array("{\n\"t\"".utf8))) { _ in }
        #expect(try await eventually(within: 10) { try await daemon.status().intake.deadLetters > 0 })
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
        var secrets = ["falsch-7719"]
        for folder in ["data/broker/secrets", "data/keys"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(workshop.path)/\(folder)") {
                let text = try String(contentsOfFile: "\(workshop.path)/\(folder)/\(name)", encoding: .utf8)
                secrets += text.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
                    .map(String.init).filter { $0.count >= 16 }
            }
        }
        #expect(secrets.count > 4)
        for secret in secrets { #expect(!daemon.said.contains(secret), "\(secret) in the log") }
        for line in daemon.said.split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
        }
    }
}

/// The socket that systemd gives to a service.
final class NotifySocket {
    let name: String
    private let descriptor: Int32
    private var heard: [String] = []
    private var next = 0

    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (bytes[0] == 0 ? 0 : 1))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0 else { throw Failure("cannot bind \(name): \(String(cString: strerror(errno)))") }
    }

    deinit {
        close(descriptor)
    }

    /// Whether a datagram with a line that begins so comes, behind the one that was waited for last.
    func hears(_ line: String) async throws -> Bool {
        try await hears { $0.split(separator: "\n").contains { $0.hasPrefix(line) } }
    }

    /// The same of any datagram.
    func hears(_ isIt: (String) -> Bool) async throws -> Bool {
        try await eventually(within: 20) {
            listen()
            guard let found = heard[next...].firstIndex(where: isIt) else { return false }
            next = found + 1
            return true
        }
    }

    /// How often a datagram has come.
    func count(of text: String) -> Int {
        listen()
        return heard.count { $0 == text }
    }

    private func listen() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            heard.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }
}
