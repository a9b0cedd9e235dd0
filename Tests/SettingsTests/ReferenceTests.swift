import Alerts
import Bus
import Disclosure
import Foundation
import Intake
import RingStore
import Settings
import Testing

/// The files under `config/`, as a stranger's clone has them.
enum ConfigFolder {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config").path()

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }
}

@Suite("The configurations that come with tsunagi")
struct ReferenceTests {
    @Test("the reference loads")
    func reference() throws {
        let settings = try Settings.load(path: ConfigFolder.path + "/tsunagi.yaml")
        #expect(settings.gateway == GatewayIdentity(id: "plant-ota", site: "ota", timezone: "Asia/Tokyo"))
        #expect(settings.store.budgetBytes == 8 << 30)
        #expect(settings.broker == .managed(ManagedChoice()))
        #expect(settings.rules.rules.map(\.name) == ["press", "shelf"])
        #expect(settings.agreements.map(\.id) == ["buyer-1-supply"])
        #expect(settings.deskSocket == settings.store.directory + "/tsunagi.sock")
        #expect(settings.log == .notice)
    }

    @Test("the quickstart loads, and knows every item that the recording holds")
    func quickstart() throws {
        // Its agreements are put where it looks for them when it is started.
        let disk = FileSource.disk
        let source = FileSource(read: disk.read) { _ in [] }
        let settings = try Settings.load(path: ConfigFolder.path + "/quickstart.yaml", from: source)
        #expect(settings.gateway.id == "quickstart")
        let tool = try #require(settings.rules.rules.first { $0.name == "machine-tool" })
        let recording = try ConfigFolder.text("recordings/mazak01-2019-03-14.txt")
        var items: Set<String> = []
        for line in recording.split(separator: "\n") { items.insert(String(line.split(separator: "|")[1])) }
        items = items.filter { !$0.hasSuffix("_cond") }
        #expect(Set(tool.names.keys) == items)
        let energy = try #require(settings.rules.rules.first { $0.name == "energy" })
        let header = try ConfigFolder.text("recordings/steel-2018-01.csv").split(separator: "\r\n")
            .flatMap { $0.split(separator: "\n") }.first
        let columns = try #require(header?.split(separator: ",").map(String.init))
        #expect(energy.options.columns?.dropFirst() == columns.dropFirst())
    }

