import Intake
import Settings
import Testing

@Suite("YAML that cannot be read says where it stopped making sense")
struct YamlTests {
    @Test(
        "syntax",
        arguments: [
            ("gateway: {id: a", "plant.yaml:2:1: error: YAML: did not find expected ',' or '}'"),
            ("gateway:\n\t- a\n", "plant.yaml:2:1: error: YAML: found character that cannot start any token"),
            ("a: b: c\n", "plant.yaml:1:5: error: YAML: mapping values are not allowed in this context"),
            ("a: *nobody\n", "plant.yaml:1:4: error: YAML: alias *nobody names nothing above it"),
            ("a: \"open\n", "plant.yaml:2:1: error: YAML: found unexpected end of stream"),
            ("a: 1\n---\nb: 2\n", "plant.yaml:2:1: error: YAML: another document begins; one file holds one"),
            ("a: b\u{1}c\n", "plant.yaml:1:5: error: YAML: control characters are not allowed"),
            ("", "plant.yaml: error: is empty"),
            ("# only a remark\n", "plant.yaml: error: is empty"),
            ("- a\n", "plant.yaml:1:1: error: must be a table of keys and values, not a list"),
            ("hello\n", "plant.yaml:1:1: error: must be a table of keys and values, not the text \"hello\""),
            (
                "gateway: !place {id: a}\n",
                "plant.yaml:1:10: error: tag \"!place\" means nothing here; leave it out"
            ),
            (
                "gateway: {id: !!int \"1\"}\n",
                "plant.yaml:1:15: error: tag \"tag:yaml.org,2002:int\" means nothing"
            ),
        ]
    )
    func syntax(text: String, beginning: String) {
        let findings = PaperFiles(texts: ["plant.yaml": text]).findings()
        #expect(findings.first?.hasPrefix(beginning) == true, "\(findings)")
    }

    @Test("a list is no key")
    func listAsKey() {
        let findings = PaperFiles(texts: ["plant.yaml": "? [a]\n: b\n"]).findings()
        #expect(findings.last == "plant.yaml:1:3: error: a key must be a text, not a list or a table")
    }

    @Test("a key that stands twice is shown where it stands again")
    func twice() {
        let text = "gateway:\n  id: a\n  # once more\n  \"id\": b\n"
        #expect(
            PaperFiles(texts: ["plant.yaml": text]).findings()
                == ["plant.yaml:4:3: error: key \"id\" stands already in line 2"]
        )
        let flow = PaperFiles(texts: ["plant.yaml": "gateway: {id: a, id: b}\n"]).findings()
        #expect(flow == ["plant.yaml:1:18: error: key \"id\" stands already in line 1"])
        let many = (0..<100).map { "k\($0): \($0)\n" }.joined()
        #expect(
            PaperFiles(texts: ["plant.yaml": many + "k17: 1\n"]).findings()
                == ["plant.yaml:101:1: error: key \"k17\" stands already in line 18"]
        )
    }

    @Test("bytes that are no UTF-8 are pointed at")
    func encoding() {
        // 大田 in CP932.
        let source = FileSource(
            read: { _, _ in .bytes(Array("gateway:\n  id: ".utf8) + [0x91, 0xE5, 0x93, 0x63], mode: 0o600) },
            names: { _ in nil }
        )
        #expect(throws: SettingsFailures.self) {
            try Settings.load(path: "plant.yaml", from: source)
        }
        do {
            _ = try Settings.load(path: "plant.yaml", from: source)
        } catch {
            #expect("\(error)" == "plant.yaml:2:7: error: not UTF-8; save the file as UTF-8")
        }
    }

    @Test("files that would blow up are refused, and quickly")
    func bounds() {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let first = { (text: String) in PaperFiles(texts: ["plant.yaml": text]).findings().first ?? "" }
        #expect(first("a: \(deep)\n") == "plant.yaml:1:67: error: nested deeper than 64 lists and tables")
        for opening in ["[", "- ", "{a: "] {
            let text = String(repeating: opening, count: 1_000_000 / opening.count)
            #expect(first(text).contains("nested deeper than 64"), "\(first(text))")
        }
        #expect(first(String(repeating: "? ", count: 400_000)).contains("a key must be a text"))
        #expect(first(String(repeating: "x", count: (1 << 20) + 1)).contains("is larger than 1048576 bytes"))
        let many = "a: [" + String(repeating: "0,", count: 120_000) + "0]\n"
        #expect(first(many).contains("more than 100000 values"))
    }

    @Test("aliases may repeat a value but not multiply without end")
    func aliases() {
        var bomb = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let last = "*a\(level - 1)"
            bomb += "b\(level): &a\(level) [\(last), \(last)]\n"
        }
        #expect(PaperFiles(texts: ["plant.yaml": bomb]).findings().first?.contains("unknown") == true)
        var large = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 { large += "b\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(
            PaperFiles(texts: ["plant.yaml": large]).findings()
                == ["plant.yaml:12:12: error: more than 20 aliases (*name); write the values out"]
        )
        let heavy = "a: &a [" + String(repeating: "x, ", count: 20_000) + "x]\nb: [*a, *a, *a, *a, *a, *a]\n"
        #expect(
            PaperFiles(texts: ["plant.yaml": heavy]).findings().first?.contains("more than 100000") == true
        )
    }

    @Test("an alias stands for all that it names, and what is wrong with it is told by both its places")
    func aliasContents() throws {
        let rules = """
            rules:
              - name: one
                topic: a/{asset}
                asset: "{asset}"
                readings: &all [{metric: t, value: $.t}, {metric: u, value: $.u, tags: {side: 左}}]
              - {name: two, topic: "b/{asset}", asset: "{asset}", readings: *all}
            """
        let settings = try PaperFiles.plant(
            gateway: "gateway: {id: &name plant-ota, site: *name, timezone: Asia/Tokyo}",
            rules: rules
        ).load()
        #expect(settings.gateway.site == "plant-ota")
        #expect(settings.rules.rules.count == 2)
        #expect(settings.rules.rules[0].readings == settings.rules.rules[1].readings)
        #expect(settings.rules.rules[1].readings.count == 2)
        let wrong = PaperFiles.plant(rules: rules.replacing("metric: u", with: "metrik: u")).findings()
        #expect(wrong.contains { $0.contains("rules[0].readings[1]") }, "\(wrong)")
        #expect(wrong.contains { $0.contains("rules[1].readings[1]") }, "\(wrong)")
    }

    @Test("what a file says cannot move the reader's terminal")
    func control() {
        let text = "\"\\e[2Jgate\\nway\": 1\n"
        let findings = PaperFiles(texts: ["plant.yaml": text]).findings()
        #expect(findings.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
        #expect(findings.contains { $0.contains("[2Jgate") })
    }
}
