import Intake
import Settings
import Testing

@Suite("The Sparkplug part")
struct SparkplugTests {
    private func paper(_ text: String) -> PaperFiles {
        PaperFiles.plant(more: "sparkplug: \(text)")
    }

    @Test("a host that speaks, and what is usual")
    func loads() throws {
        let text = "{host_id: 諏訪 1, role: primary, reorder_timeout_s: 0.5, rebirth_min_s: 10}"
        let options = try paper(text).load().rules.sparkplug
        #expect(options.hostID == "諏訪 1" && options.role == .primary)
        #expect(options.reorderTimeoutMs == 500 && options.rebirthMinMs == 10_000)
        #expect(try PaperFiles.plant().load().rules.sparkplug == SparkplugOptions())
        #expect(SparkplugOptions().role == .passive)
    }

    @Test(
        "wrong values are refused where they stand",
        arguments: [
            (
                "{role: activ, host_id: A}",
                "5:19: error: sparkplug.role \"activ\" unknown (did you mean \"active\"?)"
            ),
            (
                "{role: active}",
                "5:12: error: sparkplug names no host_id: a host that speaks needs one that no other host of the broker has"
            ),
            (
                "{host_id: a/b}",
                "5:22: error: sparkplug.host_id \"a/b\" is no host id: one topic level of at most 64 bytes, without + # /"
            ),
            (
                "{reorder_timeout_s: 61}",
                "5:32: error: sparkplug.reorder_timeout_s is 61.0: expected 0 … 60 seconds"
            ),
            ("{rebirth_min_s: 0}", "5:28: error: sparkplug.rebirth_min_s is 0.0: expected 1 … 3600 seconds"),
            (
                "{host: A}",
                "5:13: error: key \"host\" unknown in sparkplug (did you mean \"host_id\"?)"
            ),
        ]
    )
    func refused(text: String, finding: String) {
        #expect(paper(text).findings() == ["plant.yaml:\(finding)"])
    }

    @Test("a rule of format sparkplug needs nothing but its topic")
    func rule() throws {
        let files = PaperFiles.plant(
            rules: "rules:\n  - {name: spb, topic: \"spBv1.0/{group}/{type}/{node}/#\", format: sparkplug}"
        )
        #expect(files.findings() == [])
    }
}
