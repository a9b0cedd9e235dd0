import Intake
import Readings
import Settings
import Testing

@Suite("The rules' part")
struct RulesTests {
    private func rules(_ text: String) -> PaperFiles {
        PaperFiles.plant(rules: "rules:\n" + text)
    }

    @Test(
        "wrong rules are refused where they are wrong",
        arguments: [
            (
                "  - {name: a, topik: x}",
                [
                    "plant.yaml:5:5: error: key \"topic\" is missing in rules[0],"
                        + " e.g. topic: \"sensors/{asset}/temperature\"",
                    "plant.yaml:5:15: error: key \"topik\" unknown in rules[0] (did you mean \"topic\"?)",
                ]
            ),
            (
                "  - {name: a, topic: x, readings: [{metric: t, value: $, kind: gage}]}",
                [
                    "plant.yaml:5:64: error: rules[0].readings[0].kind \"gage\" unknown (did you mean \"gauge\"?)"
                ]
            ),
            (
                "  - {name: a, topic: x, when: {$.type: []}}",
                [
                    "plant.yaml:5:40: error: rules[0].when.$.type is empty:"
                        + " nothing would ever match; name at least one value"
                ]
            ),
            (
                "  - {name: a, topic: x, format: xml}",
                [
                    "plant.yaml:5:33: error: rules[0].format \"xml\" unknown;"
                        + " known: json, jsonl, value, csv, influx, senml, cbor, senml-cbor, sparkplug"
                ]
            ),
            (
                "  - {name: a, topic: x, format: senml-cbr}",
                [
                    "plant.yaml:5:33: error: rules[0].format \"senml-cbr\" unknown (did you mean \"senml-cbor\"?)"
                ]
            ),
            (
                "  - {name: a, topic: x}\n  - {name: a, topic: y}",
                ["plant.yaml:6:12: error: rules[1].name \"a\" is already that of the rule in line 5"]
            ),
            (
                "  - {name: a, topic: x, ignore: yes}",
                ["plant.yaml:5:33: error: rules[0].ignore must be true or false, not the text \"yes\""]
            ),
            (
                "  - {name: a, topic: x, readings: [{metric: t, value: $, range: [5, 1]}]}",
                [
                    "plant.yaml:5:65: error: rules[0].readings[0].range goes down: the lowest value stands first"
                ]
            ),
            (
                "  - {name: a, topic: x, readings: [{metric: t, value: $, range: [5]}]}",
                [
                    "plant.yaml:5:65: error: rules[0].readings[0].range has 1 items:"
                        + " expected the lowest and the highest value, e.g. [0, 50]"
                ]
            ),
            (
                "  - {name: a, topic: x, asset: s, asset_table: shelfs}",
                [
                    "plant.yaml:5:48: error: rules[0].asset_table \"shelfs\" is no table under tables: (did you mean \"shelves\"?)"
                ]
            ),
            (
                "  - {name: a, topic: x, time: {path: $.t, zome: Asia/Tokyo}}",
                ["plant.yaml:5:43: error: key \"zome\" unknown in rules[0].time (did you mean \"zone\"?)"]
            ),
            (
                "  - {name: a, topic: x, names: {温度: {metrik: t}}}",
                [
                    "plant.yaml:5:38: error: key \"metrik\" unknown in rules[0].names.温度 (did you mean \"metric\"?)"
                ]
            ),
            (
                "  - {name: a, topic: x, match: [{path: $}]}",
                [
                    "plant.yaml:5:33: error: key \"regex\" is missing in rules[0].match[0],"
                        + " e.g. regex: \"^(?<item>[A-Z]+)$\""
                ]
            ),
            (
                "  - {name: a, topic: x, readings: [{metric: t, value: {path: $.v, map: [1]}}]}",
                [
                    "plant.yaml:5:72: error: rules[0].readings[0].value.map must be a table of keys and values, not a list"
                ]
            ),
        ]
    )
    func wrong(text: String, findings: [String]) {
        var files = rules(text)
        files.texts["plant.yaml"]? += "tables: {shelves: {0101: 棚A}}\n"
        #expect(files.findings() == findings)
    }

    @Test("every format has its word", arguments: PayloadFormat.allCases)
    func formats(format: PayloadFormat) throws {
        let text = "  - {name: a, topic: x, format: \(format.rawValue), readings: [{metric: t, value: $}]}"
        #expect(try rules(text).load().rules.rules.map(\.format) == [format])
    }

