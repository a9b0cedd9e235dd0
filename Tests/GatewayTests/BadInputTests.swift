import Bus
import Desk
import Foundation
import Testing

@Suite struct BadInputTests {
    @Test(
        "a configuration that cannot work is refused at start, with the place and what was expected",
        arguments: [
            ("colour: red", "2:1: error: ", "colour"),
            ("data: {directory: data, budget: many}", ":2:", "budget"),
            ("rules:\n  - {name: a, topic: \"a/#/b\", readings: [{metric: m, value: $}]}", ":3:", "#"),
            ("rules: 7", ":2:8: error: ", "list"),
        ]
    )
    func badConfigurations(extra: String, place: String, word: String) throws {
        let workshop = try Workshop()
        let needed = "gateway: {id: test, timezone: Asia/Tokyo}"
        let rest = extra.hasPrefix("data:") ? "" : "data: {directory: data}\n"
        let file = try workshop.write(
            "\(needed)\n\(extra)\n\(rest)broker: mqtt://127.0.0.1:1\n",
            to: "bad.yaml"
        )
        let outcome = try Executable.run(["run", "--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(file + ":"), "\(outcome.errors)")
        #expect(outcome.errors.contains(place), "\(outcome.errors)")
        #expect(outcome.errors.contains(word), "\(outcome.errors)")
        let check = try Executable.run(["check", file])
        #expect(check.status == 1)
        #expect(check.errors.contains(place))
    }

    @Test("an agreement that stands twice is refused by name")
    func duplicateAgreement() throws {
        let workshop = try Workshop()
        let agreement = """
            id: twice-1
            version: 1
            status: active
            provider: {id: maker-1}
            recipient: {id: buyer-1, relationship: customer}
            purpose: supply-assurance
            validity: {notBefore: 2026-01-01T00:00:00Z, notAfter: 2026-12-31T00:00:00Z}
            grants:
              - {id: g, measure: stock, products: [a], sites: [ota], kind: own, aggregate: last, bucket: PT1M,
                 delay: PT0S, precision: {mode: exact}, cadence: clock}
            """
        try workshop.write(agreement, to: "agreements/a.yaml")
        try workshop.write(agreement, to: "agreements/b.yaml")
        let file = try workshop.write(
            """
            gateway: {id: test, timezone: Asia/Tokyo}
            data: {directory: data}
            broker: mqtt://127.0.0.1:1
            agreements: agreements/
            """,
            to: "tsunagi.yaml"
        )
        let outcome = try Executable.run(["run", "--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("b.yaml:1:"), "\(outcome.errors)")
        #expect(outcome.errors.contains("twice-1"), "\(outcome.errors)")
    }

    @Test("a budget too small, a directory that is none, a port in use: one clear line and exit code 1")
    func badPlaces() throws {
        let port = try Workshop.freePort()
        let workshop = try Workshop()
        let blocker = try OutsideBroker(in: workshop)
        defer { blocker.stop() }
        try workshop.write("not a folder", to: "file")
        let cases = [
            ("data: {directory: data, budget: 1 MiB}\nbroker: mqtt://127.0.0.1:\(port)", "16 MiB"),
            ("data: {directory: file/data}\nbroker: mqtt://127.0.0.1:\(port)", "file/data"),
            ("data: {directory: /proc/tsunagi}\nbroker: mqtt://127.0.0.1:\(port)", "/proc/tsunagi"),
            (
                "data: {directory: data, budget: 16 MiB}\nbroker: {url: managed, listen: \"127.0.0.1:\(blocker.port)\"}",
                "\(blocker.port)"
            ),
        ]
        for (settings, word) in cases {
            let rules = "rules: [{name: a, topic: a, readings: [{metric: m, value: $}]}]"
            let file = try workshop.write(
                "gateway: {id: test, timezone: Asia/Tokyo}\n\(settings)\n\(rules)\n",
                to: "bad.yaml"
            )
            let outcome = try Executable.run(["run", "--config", file])
            #expect(outcome.status == 1, "\(settings)")
            #expect(outcome.errors.contains(word), "\(settings): \(outcome.errors)")
            let lines = outcome.errors.split(separator: "\n").filter {
                $0.contains("error: ") && !$0.hasPrefix("1 error")
            }
            #expect(lines.count == 1, "\(settings): \(outcome.errors)")
        }
    }

    @Test("wrong usage ends with 2, a daemon that is not there with 3, help and version with 0")
    func exitCodes() throws {
        #expect(try Executable.run(["--help"]).status == 0)
        #expect(try Executable.run(["--version"]).status == 0)
        #expect(try Executable.run(["status", "--no-such-option"]).status == 2)
        #expect(try Executable.run(["query"]).status == 2)
        let absent = try Executable.run(["status", "--socket", "/tmp/tsunagi-nobody.sock"])
        #expect(absent.status == 3)
        #expect(absent.errors.contains("tsunagi run"), "\(absent.errors)")
    }

    @Test("hostile payloads become dead letters, their neighbours are stored, the daemon lives")
    func hostilePayloads() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: mqtt://127.0.0.1:\(broker.port)
                rules:
                  - {name: json, topic: "json/{asset}", asset: "{asset}", time: $.t, readings: [{metric: v, value: $.v, type: number}]}
                  - name: csv
                    topic: csv/{asset}
                    format: csv
                    options: {encoding: cp932, columns: [v]}
                    asset: "{asset}"
                    each: $[*]
                    readings: [{metric: v, value: "@.v", type: number}]
                """
        )
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 10_000)
        publisher.start()
        var seeded = SystemRandomNumberGenerator()
        let random = (0..<400).map { _ in UInt8.random(in: 0...255, using: &seeded) }
        let hostile: [(String, [UInt8])] = [
            ("json/a", random), ("json/a", [UInt8](repeating: UInt8(ascii: "["), count: 100_000)),
            ("json/a", Array("{\"v\":NaN}".utf8)), ("json/a", Array("{\"v\":1e400}".utf8)),
            ("json/a", Array("{\"v\":\"\\ud800\"}".utf8)), ("json/a", [0xFF, 0xFE, 0x00, 0x7B]),
            ("json/a", [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20) + Array("{\"v\":1}".utf8)),
            ("json/a", Array("{\"v\":".utf8)), ("csv/a", [0x81, 0xFF, 0x0A]), ("nobody/asked", random),
        ]
        for (index, (topic, payload)) in hostile.enumerated() {
            publisher.publish(BusMessage(topic: topic, payload: payload)) { _ in }
            let stamp = Int(Date().timeIntervalSince1970 * 1000) - 1000 + index
            let good = Array("{\"t\":\(stamp),\"v\":\(index)}".utf8)
            publisher.publish(BusMessage(topic: "json/good", payload: good)) { _ in }
            try await Task.sleep(for: .milliseconds(5))
        }
        // The last one nobody subscribed to; every other one must be accounted for.
        let isCounted = try await eventually(within: 20) {
            try await daemon.status().intake.deadLetters >= UInt64(hostile.count - 1)
        }
        let areStored = try await eventually(within: 20) {
            try await daemon.samples("ota/good/v").count == hostile.count
        }
        #expect(areStored, "neighbours are stored")
        publisher.stop()
        let status = try await daemon.status()
        #expect(isCounted, "\(status.intake.deadByReason)")
        #expect(status.intake.deadLetters == UInt64(hostile.count - 1))
        #expect(status.intake.deadByReason["too_large"] == 1)
        #expect(try await daemon.samples("ota/a/v").isEmpty)
        let letters = try await daemon.client.get("/v1/dead", as: [DeadLetterRow].self)
        #expect(letters.allSatisfy { !$0.fix.isEmpty && !$0.topic.isEmpty })
        #expect(daemon.isRunning)
        daemon.kill(SIGTERM)
    }
}
