import Bus
import Foundation
import Synchronization

/// A gateway by the README's own configuration, with something of all that its commands ask for: stock and a machine that
/// speaks, a dead letter, an edge node, a release that left, and a signed head over it.
final class ReadmePlant {
    let workshop: Workshop
    let config: String
    /// A release that its partner received: the record's number in the audit log, and the head over it, `SIZE:ROOT`.
    private(set) var record = 0
    private(set) var head = ""
    private var daemon: Child
    private var sensor: BusPublisher?
    private let press = Press()
    private let port: Int

    /// Starts it and waits for the first release.
    init() async throws {
        workshop = try Workshop()
        port = try Workshop.freePort()
        let root = ReadmeTests.root
        try FileManager.default.copyItem(atPath: "\(root)/config", toPath: "\(workshop.path)/config")
        let agreement = try ReadmeTests.agreement().replacingOccurrences(
            of: "\ngrants:\n",
            with: """

                approvedBy: [hanako, taro]
                emergency: {trigger: earthquake, maxDuration: P14D, approvers: 2}
                grants:

                """
        )
        try workshop.write(agreement, to: "config/agreements/buyer-1.yaml")
        let yaml = try ReadmeTests.configurations().whole
        let own = yaml.replacing(
            /broker: managed .*/,
            with: "broker: {url: managed, listen: \"127.0.0.1:\(port)\"}"
        ).replacing("8 GiB", with: "64 MiB")
        config = try workshop.write(
            """
            \(own)
              - {name: spb, topic: "spBv1.0/{group}/{type}/{node}/#", format: sparkplug}
            items: {ボルト-M8: {lot: 5, reorder_point: 500}}
            sparkplug: {host_id: TSUNAGI, role: active}
            defaults: {max_behind_s: 3153600000}

            """,
            to: "config/tsunagi.yaml"
        )
        try workshop.write(
            "alerts: {rules: [{name: screws-low, kind: low_stock, of: \"ota/ボルト-*\", below: 200}]}\n",
            to: "RULES.yaml"
        )
        let log = "\(workshop.path)/daemon.log"
        daemon = Child(Executable.path, ["run", "--config", config], output: log, errors: log)
        try await begin()
        try await speak()
        try await release()
    }

    deinit {
        press.stop()
        sensor?.stop()
    }

    private func begin() async throws {
        try daemon.start()
        let isUp = try await eventually(within: 20) {
            try Executable.run(["status", "--config", self.config]).output.contains("online")
        }
        guard isUp else { throw Failure("the daemon did not come up: \(daemon.said)") }
    }

    /// Ends as an operator would have it end; its exit code.
    func stop() -> Int32 {
        press.stop()
        return daemon.kill(SIGTERM)
    }

