import Foundation
import Intake
import Settings
import Testing

@Suite("The presets that come with tsunagi")
struct PresetTests {
    @Test("the program carries what lies under config/presets, to the letter")
    func carried() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ConfigFolder.path + "/presets")
        #expect(files.sorted() == Presets.names.map { $0 + ".yaml" }.sorted())
        for name in Presets.names {
            #expect(Presets.text(of: name) == (try ConfigFolder.text("presets/\(name).yaml")))
        }
    }

    @Test("a preset's own tests come out, each of its rules takes a message", arguments: Presets.names)
    func tests(name: String) throws {
        let preset = try #require(try RulesFile.preset(name))
        for test in preset.tests {
            let differences = test.differences()
            #expect(differences.isEmpty, "\(name).yaml:\(test.line) \(test.name): \(differences)")
        }
        #expect(preset.tests.contains { !$0.expect.isEmpty })
    }

    @Test(
        "a plant takes a preset over by its name, and says only what is otherwise",
        arguments: Presets.names
    )
    func taken(name: String) throws {
        let settings = try PaperFiles.plant(rules: "rules: [{preset: \(name)}]").load()
        #expect(!settings.rules.rules.isEmpty)
        #expect(settings.rules.rules.allSatisfy { $0.name.hasPrefix("\(name)/") && $0.preset == name })
    }

    @Test("site, zone, base, names and tags are the plant's")
    func overrides() throws {
        let files = PaperFiles.plant(
            rules: """
                tables: {shelves: {a1: 棚A}}
                rules:
                  - {name: own, topic: own/x, ignore: true}
                  - preset: zigbee2mqtt
                    name: 第二
                    base: hall2/z2m
                    site: 第二工場
                    timezone: UTC
                    asset_table: shelves
                    tags: {hall: "2"}
                    unnamed: drop
                    names: {temperature: {metric: 室温, unit: ℃}, soil: wet}
                """
        )
        let rules = try files.load().rules.rules
        #expect(rules[0].name == "own")
        let device = try #require(rules.first { $0.name == "第二/device" })
        #expect(device.topic == "hall2/z2m/{asset*}")
        #expect(device.common.site == Expression("第二工場"))
        #expect(device.common.asset == Expression("{asset}", map: ["a1": "棚A"]))
        #expect(device.common.tags == ["hall": "2"])
        #expect(device.timezone == "UTC")
        #expect(device.unnamed == .drop)
        #expect(device.names["temperature"]?.metric == "室温")
        #expect(device.names["soil"]?.metric == "wet")
        #expect(device.names["humidity"]?.metric == "humidity")
    }

    @Test("a rule before a preset takes what it wants of it; a preset of which nothing is left is a mistake")
    func order() throws {
        let own =
            "{name: own, topic: \"tele/{asset}/SENSOR\", asset: \"{asset}\", readings: [{metric: m, value: $}]}"
        let left = PaperFiles.plant(rules: "rules:\n  - \(own)\n  - {preset: tasmota}")
        #expect(left.findings() == [])
        let all = PaperFiles.plant(
            rules: "rules:\n  - {name: all, topic: \"#\", ignore: true}\n  - {preset: scale}"
        )
        #expect(
            all.findings() == [
                "plant.yaml:6:5: error: preset scale: nothing of preset scale is ever reached; scale/{asset} is never"
                    + " reached: rule all (#) stands before it, takes all its topics and has no when"
            ]
        )
        let after = PaperFiles.plant(
            rules: "rules:\n  - {preset: umh}\n  - {name: mine, topic: umh/v1/a, ignore: true}"
        )
        #expect(after.findings().count == 1)
        #expect(
            after.findings().first?.hasPrefix(
                "plant.yaml:6:25: error: umh/v1/a is never reached: rule umh/rest"
            ) == true
        )
    }

    @Test(
        "what is wrong with an entry is told where it stands",
        arguments: [
            (
                "{preset: tasmotta}",
                "plant.yaml:5:14: error: rules[0].preset \"tasmotta\" is no preset (did you mean \"tasmota\"?);"
                    + " a file of your own ends in .yaml"
            ),
            (
                "{preset: tasmota, sit: ota}",
                "plant.yaml:5:23: error: key \"sit\" unknown in rules[0] (did you mean \"site\"?)"
            ),
            (
                "{preset: tasmota, base: a/#}",
                "plant.yaml:5:29: error: rules[0].base \"a/#\" is no beginning of a topic:"
                    + " levels without # and without a / at the ends"
            ),
            (
                "{preset: tasmota, names: {X: {metric: x, unit: gal}}}",
                "plant.yaml:5:52: error: gal has several meanings: gallon or Gal; write the one that is meant"
            ),
            (
                "{preset: tasmota, asset: \"{device}\"}",
                "plant.yaml:5:30: error: {device} is no capture: there are {asset}"
            ),
            (
                "{preset: tasmota, asset_table: devices}",
                "plant.yaml:5:36: error: rules[0].asset_table \"devices\" is no table under tables:"
            ),
            (
                "{preset: 工場.yaml}",
                "工場.yaml: error: cannot be opened: no such paper"
            ),
        ]
    )
    func wrong(entry: String, finding: String) {
        #expect(PaperFiles.plant(rules: "rules:\n  - \(entry)").findings() == [finding])
    }

    @Test("the same preset twice needs two names")
    func twice() {
        let files = PaperFiles.plant(rules: "rules:\n  - {preset: scale}\n  - {preset: scale, base: b}")
        #expect(
            files.findings() == [
                "plant.yaml:6:14: error: rules[1].preset \"scale\" is already that of the rule in line 5"
            ]
        )
        let named = PaperFiles.plant(
            rules: "rules:\n  - {preset: scale}\n  - {preset: scale, name: b, base: b}"
        )
        #expect(named.findings() == [])
    }

    @Test("a file of the plant's own is taken over as a preset is, and blamed by its own lines")
    func ownFile() throws {
        var files = PaperFiles.plant(rules: "rules: [{preset: shared/press.yaml, site: ota}]")
        files.texts["shared/press.yaml"] = """
            base: line1
            defaults: {timezone: UTC}
            rules:
              - {name: press, topic: "{asset}/status", asset: "{asset}", readings: [{metric: 温度, value: $.t, unit: ℃}]}
            """
        let rule = try #require(try files.load().rules.rules.first)
        #expect(rule.name == "press/press")
        #expect(rule.topic == "line1/{asset}/status")
        #expect(rule.timezone == "UTC")
        #expect(rule.common.site == Expression("ota"))
        files.texts["shared/press.yaml"]? =
            "rules:\n  - {name: a, topic: x, readings: [{metric: m, value: $, unit: gal}]}"
        #expect(files.findings().first?.hasPrefix("shared/press.yaml:2:64: error: gal has several") == true)
        files.texts["shared/press.yaml"]? = "rules: [{preset: tasmota}]"
        #expect(
            files.findings().first?.hasPrefix("shared/press.yaml:1:18: error: rules[0].preset takes over")
                == true
        )
    }
}
