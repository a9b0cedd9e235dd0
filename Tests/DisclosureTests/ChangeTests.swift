import Disclosure
import Readings
import Testing

@Suite("S20: what a change lets out is shown before it is applied")
struct ChangeTests {
    private let old = Agreement.example()

    private func effects(_ change: (inout Agreement) -> Void) -> [String] {
        AgreementChange.changes(from: [old], to: [old.with(change)]).map { change in
            "\(change.effect.rawValue) \(change.text.prefix { $0 != " " })"
        }
    }

    @Test("one product more widens, one fewer narrows, a sooner or finer release widens")
    func members() {
        #expect(effects { _ in } == [])
        #expect(effects { $0.version = 2 } == [])
        #expect(effects { $0.grants[0].products.append("ナット-M8") } == ["widens products"])
        #expect(effects { $0.grants[0].products = ["ナット-M8"] } == ["widens products", "narrows products"])
        #expect(effects { $0.grants[0].sites.append("kobe") } == ["widens sites"])
        #expect(effects { $0.grants[0].delay = Period(milliseconds: 60_000) } == ["narrows delay"])
        #expect(effects { $0.grants[0].bucket = .minute } == ["widens bucket"])
        #expect(effects { $0.grants[0].precision = .round(base: 10) } == ["narrows precision"])
        #expect(effects { $0.grants[0].aggregate = .mean } == ["widens aggregate"])
        #expect(effects { $0.grants[0].historyBuckets = 5 } == ["widens historyBuckets"])
        #expect(
            effects { $0.validity.notAfter = $0.validity.notAfter.advanced(byMs: 1000) } == ["widens ends"]
        )
        #expect(effects { $0.grants[0].formats = [.epcis] } == ["widens form"])
        #expect(effects { $0.grants[0].disclosure.minContributors = 3 } == ["widens its"])
    }

    @Test("a new agreement newly leaves, an ended one stops, another recipient is both")
    func agreements() {
        let new = Agreement.example("agr-2", recipient: "buyer-2")
        let added = AgreementChange.changes(from: [old], to: [old, new])
        #expect(
            added.map(\.description).first?.hasPrefix("+ buyer-2 agr-2/g-1: newly leaves: stock of") == true
        )
        let ended = AgreementChange.changes(from: [old], to: [old.with { $0.status = .suspended }])
        #expect(ended.map(\.effect) == [.narrows])
        let moved = AgreementChange.changes(from: [old], to: [old.with { $0.recipient.id = "buyer-2" }])
        #expect(moved.map { "\($0.partner) \($0.effect.rawValue)" } == ["buyer-1 narrows", "buyer-2 widens"])
    }

    @Test("coarser by nested edges narrows, other edges widen")
    func edges() {
        let bands = old.with { $0.grants[0].precision = .band(edges: [0, 100, 200]) }
        func effect(_ precision: Precision) -> [AgreementChange.Effect] {
            AgreementChange.changes(from: [bands], to: [bands.with { $0.grants[0].precision = precision }])
                .map(\.effect)
        }
        #expect(effect(.band(edges: [0, 200])) == [.narrows])
        #expect(effect(.band(edges: [0, 50, 100, 200])) == [.widens])
        #expect(effect(.band(edges: [50, 150])) == [.widens])
        #expect(effect(.exact) == [.widens])
    }
}