    @Test("the recordings stay small and name nobody's programs")
    func recordings() throws {
        let folder = ConfigFolder.path + "/recordings"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["README.md", "mazak01-2019-03-14.txt", "steel-2018-01.csv"])
        let bytes = try names.map { try ConfigFolder.text("recordings/" + $0).utf8.count }
        #expect(bytes.reduce(0, +) < 300_000)
        #expect(!(try ConfigFolder.text("recordings/mazak01-2019-03-14.txt").contains("|program|")))
    }

    /// The reference's second part, without the # before each of its lines.
    private func everyOption() throws -> String {
        let text = try ConfigFolder.text("tsunagi.yaml")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let second = lines.drop { !$0.hasPrefix("## ---- Every option") }
        return second.filter { $0.hasPrefix("#") && !$0.hasPrefix("##") }.map { $0.dropFirst() }
            .joined(separator: "\n") + "\n"
    }

    @Test("the reference's every option is a configuration that loads")
    func options() throws {
        var files = PaperFiles(texts: ["plant.yaml": try everyOption()])
        for name in [
            "secrets/mqtt", "secrets/webhook", "tls/ca.pem", "tls/gateway.pem", "tls/gateway.key",
            "tls/board.pem", "tls/board.key", "keys/ota.json",
        ] {
            files.texts[name] = "paper\n"
        }
        files.texts["agreements/buyer-1.yaml"] = try ConfigFolder.text("agreements/buyer-1.yaml")
        let settings = try files.load()
        guard case .external(let broker) = settings.broker else {
            Issue.record("expected a broker of somebody else's")
            return
        }
        #expect(broker.address.description == "mqtts://broker.example:8883")
        #expect(broker.identity.password == "paper")
        #expect(settings.members.map(\.id) == ["plant-ota"])
        #expect(settings.members[0].broker?.identity.clientID == "tsunagi-plant-ota-at-plant-ota")
        #expect(settings.board?.certificateFile == "tls/board.pem" && settings.board?.asksLogin == true)
        #expect(settings.rules.rules.count { $0.preset == nil } == 8)
        #expect(settings.rules.rules.contains { $0.name == "hall-2/sensor" })
        #expect(settings.tests.map { $0.differences() } == [[], [], [], []])
        // What the comments call usual is what counts when nothing is written.
        let plain = try PaperFiles.plant(data: "data: {directory: ../data}").load()
        #expect(settings.store == plain.store)
        #expect(settings.deadLetterBytes == plain.deadLetterBytes)
        #expect(settings.deskSocket == plain.deskSocket)
        #expect(settings.log == plain.log)
        #expect(settings.rules.defaults == plain.rules.defaults)
        #expect(settings.rules.payloadBytesMax == plain.rules.payloadBytesMax)
        #expect(settings.rules.nestingMax == plain.rules.nestingMax)
        #expect(settings.rules.readingsPerMessageMax == plain.rules.readingsPerMessageMax)
        #expect(settings.rules.sparkplug == plain.rules.sparkplug)
        // The rules there that are named as the usual ones say what those say.
        let usual = settings.alerts.rules.filter { rule in
            plain.alerts.rules.contains { $0.name == rule.name }
        }
        #expect(usual.sorted { $0.name < $1.name } == plain.alerts.rules.sorted { $0.name < $1.name })
        #expect(settings.alerts.webhook?.description == "https://chat.example.jp:443")
    }

    @Test(
        "the reference names every key there is",
        arguments: [
            "zzzzzz: 1", "gateway: {zzzzzz: 1}", "data: {zzzzzz: 1}", "broker: {zzzzzz: 1}",
            "defaults: {zzzzzz: 1}",
            "limits: {zzzzzz: 1}", "desk: {zzzzzz: 1}", "log: {zzzzzz: 1}", "rules: [{zzzzzz: 1}]",
            "rules: [{readings: [{zzzzzz: 1}]}]", "rules: [{options: {zzzzzz: 1}}]",
            "rules: [{match: [{zzzzzz: 1}]}]",
            "rules: [{time: {zzzzzz: 1}}]", "sparkplug: {zzzzzz: 1}", "rules: [{value: {zzzzzz: 1}}]",
            "rules: [{when: {$.a: {zzzzzz: 1}}}]", "rules: [{preset: scale, zzzzzz: 1}]",
            "rules: [{preset: scale}]\ntests: [{zzzzzz: 1}]",
            "rules: [{preset: scale}]\ntests: [{expect: [{zzzzzz: 1}]}]",
            "rules: [{preset: scale}]\ntests: [{dead: [{zzzzzz: 1}]}]",
            "items: {ナット-M8: {zzzzzz: 1}}", "sites: {ota: {zzzzzz: 1}}", "machines: {press-1: {zzzzzz: 1}}",
            "shifts: [{zzzzzz: 1}]", "alerts: {zzzzzz: 1}", "alerts: {rules: [{zzzzzz: 1}]}",
            "alerts: {webhook: {zzzzzz: 1}}", "board: {zzzzzz: 1}", "board: {tls: {zzzzzz: 1}}",
        ]
    )
    func everyKey(probe: String) throws {
        let findings = PaperFiles(texts: ["plant.yaml": probe + "\n"]).findings()
        let finding = try #require(findings.first { $0.contains("key \"zzzzzz\" unknown") })
        let known = try #require(finding.split(separator: "known: ").last).split(separator: ", ")
        let text = try ConfigFolder.text("tsunagi.yaml")
        for key in known { #expect(text.contains("\(key):"), "\(key) is not in the reference") }
    }

    @Test("a file that is not there, a folder, a device: one clear line each")
    func disk() throws {
        func finding(_ path: String) -> String {
            do {
                _ = try Settings.load(path: path)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let none = ConfigFolder.path + "/none.yaml"
        #expect(finding(none) == "\(none): error: cannot be opened: No such file or directory")
        #expect(finding(ConfigFolder.path) == "\(ConfigFolder.path): error: is a directory, not a file")
        #expect(finding("/dev/null") == "/dev/null: error: is not a plain file")
    }
}
