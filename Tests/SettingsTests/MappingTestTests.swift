import Intake
import Readings
import Settings
import Testing

@Suite("The tests beside the rules")
struct MappingTestTests {
    private func mapping(_ tests: String) -> PaperFiles {
        PaperFiles(texts: [
            "line.yaml": """
            defaults: {site: 大田, timezone: Asia/Tokyo}
            rules:
              - name: press
                topic: line1/{asset}
                asset: "{asset}"
                time: $.ts
                readings: [{metric: 温度, value: $.t, unit: ℃}, {metric: n, value: $.n, kind: counter, optional: true}]
            tests:
            \(tests)
            """
        ])
    }

    private func load(_ tests: String) throws -> RulesFile {
        try RulesFile.load(path: "line.yaml", from: mapping(tests).source)
    }

    private func findings(_ tests: String) -> [String] {
        do {
            _ = try load(tests)
            return []
        } catch let error as SettingsFailures {
            return error.findings.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    static let message =
        "topic: line1/プレス, payload: '{\"t\":41.5,\"ts\":\"2025-06-17 10:15:00\"}', received: 2025-06-17T01:15:30Z"

    @Test("what must come and comes is well, what else comes is told")
    func differences() throws {
        let file = try load(
            """
              - {\(Self.message), rule: press, expect: [{site: 大田, metric: 温度, value: 41.5, unit: Cel, time: 2025-06-17T01:15:00Z}]}
              - {\(Self.message), expect: [{metric: 温度, value: 41.6}]}
              - {\(Self.message), expect: [], dead: [{reason: no_rule}]}
              - {\(Self.message), rule: pres, expect: [{metric: 温度}]}
              - {topic: line2/x, payload: 1, received: 2025-06-17T01:15:30Z, expect: [], dead: [{reason: no_rule}]}
            """
        )
        #expect(file.tests.map(\.line) == [9, 10, 11, 12, 13])
        let found =
            "{site: 大田, asset: プレス, metric: 温度, kind: gauge, value: 41.5, unit: Cel,"
            + " time: 2025-06-17T01:15:00.000Z, stamp: source, quality: good}"
        #expect(
            file.tests.map { $0.differences() } == [
                [], ["expected: {metric: 温度, value: 41.6}", "not expected: \(found)"],
                ["not expected: \(found)", "expected: dead letter no_rule "],
                ["rule pres must take it, and rule press did"],
                // No rule asks for the topic, so that no broker would deliver it.
                ["expected: dead letter no_rule "],
            ]
        )
    }

    @Test(
        "what is wrong with a test is told where it stands",
        arguments: [
            (
                "  - {topic: a, payload: 1, expect: []}",
                "line.yaml:9:5: error: key \"received\" is missing in tests[0], e.g. received: 2025-06-17T10:15:30+09:00"
            ),
            (
                "  - {topic: a, payload: 1, received: 2025-06-17 10:15, expect: []}",
                "line.yaml:9:38: error: tests[0].received \"2025-06-17 10:15\" is no moment, e.g. 2025-06-17T10:15:30+09:00"
            ),
            (
                "  - {topic: a, payload: 1, received: 2025-06-17T01:15:30Z}",
                "line.yaml:9:5: error: tests[0] expects nothing; write expect: [] when no reading may come of it"
            ),
            (
                "  - {topic: a, payload: 1, received: 2025-06-17T01:15:30Z, expect: [{metrik: x}]}",
                "line.yaml:9:70: error: key \"metrik\" unknown in tests[0].expect[0] (did you mean \"metric\"?)"
            ),
            (
                "  - {topic: a, payload_base64: \"@\", received: 2025-06-17T01:15:30Z, expect: []}",
                "line.yaml:9:32: error: tests[0].payload_base64 is no base64"
            ),
            (
                "  - {topic: a, payload: 1, received: 2025-06-17T01:15:30Z, dead: [{reason: lost}]}",
                "line.yaml:9:76: error: tests[0].dead[0].reason \"lost\" unknown; known: "
                    + DeadReason.allCases.map(\.rawValue).joined(separator: ", ")
            ),
        ]
    )
    func wrong(test: String, finding: String) {
        #expect(findings(test) == [finding])
    }

    @Test("a plant's configuration carries tests too, over all its rules")
    func plant() throws {
        let files = PaperFiles.plant(
            rules: "rules: [{preset: scale}]",
            more: """
                tests:
                  - topic: scale/計量台
                    payload_base64: U1QsR1MsKyAgMTIuMzQ1a2c=
                    received: 2025-06-17T01:15:30Z
                    rule: scale/line
                    expect: [{site: ota, asset: 計量台, value: 12.345}]
                """
        )
        let settings = try files.load()
        #expect(settings.tests.map { $0.differences() } == [[]])
        let file = try RulesFile.load(path: "plant.yaml", from: files.source)
        #expect(file.tests == settings.tests)
    }
}
