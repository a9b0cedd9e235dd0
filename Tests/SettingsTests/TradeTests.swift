import Disclosure
import Foundation
import Settings
import Testing

@Suite("What partners' systems know items and sites by")
struct TradeTests {
    private static let numbers = """
        items:
          ボルト-M8: {lot: 5, gtin: "04900000000016", material: urn:uuid:7D6A1C52-3b0e-4a9f-9d51-0f2c6b8a4e10}
          座金: {epc_class: "urn:example:class:washer", material: {buyer-1: 0b6f3d2e-77a1-4d0c-9a52-1c4e8f6a9b33}}
        sites:
          ota: {bpns: BPNS0000000000WN, bpna: BPNA00000000009W, gln: "4900000000009"}
          神戸: {location: "https://example.com/places/kobe"}
        agreements: agreements/
        """

    private func plant(_ more: String, formats: String, measure: String = "stock") throws -> PaperFiles {
        var paper = PaperFiles.plant(more: more)
        let text = try ConfigFolder.text("agreements/buyer-1.yaml")
        let head = text.prefix(upTo: text.range(of: "grants:")?.lowerBound ?? text.startIndex)
        paper.texts["agreements/a.yaml"] =
            head + """
                grants:
                  - id: stock
                    measure: \(measure)
                    products: [ボルト-M8]
                    sites: [ota]
                    kind: own
                    aggregate: last
                    bucket: PT1M
                    delay: PT0S
                    precision: {mode: round, base: 10}
                    cadence: clock
                    \(formats)

                """
        return paper
    }

    @Test("numbers are read, each with its check")
    func loads() throws {
        let trade = try plant(TradeTests.numbers, formats: "formats: [tsunagi]").load().trade
        #expect(trade.items["ボルト-M8"]?.classURI == "https://id.gs1.org/01/04900000000016")
        #expect(trade.items["ボルト-M8"]?.material(for: "buyer-9") == "7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10")
        #expect(trade.items["座金"]?.material(for: "buyer-1") == "0b6f3d2e-77a1-4d0c-9a52-1c4e8f6a9b33")
        #expect(trade.items["座金"]?.material(for: "buyer-2") == nil)
        #expect(trade.items["座金"]?.classURI == "urn:example:class:washer")
        #expect(trade.sites["ota"]?.bpns == "BPNS0000000000WN")
        #expect(trade.sites["ota"]?.locationURI == "https://id.gs1.org/414/4900000000009")
        #expect(trade.sites["神戸"]?.locationURI == "https://example.com/places/kobe")
    }

    @Test("a grant in its partner's form is taken with its numbers, and refused at its line without them")
    func grants() throws {
        for formats in [
            "formats: [catenax]", "formats: [epcis]", "formats: [epcis]\n    cloudevents: structured",
        ] {
            let files = try plant(TradeTests.numbers, formats: formats)
            #expect(files.findings() == [])
            let grant = try #require(try files.load().agreements.first?.grants.first)
            #expect(grant.carriage == (formats.contains("structured") ? .structured : .properties))
        }
        let bare = try plant("agreements: agreements/", formats: "formats: [catenax]").findings()
        let text = try ConfigFolder.text("agreements/buyer-1.yaml")
        let first = text.prefix(upTo: text.range(of: "grants:")?.lowerBound ?? text.startIndex).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ).count
        #expect(bare.count == 2, "\(bare)")
        #expect(
            bare.first?.hasPrefix(
                "agreements/a.yaml:\(first + 3):15: error: grants[0].products \"ボルト-M8\" has no material number for buyer-1:"
            ) == true,
            "\(bare)"
        )
        #expect(
            bare.last
                == "agreements/a.yaml:\(first + 4):12: error: grants[0].sites \"ota\" has no bpns and no bpna:"
                + " write sites: {ota: {bpns: BPNS…, bpna: BPNA…}} in the configuration"
        )
        let two = try plant(TradeTests.numbers, formats: "formats: [catenax, epcis]").findings()
        #expect(two.count == 1 && two[0].contains("write a second grant for the other"), "\(two)")
        let none = try plant(TradeTests.numbers, formats: "formats: [epcis]", measure: "days-of-supply")
            .findings()
        #expect(none.count == 1 && none[0].contains("epcis has no words for days-of-supply"), "\(none)")
        let draft = try plant("agreements: agreements/", formats: "formats: [catenax]")
        var files = draft
        files.texts["agreements/a.yaml"] = draft.texts["agreements/a.yaml"]?
            .replacing("status: active", with: "status: draft")
        #expect(files.findings() == [], "a draft may say anything")
    }

    @Test(
        "what is no such number is refused where it stands",
        arguments: [
            ("items: {ボルト: {gtin: 4900000000016}}", "5:21: error: items.ボルト.gtin must be a text"),
            (
                "items: {ボルト: {gtin: \"4900000000017\"}}",
                "5:21: error: items.ボルト.gtin \"4900000000017\" is not a GTIN"
            ),
            ("items: {ボルト: {gtin: \"４900000000016\"}}", "5:21: error: items.ボルト.gtin"),
            ("items: {ボルト: {epc_class: ナット}}", "5:26: error: items.ボルト.epc_class \"ナット\" is no absolute URI"),
            (
                "items: {ボルト: {epc_class: \"urn:a b\"}}",
                "5:26: error: items.ボルト.epc_class \"urn:a b\" is no absolute"
            ),
            (
                "items: {ボルト: {gtin: \"22088529\", epc_class: \"urn:a\"}}",
                "5:44: error: items.ボルト.epc_class stands beside a gtin"
            ),
            ("items: {ボルト: {material: M-4711}}", "5:25: error: items.ボルト.material \"M-4711\" is no UUID"),
            ("items: {ボルト: {material: {b: 1-2}}}", "5:29: error: items.ボルト.material.b \"1-2\" is no UUID"),
            (
                "sites: {ota: {bpns: BPNL0000000000WN}}",
                "5:21: error: sites.ota.bpns \"BPNL0000000000WN\" is no business"
            ),
            (
                "sites: {ota: {bpna: BPNA1}}",
                "5:21: error: sites.ota.bpna \"BPNA1\" is no business partner number"
            ),
            (
                "sites: {ota: {gln: \"4900000000008\"}}",
                "5:20: error: sites.ota.gln \"4900000000008\" is not a GLN"
            ),
            (
                "sites: {ota: {glm: x}}",
                "5:15: error: key \"glm\" unknown in sites.ota (did you mean \"gln\"?)"
            ),
            (
                "sites: {ota: {gln: \"4900000000009\", location: \"urn:a\"}}",
                "5:47: error: sites.ota.location stands beside a gln"
            ),
        ]
    )
    func refused(section: String, finding: String) {
        let findings = PaperFiles.plant(more: section).findings()
        #expect(findings.count == 1 && findings[0].hasPrefix("plant.yaml:\(finding)"), "\(findings)")
    }

    @Test("a partner number with the wrong check characters is warned of, as many in use have them")
    func warned() throws {
        let warnings = try PaperFiles.plant(more: "sites: {ota: {bpns: BPNS0000000000WM}}").load().warnings
        #expect(
            warnings.map(\.description) == [
                "plant.yaml:5:21: warning: sites.ota.bpns BPNS0000000000WM fails its check characters,"
                    + " as many in use do; is a character mistyped?"
            ]
        )
    }
}
