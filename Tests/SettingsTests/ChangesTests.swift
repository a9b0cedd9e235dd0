import Disclosure
import Intake
import Settings
import Testing

@Suite("What another configuration says otherwise")
struct ChangesTests {
    private let press = "{name: press, topic: \"line1/{asset}\", readings: [{metric: 温度, value: $.t}]}"
    private let shelf = "{name: 棚, topic: [a/x, a/y], readings: [{metric: n, value: $.n}]}"

    private func plant(_ rules: [String], more: String = "", data: String = "data: {directory: data}") throws
        -> Settings
    {
        let lines = rules.map { "  - \($0)" }.joined(separator: "\n")
        return try PaperFiles.plant(data: data, rules: "rules:\n" + lines, more: more).load()
    }

    private func said(_ old: Settings, _ new: Settings) -> [String] {
        old.changes(to: new).lines.map { "\($0.sign.rawValue) \($0.part) \($0.name)" }
    }

    @Test("rules that came, went, changed, and stayed")
    func rules() throws {
        let old = try plant([press, shelf, "{name: rest, topic: r, ignore: true}"])
        let changed = shelf.replacing("a/y", with: "a/z")
        let new = try plant([press, changed, "{preset: scale}"])
        #expect(said(old, new) == ["~ rule 棚", "+ rule scale/line", "- rule rest"])
        #expect(old.changes(to: new).rulesUnchanged == 1)
        #expect(said(old, old) == [])
        #expect(old.changes(to: old).rulesUnchanged == 3)
        let turned = try plant([shelf, press, "{name: rest, topic: r, ignore: true}"])
        #expect(said(old, turned) == ["~ order of the rules "])
    }

    @Test("defaults and limits, the gateway's site and zone among them")
    func defaults() throws {
        let old = try plant([press])
        let new = try plant([press], more: "defaults: {max_ahead_s: 60}\nlimits: {nesting: 8}")
        #expect(said(old, new) == ["~ defaults ", "~ limits "])
        var moved = old
        moved.rules.defaults.site = "大田"
        #expect(said(old, moved) == ["~ defaults "])
    }

    @Test("what is said of items and machines is gone by at once")
    func items() throws {
        let old = try plant([press])
        let new = try plant([press], more: "items: {ボルト-M8: {lot: 5}}")
        #expect(said(old, new) == ["~ items, containers, machines, shifts or holidays "])
        #expect(old.changes(to: new).restart == [])
        #expect(old.adopting(new).plant == new.plant)
    }

    @Test("what partners know items and sites by is gone by at once")
    func trade() throws {
        let old = try plant([press])
        let new = try plant([press], more: "sites: {大田: {gln: \"4900000000009\"}}")
        #expect(said(old, new) == ["~ what partners know items and sites by "])
        #expect(old.adopting(new).trade.sites.count == 1)
    }

    @Test("what only a restart applies is named, and stays as it was")
    func restart() throws {
        let old = try plant([press])
        let more = "log: {level: debug}\ndesk: {socket: other.sock}\nsparkplug: {reorder_timeout_s: 5}"
        var new = try plant([press, shelf], more: more, data: "data: {directory: data, budget: 1 GiB}")
        new.gateway.id = "other"
        #expect(old.changes(to: new).restart == ["gateway.id", "data", "sparkplug", "desk", "log"])
        let adopted = old.adopting(new)
        #expect(adopted.rules.rules == new.rules.rules)
        #expect(old.changes(to: adopted).restart == [])
    }
}
