import Bus
import CPlatform
import Foundation
import Glibc
import Synchronization
import Testing

@Suite("the managed broker")
struct ManagedBrokerTests {
    /// A managed broker in a directory of the test's own, on a free port, with two partners.
    final class House: Sendable {
        let root: String
        let broker: ManagedBroker

        init(port: Int = 0, root: String? = nil, partners: [String] = ["p1", "p2"]) throws {
            let place = root ?? "/tmp/tsunagi-mb-\(UInt32.random(in: 0 ... .max))"
            self.root = place
            var options = ManagedBrokerOptions(directory: place + "/broker", runtimeDirectory: place + "/run")
            options.port = port
            options.sensorFilters = ["#"]
            options.partners = House.partners(partners)
            let kept = Lines()
            broker = try ManagedBroker(options) { line in kept.list.withLock { $0.append(line) } }
            log = kept
        }

        /// Each may read all that is its own.
        static func partners(_ names: [String]) -> [BrokerPartner] {
            names.map { BrokerPartner($0, reads: [BrokerPartner.topics(of: $0)]) }
        }

        let log: Lines

        deinit {
            broker.stop()
            try? FileManager.default.removeItem(atPath: root)
        }

        func reader(_ user: BrokerUser, _ client: String, _ filters: [String], _ tally: Tally) throws
            -> BusLink
        {
            var options = try broker.link(user, client: client)
            options.filters = filters
            let link = BusLink(options, sink: tally.sink())
            link.start()
            _ = soon { link.status.state == .online }
            return link
        }

        func send(
            _ user: BrokerUser,
            _ text: String,
            to topic: String,
            retain: Bool = false
        ) throws -> Answers {
            let options = try broker.link(user, client: "send-\(UInt32.random(in: 0 ... .max))")
            return publish([text], to: topic, at: options.address, identity: options.identity, retain: retain)
        }
    }

    final class Lines: Sendable {
        let list = Mutex<[String]>([])
    }

    private func mode(_ path: String) -> Int {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        return facts?[.posixPermissions] as? Int ?? 0
    }

    @Test("starts unprivileged, with private files, and keeps passwords over a restart")
    func privateFiles() throws {
        let house = try House()
        try house.broker.start()
        let status = house.broker.status
        #expect(status.state == .running)
        #expect(status.port > 0)
        let pid = try #require(status.pid)
        let process = try FileManager.default.attributesOfItem(atPath: "/proc/\(pid)")
        let owner = try #require(process[.ownerAccountID] as? Int)
        #expect(getuid() != 0 || owner != 0)
        #expect(mode(house.root + "/broker/secrets") == 0o700)
        #expect(mode(house.root + "/broker/secrets/gateway") == 0o600)
        #expect(mode(house.root + "/broker/conf/passwords") & 0o007 == 0)
        let link = try house.broker.link(.gateway, client: "in")
        let secret = try #require(link.identity.password)
        #expect(secret.utf8.count >= 24)
        let hashed = try String(contentsOfFile: house.root + "/broker/conf/passwords", encoding: .utf8)
        #expect(!hashed.contains(secret) && hashed.hasPrefix("gateway:$"))
        let left = try FileManager.default.contentsOfDirectory(atPath: house.root + "/broker/secrets")
            .sorted()
        #expect(left == [".gateway-id", "gateway", "p1", "p2", "sensors"])
        house.broker.stop()
        #expect(kill(pid, 0) != 0)
        #expect(house.broker.status.state == .stopped)
        let second = try House(root: house.root)
        try second.broker.start()
        let again = try second.broker.link(.gateway, client: "in")
        #expect(again.identity == link.identity)
        second.broker.stop()
    }

