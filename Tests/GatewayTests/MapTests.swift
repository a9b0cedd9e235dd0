import Bus
import Desk
import Foundation
import Testing

/// `tsunagi map`: rules looked at and tried without the daemon.
@Suite struct MapTests {
    static let mapping = """
        defaults: {site: 大田, timezone: Asia/Tokyo}
        rules:
          - name: プレス
            topic: line1/{asset}
            asset: "{asset}"
            time: $.ts
            readings: [{metric: 温度, value: $.t, unit: ℃}]
          - {name: rest, topic: "line1/#", ignore: true}
        tests:
          - topic: line1/press-3
            payload: '{"t":41.5,"ts":"2025-06-17 10:15:00"}'
            received: 2025-06-17T10:15:30+09:00
            expect: [{site: 大田, metric: 温度, value: 41.5, unit: Cel, time: 2025-06-17T01:15:00Z}]
        """

    /// Runs a command with a text as its standard input.
    private func run(_ arguments: String, input: String) throws -> Outcome {
        let workshop = try Workshop()
        let file = try workshop.write(input, to: "input")
        return try Executable.run(
            ["-c", "exec '\(Executable.path)' \(arguments) < '\(file)'"],
            program: "/bin/sh"
        )
    }

    @Test("check names what the broker is asked for, and what nothing reaches")
    func check() throws {
        let workshop = try Workshop()
        let file = try workshop.write(Self.mapping, to: "line.yaml")
        let fine = try Executable.run(["map", "check", file])
        #expect(fine.status == 0)
        #expect(fine.output == "\(file): fine: 2 rules, 1 tests; the broker is asked for\n  line1/+\n")
        let idle = Self.mapping.replacingOccurrences(
            of: "rules:\n",
            with: "rules:\n  - {name: all, topic: \"#\", ignore: true}\n"
        )
        try workshop.write(idle, to: "line.yaml")
        let wrong = try Executable.run(["map", "check", file])
        #expect(wrong.status == 1)
        #expect(
            wrong.errors.contains("\(file):5:12: error: line1/{asset} is never reached: rule all (#)"),
            "\(wrong.errors)"
        )
        #expect(wrong.errors.hasSuffix("2 errors\n"), "\(wrong.errors)")
        let json = try Executable.run(["map", "check", "--json", file])
        #expect(json.status == 1)
        #expect(json.output.contains("\"line\" : 5"), "\(json.output)")
        let preset = try Executable.run(["map", "check", "--json", "tasmota"])
        #expect(preset.status == 0 && preset.output.contains("\"+/+/SENSOR\""), "\(preset.output)")
    }

    @Test("test tells which message came otherwise, and where that is written")
    func test() throws {
        let workshop = try Workshop()
        let file = try workshop.write(Self.mapping, to: "line.yaml")
        let fine = try Executable.run(["map", "test", file])
        #expect(fine.status == 0 && fine.output == "\(file): 1 tests, 0 failed\n", "\(fine)")
        try workshop.write(
            Self.mapping.replacingOccurrences(of: "value: 41.5", with: "value: 42"),
            to: "line.yaml"
        )
        let failed = try Executable.run(["map", "test", file])
        #expect(failed.status == 1)
        #expect(
            failed.errors.hasPrefix(
                "\(file):10:5: line1/press-3: expected: {site: 大田, metric: 温度, value: 42.0"
            ),
            "\(failed.errors)"
        )
        let none = try workshop.write("rules: [{preset: scale}]", to: "none.yaml")
        #expect(try Executable.run(["map", "test", none]).status == 1)
        for preset in ["plc", "barcode"] { #expect(try Executable.run(["map", "test", preset]).status == 0) }
    }

    @Test("try shows readings, dead letters, and the rule that took the message")
    func tryOne() throws {
        let workshop = try Workshop()
        let file = try workshop.write(Self.mapping, to: "line.yaml")
        let options = "map try --config '\(file)' --received 2025-06-17T10:15:30+09:00"
        let good = try run(
            "\(options) --topic line1/press-3",
            input: "{\"t\":41.5,\"ts\":\"2025-06-17 10:15:00\"}"
        )
        #expect(good.status == 0, "\(good.errors)")
        #expect(
            good.output == """
                rule  プレス
                series\tkind\tvalue\tunit\ttime\tstamp\tquality
                大田/press-3/温度\tgauge\t41.5\tCel\t2025-06-17T01:15:00.000Z\tsource\tgood

                """
        )
        let bad = try run("\(options) --topic line1/press-3", input: "{\"ts\":1}")
        #expect(bad.status == 1)
        #expect(bad.output.contains("dead  path_missing: $.t  ->  write optional: true"), "\(bad.output)")
        let ignored = try run("\(options) --topic line1/a/b --json", input: "x")
        #expect(ignored.status == 0)
        #expect(
            ignored.output.contains("\"rule\" : \"rest\"") && ignored.output.contains("\"ignored\" : true")
        )
        let none = try run("\(options) --topic line2", input: "x")
        #expect(none.status == 1 && none.output.hasPrefix("rule  none\n"), "\(none)")
        #expect(try run("\(options) --topic 'a/#'", input: "x").status == 2)
    }

    @Test("preset lists what there is and prints it to the letter")
    func preset() throws {
        let names = try Executable.run(["map", "preset"]).output.split(separator: "\n")
        #expect(names.contains("zigbee2mqtt") && names.count == 18)
        let text = try String(contentsOfFile: "\(ReadmeTests.root)/config/presets/plc.yaml", encoding: .utf8)
        #expect(try Executable.run(["map", "preset", "plc"]).output == text)
        #expect(try Executable.run(["map", "preset", "plk"]).status == 1)
    }

    @Test("watch tells of each topic its shape and the rule that takes it, on a broker of one's own")
    func watch() throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let config = try workshop.write(
            """
            gateway: {id: test, timezone: Asia/Tokyo}
            data: {directory: data, budget: 32 MiB}
            broker: mqtt://127.0.0.1:\(broker.port)
            \(Self.mapping.split(separator: "\n").dropFirst().joined(separator: "\n"))
            """,
            to: "tsunagi.yaml"
        )
        let (output, errors) = ("\(workshop.path)/watched", "\(workshop.path)/errors")
        let watcher = Child(
            Executable.path,
            ["map", "watch", "#", "--config", config, "--seconds", "4", "--json"],
            output: output,
            errors: errors
        )
        try watcher.start()
        // Processes of their own, for a test's tasks stand still while others hold all threads.
        let said = "\(workshop.path)/said"
        let sensors = Child(
            "/bin/sh",
            [
                "-c",
                """
                while sleep 0.1; do
                    mosquitto_pub -p "$0" -t line1/プレス -m '{"t":41.5,"d":[1]}'
                    mosquitto_pub -p "$0" -t other -m RUN
                done
                """,
                "\(broker.port)",
            ],
            output: said,
            errors: said
        )
        try sensors.start()
        let status = watcher.wait()
        sensors.kill(SIGTERM)
        let rows = try String(contentsOfFile: output, encoding: .utf8)
        #expect(status == 1, "other is taken by no rule: \(watcher.said)")
        #expect(rows.contains("\"shape\" : \"{t: number, d: [number]}\""), "\(rows)")
        #expect(rows.contains("\"rule\" : \"プレス\""), "\(rows)")
        let other = try #require(
            try JSONDecoder().decode([Watched].self, from: Data(rows.utf8)).first { $0.topic == "other" }
        )
        #expect(other == Watched(topic: "other", shape: "text", readings: 0), "\(rows)")
    }

    /// What the tests look at of a row of `map watch --json`.
    private struct Watched: Decodable, Equatable {
        var topic: String
        var shape: String
        var readings: Int
        var rule: String?
        var dead: String?
    }
}
