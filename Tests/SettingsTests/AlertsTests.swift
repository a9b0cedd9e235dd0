import Alerts
import Foundation
import Plant
import Readings
import Settings
import Testing

@Suite("When somebody is to be told")
struct AlertsTests {
    @Test(
        "without a word the usual alerts stand; a rule of the same name takes one's place, off takes one away"
    )
    func loads() throws {
        #expect(try PaperFiles.plant().load().alerts == AlertOptions())
        let settings = try PaperFiles.plant(
            more: """
                items: {ボルト-M8: {reorder_point: 50}}
                alerts:
                  off: [clock-skew]
                  rules:
                    - {name: disk, kind: disk, below: 2 GiB}
                    - {name: bolts, kind: low_stock, of: ["ota/ボルト-*", kobe], below: 50, clear: 60, for: 5m, keep: 0s}
                    - {name: cover, kind: low_cover, below: 36h}
                  webhook: http://127.0.0.1:8080/a?b=1
                """
        ).load()
        let rules = settings.alerts.rules
        #expect(settings.plant.items["ボルト-M8"]?.reorderPoint == 50)
        #expect(
            rules.map(\.name) == [
                "low-stock", "low-cover", "source-silent", "feed-late", "link-down", "certificate", "disk",
                "bolts", "cover",
            ]
        )
        #expect(rules.first { $0.name == "disk" } == AlertRule("disk", .disk, limit: Double(2 << 30)))
        var bolts = AlertRule("bolts", .lowStock, limit: 50)
        bolts.subjects = [PathGlob("ota/ボルト-*"), PathGlob("kobe")]
        (bolts.clear, bolts.forMs, bolts.keepMs) = (60, 300_000, 0)
        #expect(rules.first { $0.name == "bolts" } == bolts)
        #expect(rules.last?.limit == 1.5 * 86_400_000)
        #expect(
            settings.alerts.webhook
                == WebhookOptions(isSecure: false, host: "127.0.0.1", port: 8080, path: "/a?b=1")
        )
    }

    @Test(
        "a webhook's token comes from a file that nobody else can read, and neither it nor the path is ever told"
    )
    func webhook() throws {
        var files = PaperFiles.plant(
            more:
                "alerts: {webhook: {url: \"https://hooks.example.jp/T0/secret\", token_file: secrets/t, language: ja}}"
        )
        files.texts["secrets/t"] = "geheim-1\n"
        let webhook = try #require(try files.load().alerts.webhook)
        #expect(webhook.token == "geheim-1" && webhook.path == "/T0/secret" && webhook.language == .ja)
        #expect("\(webhook)" == "https://hooks.example.jp:443")
        files.modes["secrets/t"] = 0o644
        #expect(
            files.findings() == [
                "plant.yaml:5:75: error: alerts.webhook.token_file secrets/t can be read by others (mode 644); "
                    + "run: chmod 600 secrets/t"
            ]
        )
        files.modes = [:]
        files.texts["secrets/t"] = "two words\n"
        #expect(files.findings().first?.contains("whose first line is no token") == true)
    }

    @Test("the README's alerts are ones that the daemon takes")
    func readme() throws {
        let text = try String(contentsOfFile: ConfigFolder.path + "/../README.md", encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```yaml\nalerts:").dropFirst().first)
        var files = PaperFiles.plant(more: "alerts:" + block.components(separatedBy: "```")[0])
        files.texts["secrets/webhook"] = "paper\n"
        #expect(try files.load().alerts.rules.suffix(2).map(\.name) == ["screws-low", "press-stopped"])
    }

    @Test(
        "what is wrong is refused where it stands",
        arguments: [
            (
                "alerts: {rules: [{name: low, kind: low_stok, below: 1}]}",
                "5:36: error: alerts.rules[0].kind \"low_stok\" unknown (did you mean \"low_stock\"?)"
            ),
            (
                "alerts: {rules: [{name: low, kind: low_stock, above: 1}]}",
                "5:54: error: alerts.rules[0].above does not go with kind: low_stock, which goes by below:"
            ),
            (
                "alerts: {rules: [{name: stop, kind: machine_stopped}]}",
                "5:18: error: alerts.rules[0] needs above:, e.g. above: 10m"
            ),
            (
                "alerts: {rules: [{name: stop, kind: machine_stopped, above: 10}]}",
                "5:61: error: alerts.rules[0].above must be a span of time such as 90s, 15m, 2h or 3d, a year at most, "
                    + "not the number 10"
            ),
            (
                "alerts: {rules: [{name: low, kind: low_stock, below: 50, clear: 40}]}",
                "5:65: error: alerts.rules[0].clear lies on the bad side of below: it would never be over"
            ),
            (
                "alerts: {rules: [{name: low, kind: low_stock, clear: 40}]}",
                "5:54: error: alerts.rules[0].clear needs a below: beside it"
            ),
            (
                "alerts: {rules: [{name: Low, kind: low_stock}]}",
                "5:25: error: alerts.rules[0].name \"Low\" is no id: 1 to 64 characters of a-z, 0-9 and -"
            ),
            (
                "alerts: {rules: [{name: a, kind: low_stock}, {name: a, kind: low_cover}]}",
                "5:53: error: alerts.rules[1].name is already that of the alert in line 5"
            ),
            (
                "alerts: {off: [diskk]}",
                "5:16: error: alerts.off[0] \"diskk\" is none of the usual alerts (did you mean \"disk\"?)"
            ),
            (
                "alerts: {webhook: \"ftp://x/y\"}",
                "5:19: error: alerts.webhook must be an http:// or https:// URL, e.g. https://chat.example.jp/hooks/alerts"
            ),
            (
                "alerts: {webhook: \"https://a:b@x/y\"}",
                "5:19: error: alerts.webhook has no place for a password; write it to a file and name that as token_file:"
            ),
            (
                "alerts: {webhook: \"http://x:99999/\"}",
                "5:19: error: alerts.webhook port \"99999\" is none: expected 1 … 65535"
            ),
            (
                "alerts: {rule: []}",
                "5:10: error: key \"rule\" unknown in alerts (did you mean \"rules\"?)"
            ),
        ]
    )
    func refused(_ section: String, _ finding: String) {
        #expect(PaperFiles.plant(more: section).findings() == ["plant.yaml:\(finding)"])
    }
}