    @Test("sensors publish but do not read; nobody but the gateway writes releases")
    func sensorsWriteOnly() throws {
        let house = try House()
        try house.broker.start()
        let (all, spied) = (Tally(), Tally())
        let gateway = try house.reader(.gateway, "in", ["#"], all)
        let spy = try house.reader(.sensors, "spy", ["#", "press/+", "tsunagi/v1/#"], spied)
        #expect(spy.status.state == .online)
        #expect(gateway.status.address.hasPrefix("unix:"))
        #expect(try house.send(.sensors, "21.5", to: "press/temp").failures.isEmpty)
        let forged = try house.send(.sensors, "forged", to: "tsunagi/v1/p/p1/a/g")
        #expect(forged.failures == [.publishRefused(topic: "tsunagi/v1/p/p1/a/g", reason: 0x87)])
        #expect(forged.failures.first?.description.contains("tsunagi/v1/p/p1/a/g") == true)
        #expect(forged.failures.first?.description.contains("0x87") == true)
        #expect(try house.send(.gateway, "release", to: "tsunagi/v1/p/p1/a/g").failures.isEmpty)
        #expect(soon { all.settled.contains("release") })
        spy.stop()
        gateway.stop()
        #expect(all.settled == ["21.5", "release"])
        #expect(spied.settled.isEmpty)
    }

    @Test("a partner reads its own feeds only, judged by what is delivered")
    func partnerIsolation() throws {
        let house = try House()
        try house.broker.start()
        let (first, second) = (Tally(), Tally())
        let wide = [
            "#", "+/+/+/+/+/+", "tsunagi/v1/p/+/#", "tsunagi/v1/p/p2/#", "$SYS/#",
            "$share/g/tsunagi/v1/p/p2/#",
        ]
        let one = try house.reader(.partner("p1"), "one", wide, first)
        let two = try house.reader(.partner("p2"), "two", ["tsunagi/v1/p/p2/#"], second)
        #expect(try house.send(.gateway, "secret", to: "tsunagi/v1/p/p2/a/g").failures.isEmpty)
        #expect(try house.send(.gateway, "raw", to: "press/temp").failures.isEmpty)
        #expect(try !house.send(.partner("p1"), "forged", to: "tsunagi/v1/p/p1/a/g").failures.isEmpty)
        #expect(try !house.send(.partner("p1"), "forged", to: "press/temp").failures.isEmpty)
        #expect(try house.send(.gateway, "mine", to: "tsunagi/v1/p/p1/a/g").failures.isEmpty)
        #expect(soon { first.settled.contains("mine") })
        #expect(soon { second.settled.contains("secret") })
        one.stop()
        two.stop()
        #expect(Set(first.settled) == ["mine"])
        #expect(Set(second.settled) == ["secret"])
    }

    @Test("a port in use is told at once, by its number")
    func portInUse() throws {
        let other = try BrokerFixture()
        let house = try House(port: other.port)
        let failure = #expect(throws: BrokerFailure.self) { try house.broker.start() }
        #expect(failure == .portInUse(address: "127.0.0.1", port: other.port))
        #expect(failure?.description.hasPrefix("port \(other.port) on 127.0.0.1 is in use; ") == true)
        #expect(connectOnce(port: other.port))
    }

    @Test("it is started again after a SIGKILL, and keeps messages of an absent gateway over a clean restart")
    func restarts() throws {
        let house = try House()
        try house.broker.start()
        let tally = Tally()
        let gateway = try house.reader(.gateway, "in", ["press/#"], tally)
        let pid = try #require(house.broker.status.pid)
        kill(pid, SIGKILL)
        #expect(soon { house.broker.status.restarts == 1 && house.broker.status.state == .running })
        #expect(house.broker.status.pid != pid)
        #expect(soon { gateway.status.state == .online && gateway.status.reconnects >= 1 })
        _ = try house.send(.sensors, "after", to: "press/temp")
        #expect(soon { tally.settled == ["after"] })
        gateway.stop()
        _ = try house.send(.sensors, "while away", to: "press/temp")
        let second = try #require(house.broker.status.pid)
        kill(second, SIGTERM)
        #expect(soon { house.broker.status.restarts == 2 && house.broker.status.state == .running })
        let back = try house.reader(.gateway, "in", ["press/#"], tally)
        #expect(soon { tally.settled == ["after", "while away"] })
        back.stop()
    }