    /// A shelf, a press that goes on speaking, a message that lacks something, and an edge node.
    private func speak() async throws {
        let sensor = try workshop.publisher(port: port, user: "sensors")
        self.sensor = sensor
        sensor.start()
        func tell(_ topic: String, _ text: String) {
            sensor.publish(BusMessage(topic: topic, payload: Array(text.utf8))) { _ in }
        }
        tell("stock/棚A/move", #"{"item":"ボルト-M8","qty":46,"dir":"in","id":"a1"}"#)
        tell("line1/press-3/status", "{\"ts\":\"\(Date().ISO8601Format())\",\"temp\":40.5}")
        press.speak(by: sensor)
    }

    /// Births of an edge node and its device, as the intake's vectors have them.
    private func beBorn() throws {
        for (topic, name) in [
            ("NBIRTH/edge-1", "00-nbirth.bin"), ("DBIRTH/edge-1/press-3", "01-dbirth.bin"),
        ] {
            let file = "\(ReadmeTests.root)/Tests/IntakeTests/Vectors/sparkplug/\(name)"
            let payload = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
            sensor?.publish(BusMessage(topic: "spBv1.0/suwa/\(topic)", payload: payload)) { _ in }
        }
    }

    /// Waits for a release, and keeps it as its partner would: `release.json`, `release.jws`, `plant-ota.json`.
    private func release() async throws {
        let secret = try String(
            contentsOfFile: "\(workshop.path)/data/broker/secrets/buyer-1",
            encoding: .utf8
        )
        let (file, errors) = ("\(workshop.path)/feed", "\(workshop.path)/feed.log")
        let feed = Child(
            "/usr/bin/mosquitto_sub",
            [
                "-V", "5", "-p", "\(port)", "-u", "buyer-1", "-P",
                secret.trimmingCharacters(in: .whitespacesAndNewlines), "-q", "1", "-t",
                "tsunagi/v1/p/buyer-1/+/stock", "-F", "%P|%p",
            ],
            output: file,
            errors: errors
        )
        try feed.start()
        var line: [String] = []
        let isOut = try await eventually(within: 140) {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            // The last line may be half written.
            let whole = text.components(separatedBy: "\n").dropLast()
            let found = whole.first { $0.contains("\"status\":\"released\"") } ?? ""
            line = found.split(separator: "|", maxSplits: 1).map(String.init)
            return line.count == 2
        }
        guard isOut else { throw Failure("no release came: \(feed.said) \(daemon.said.suffix(2000))") }
        feed.kill(SIGTERM)
        try workshop.write(line[1], to: "release.json")
        try workshop.write(String(line[0].dropFirst("jws:".count)) + "\n", to: "release.jws")
        // A head is signed once a day, and the first may be older than the release: here a new day begins.
        guard daemon.kill(SIGTERM) == 0 else { throw Failure("it did not end in order: \(daemon.said)") }
        let heads = "\(workshop.path)/data/sharing/audit.heads"
        try FileManager.default.removeItem(atPath: heads)
        try await begin()
        try beBorn()
        let isSigned = try await eventually(within: 20) {
            try FileManager.default.contents(atPath: heads)?.isEmpty == false
                && Executable.run(["sparkplug", "nodes", "--config", self.config]).output
                    .contains("suwa/edge-1\talive")
        }
        guard isSigned else { throw Failure("no head, or no edge node: \(daemon.said.suffix(2000))") }
        try describe(line[1], heads)
        let keys = try Executable.run(["keys", "show", "--json", "--config", config])
        try workshop.write(keys.output, to: "plant-ota.json")
    }

    /// Finds the record of a release, and the head's size and root.
    private func describe(_ payload: String, _ heads: String) throws {
        func object(_ text: String) throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        }
        let shown = try Executable.run(["audit", "show", "--json", "--config", config])
        let rows = try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [[String: Any]] ?? []
        let bucket = try object(payload)["bucket"] as? [String: Any]
        let row = rows.first {
            $0["feed"] as? String == "buyer-1-supply/stock"
                && $0["bucket"] as? String == bucket?["start"] as? String
        }
        record = (row?["seq"] as? NSNumber)?.intValue ?? 0
        let text = try object(try String(contentsOfFile: heads, encoding: .utf8))["head"] as? String ?? "{}"
        let head = try object(text)
        self.head = "\((head["size"] as? NSNumber)?.intValue ?? 0):\(head["root"] as? String ?? "")"
    }

    /// Runs lines of a shell in its folder, where `tsunagi` is on the path.
    func run(_ lines: String) throws -> Outcome {
        let folder = (Executable.path as NSString).deletingLastPathComponent
        let script = """
            set -e
            cd '\(workshop.path)'
            PATH='\(folder)':$PATH
            C='--config config/tsunagi.yaml'
            \(lines)
            """
        return try Executable.run(["-c", script], program: "/bin/bash")
    }
}

/// A press that speaks twice a second, from a thread of its own: the other tests keep those that they share busy.
private final class Press: Sendable {
    private let isOver = Mutex(false)

    func speak(by sensor: BusPublisher) {
        Thread.detachNewThread { [self] in
            var good = 0
            while !isOver.withLock({ $0 }) {
                good += 1
                let stamp = Date().ISO8601Format()
                let text = "{\"ts\":\"\(stamp)\",\"temp\":41.5,\"state\":1,\"good\":\(good)}"
                let message = BusMessage(topic: "line1/press-3/status", payload: Array(text.utf8))
                sensor.publish(message) { _ in }
                usleep(500_000)
            }
        }
    }

    func stop() {
        isOver.withLock { $0 = true }
    }
}
