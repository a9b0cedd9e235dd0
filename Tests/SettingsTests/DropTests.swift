import Intake
import Settings
import Testing

@Suite("Rules that read a folder")
struct DropTests {
    private func paper(_ rule: String) -> PaperFiles {
        PaperFiles.plant(rules: "rules: [{\(rule), readings: [{metric: m, value: $}]}]")
    }

    @Test("the folder lies beside the configuration, and the topic is the rule's own")
    func loads() throws {
        let rules = try paper("name: 在庫表, drop: inbox, format: csv").load().rules
        #expect(rules.rules.map(\.drop) == ["inbox"])
        #expect(rules.rules.map(\.topic) == ["$drop/在庫表/{file}"])
        #expect(try RuleTable(rules).drops == [DropPlace(rule: "在庫表", folder: "inbox")])
    }

    @Test("two rules share no folder: each file has one outcome")
    func shared() {
        let reading = "readings: [{metric: m, value: $}]"
        let files = PaperFiles.plant(
            rules: "rules:\n  - {name: a, drop: inbox, \(reading)}\n  - {name: b, drop: inbox, \(reading)}"
        )
        #expect(
            files.findings() == [
                "plant.yaml:6:21: error: rules[1].drop is already the folder of the rule in line 5: each needs its own"
            ]
        )
    }

    @Test(
        "what cannot be read from a folder is refused where it stands",
        arguments: [
            (
                "name: a, topic: a, drop: inbox",
                "4:35: error: rules[0].drop and topic: exclude each other: a rule reads files or messages"
            ),
            (
                "name: a/b, drop: inbox",
                "4:16: error: rules[0].name \"a/b\" of a rule that reads files may not hold + # / { }"
            ),
            (
                "name: a, drop: inbox, format: sparkplug",
                "4:25: error: rules[0].drop holds no Sparkplug: its messages need a broker"
            ),
            ("name: a, drop: \"\"", "4:25: error: rules[0].drop must not be empty"),
        ]
    )
    func refused(rule: String, finding: String) {
        #expect(paper(rule).findings().first == "plant.yaml:\(finding)")
    }
}