    @Test("rights change without a restart; a user who is gone is cut off")
    func reload() throws {
        let house = try House()
        try house.broker.start()
        let tally = Tally()
        let two = try house.reader(.partner("p2"), "two", ["tsunagi/v1/p/p2/#"], tally)
        try house.broker.reload(sensorFilters: ["press/#"], partners: House.partners(["p1", "p3"]))
        #expect(soon { two.status.lastError != nil })
        two.stop()
        #expect(throws: BrokerFailure.unknownUser("p2")) {
            try house.broker.link(.partner("p2"), client: "x")
        }
        let three = try house.reader(.partner("p3"), "three", ["tsunagi/v1/p/p3/#"], tally)
        #expect(three.status.state == .online)
        three.stop()
        #expect(try !house.send(.sensors, "x", to: "other").failures.isEmpty)
        #expect(try house.send(.sensors, "x", to: "press/a").failures.isEmpty)
        #expect(house.broker.status.restarts == 0)
    }

    @Test("options that cannot work are refused before anything is touched")
    func badOptions() throws {
        func failure(_ change: (inout ManagedBrokerOptions) -> Void) -> String {
            var options = ManagedBrokerOptions(
                directory: "/tmp/tsunagi-never",
                runtimeDirectory: "/tmp/tsunagi-never"
            )
            change(&options)
            do {
                _ = try ManagedBroker(options) { _ in }
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(failure { $0.program = "/nowhere/mosquitto" }.contains("apt-get install mosquitto"))
        let long = "/tmp/" + String(repeating: "x", count: 100)
        #expect(failure { $0.runtimeDirectory = long }.contains("107 are possible"))
        #expect(failure { $0.partners = House.partners(["gateway"]) }.contains("name of a user"))
        #expect(failure { $0.partners = House.partners(["p\ntopic #"]) }.contains("1 to 64 characters"))
        #expect(failure { $0.partners = House.partners(["p1", "p1"]) }.contains("given twice"))
        #expect(failure { $0.sensorFilters = ["a\nuser p1"] }.contains("control character"))
        #expect(failure { $0.listenAddress = "localhost\nuser root" }.contains("numeric address"))
        #expect(failure { $0.port = 70_000 }.contains("between 1 and 65535"))
        #expect(failure { $0.directory = "/tmp/a b" }.contains("space"))
        #expect(failure { $0.directory = "relative" }.contains("full path"))
        #expect(!FileManager.default.fileExists(atPath: "/tmp/tsunagi-never"))
    }

    @Test("a directory that the broker's user cannot enter is named", .enabled(if: getuid() == 0))
    func closedDirectory() throws {
        let root = "/tmp/tsunagi-closed-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        chmod(root, 0o700)
        let house = try House(root: root)
        let failure = #expect(throws: BrokerFailure.self) { try house.broker.start() }
        #expect(failure?.description.contains("may not enter \(root);") == true)
    }

    @Test("a child dies with the thread that started it")
    func diesWithParent() throws {
        let pid = Lines()
        let thread = Thread {
            let child = startChild("/bin/sleep", ["600"])
            pid.list.withLock { $0 = ["\(child.pid)"] }
        }
        thread.start()
        #expect(soon { pid.list.withLock { !$0.isEmpty } })
        let number = try #require(pid.list.withLock { $0.first.flatMap { pid_t($0) } })
        var state: Int32 = 0
        #expect(soon { waitpid(number, &state, WNOHANG) == number })
        #expect(state & 0x7f == SIGTERM)
    }

    @Test("a program that cannot run is told with the reason")
    func cannotRun() {
        let child = startChild("/nowhere/program", [])
        #expect(child.pid == -1)
        #expect(child.step == Int32(TSUNAGI_CHILD_EXECUTE.rawValue))
        #expect(child.error == ENOENT)
    }
}
