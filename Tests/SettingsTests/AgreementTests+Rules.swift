import Disclosure
import Foundation
import Readings
import Settings
import Testing

/// What the rules say of agreements that are well-formed.
extension AgreementTests {
    @Test("what a rule refuses is told at its line, and what somebody should look at is a warning")
    func rules() throws {
        let text = try ConfigFolder.text("agreements/buyer-1.yaml")
        let hub = text.replacing("relationship: customer", with: "relationship: hub")
            .replacing("precision: {mode: round, base: 10}", with: "precision: {mode: exact}")
        let findings = plant(["a.yaml": hub]).findings()
        #expect(findings.count == 1)
        #expect(
            findings.first?.hasPrefix(
                "agreements/a.yaml:18:16: error: S05: grants[0].precision exact is for customers"
            )
                == true,
            "\(findings)"
        )
        let warnings = try plant(["a.yaml": text]).load().warnings
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.description.hasPrefix(
                "agreements/a.yaml:18:16: warning: S14: grants[0].precision"
            ) == true,
            "\(warnings)"
        )
    }

    @Test("an agreement that is over is refused by who asks with a clock, and lets nothing out by itself")
    func over() throws {
        let files = plant(["a.yaml": try ConfigFolder.text("agreements/buyer-1.yaml")])
        let agreement = try #require(try files.load().agreements.first)
        #expect(throws: SettingsFailures.self) {
            try Settings.load(path: "plant.yaml", from: files.source, now: agreement.validity.notAfter)
        }
        let before = agreement.validity.notAfter.advanced(byMs: -1)
        _ = try Settings.load(path: "plant.yaml", from: files.source, now: before)
    }

    @Test("recipients of Sparkplug feeds are counted: each is a connection")
    func sparkplugRecipients() throws {
        func files(_ count: Int) -> [String: String] {
            var files: [String: String] = [:]
            for number in 1...count {
                files["\(number).yaml"] = """
                    id: agr-\(number)
                    version: 1
                    status: active
                    provider: {id: plant-ota}
                    recipient: {id: buyer-\(number), relationship: customer}
                    purpose: supply-assurance
                    validity: {notBefore: 2026-04-01T00:00:00+09:00, notAfter: 2027-04-01T00:00:00+09:00}
                    grants:
                      - {id: g, measure: stock, products: [ボルト-M8], sites: [x], kind: own, aggregate: last,
                         bucket: PT1M, delay: PT0S, precision: {mode: exact}, cadence: clock, formats: [sparkplug]}
                    """
            }
            return files
        }
        #expect(plant(files(200)).findings().isEmpty)
        let findings = plant(files(201)).findings()
        #expect(findings.count == 1 && findings[0].contains("201 recipients of Sparkplug feeds: at most 200"))
    }
}
