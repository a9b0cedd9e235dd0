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
}