    @Test("a rule without any topic is a mistake")
    func noTopics() {
        #expect(
            rules("  - {name: a, topic: []}").findings().contains(
                "plant.yaml:5:22: error: rules[0].topic is empty: name at least one topic"
            )
        )
    }

    @Test("no rules at all is a mistake")
    func none() {
        let empty = PaperFiles.plant(rules: "rules: []").findings()
        #expect(empty == ["plant.yaml:4:8: error: rules is empty: without a rule nothing is taken in"])
        let missing = PaperFiles.plant(rules: "").findings()
        #expect(missing.count == 1)
        #expect(
            missing.first?.hasPrefix("plant.yaml:1:1: error: key \"rules\" is missing, e.g. rules: [{")
                == true
        )
    }

    @Test("a rule carries all that was written")
    func whole() throws {
        let text = """
              - name: ねじ
                topic: ["a/{asset}", "b/{asset}/#"]
                when: {$.type: [in, 1], $.id: exists, $.word: "exists", $.old: missing, $.x: {regex: "^a"}}
                format: csv
                options: {encoding: cp932, delimiter: "\\t", columns: [日時, 値]}
                each: leaves($)
                match: [{path: $, regex: "^(?<x>.)$"}]
                skip: debug
                timezone: "+09:00"
                unnamed: dead
                asset: "{asset}"
                asset_table: shelves
                null_if: NA
                map: {on: true, 01: off}
                names: {T1: {metric: mass, unit: ㎏}, H1: humidity}
                readings:
                  - metric: "{key}"
                    value: {path: ["@.v", "@"], default: null}
                    when: {"@.v": exists}
                    scale: 0.1
                    offset: -28
                    round: 2
                    range: [-1, 5.5]
                    kind: delta
                    id: $.id
                    type: number
                    to: kg
                    unit: {path: $.u, map: {K: kg}, default: 1}
                    quality: {path: "@.e", scale: error}
                    time: {path: [$.a, $.b], format: s, zone: Asia/Tokyo}
                    optional: true
                    tags: {lot: "{x}"}
            """
        var files = rules(text)
        files.texts["plant.yaml"]? += "tables: {shelves: {0101: 棚A}}\n"
        let set = try files.load().rules
        #expect(set.rules.map(\.topic) == ["a/{asset}", "b/{asset}/#"])
        #expect(set.defaults.site == "ota")
        #expect(set.defaults.timezone == "Asia/Tokyo")
        let rule = set.rules[1]
        #expect(rule.name == "ねじ")
        #expect(
            rule.when == [
                "$.type": .oneOf(["in", "1"]), "$.id": .exists, "$.word": .oneOf(["exists"]),
                "$.old": .missing, "$.x": .like("^a"),
            ]
        )
        #expect(rule.format == .csv)
        #expect(rule.options.encoding == .cp932)
        #expect(rule.options.delimiter == "\t")
        #expect(rule.options.columns == ["日時", "値"])
        #expect(rule.each == ["leaves($)"])
        #expect(rule.skip == ["debug"])
        #expect(rule.timezone == "+09:00")
        #expect(rule.unnamed == .dead)
        #expect(rule.common.asset == Expression("{asset}", map: ["0101": "棚A"]))
        #expect(rule.common.nullIf == ["NA"])
        #expect(rule.common.map == ["on": "true", "01": "off"])
        #expect(rule.names["T1"]?.unit == Expression("㎏"))
        #expect(rule.names["H1"]?.metric == "humidity")
        let reading = rule.readings[0]
        var value = Expression("@.v", fallback: "null")
        value.others = ["@"]
        #expect(reading.value == value)
        #expect(reading.when == ["@.v": .exists])
        #expect(reading.scale == Expression("0.1"))
        #expect(reading.offset == "-28")
        #expect(reading.round == 2)
        #expect(reading.range == -1...5.5)
        #expect(reading.kind == .delta)
        #expect(reading.unit == Expression("$.u", fallback: "1", map: ["K": "kg"]))
        #expect(reading.quality == Expression("@.e", scale: "error"))
        #expect(reading.time == TimeOptions(paths: ["$.a", "$.b"], format: "s", zone: "Asia/Tokyo"))
        #expect(reading.optional == true)
        #expect(reading.tags == ["lot": "{x}"])
    }

    @Test("the rules' own defaults stand before the gateway's, and limits are taken over")
    func defaults() throws {
        let files = PaperFiles.plant(
            more: "defaults: {site: 東大阪, max_ahead_s: 60, max_behind_s: 3600}\n"
                + "limits: {payload: 64 KiB, nesting: 8, readings_per_message: 100}"
        )
        let set = try files.load().rules
        #expect(set.defaults.site == "東大阪")
        #expect(set.defaults.timezone == "Asia/Tokyo")
        #expect(set.defaults.maxAheadSeconds == 60)
        #expect(set.defaults.maxBehindSeconds == 3600)
        #expect(set.payloadBytesMax == 65_536)
        #expect(set.nestingMax == 8)
        #expect(set.readingsPerMessageMax == 100)
    }

    @Test("what the rules' room finds stands at its line")
    func compiled() {
        let first = "  - {name: a, topic: [x, \"y/#/z\"], readings: [{metric: t, value: $}]}\n"
        let second = "  - name: b\n    topic: \"z/#/z\"\n    readings: [{metric: t, value: $}]"
        let findings = rules(first + second).findings()
        #expect(findings.count == 2, "\(findings)")
        #expect(findings.first?.hasPrefix("plant.yaml:5:26: error: ") == true, "\(findings)")
        #expect(findings.last?.hasPrefix("plant.yaml:7:12: error: ") == true, "\(findings)")
    }
}
