import Disclosure
import Testing

/// A grant whose form cannot say it, or lacks the numbers for it, is refused member by member.
@Suite("Forms of grants")
struct FormTests {
    private static let trade: TradeBook = {
        var trade = TradeBook()
        trade.items["ボルト-M8"] = TradeBook.Item()
        trade.items["ボルト-M8"]?.gtin = "22088529"
        trade.items["ボルト-M8"]?.materialOfPartner = ["buyer-1": "7D6A1C52-3B0E-4A9F-9D51-0F2C6B8A4E10"]
        trade.sites["ota"] = TradeBook.Site()
        trade.sites["ota"]?.bpns = "BPNS0000000000WN"
        trade.sites["ota"]?.bpna = "BPNA00000000009W"
        trade.sites["ota"]?.gln = "4900000000009"
        return trade
    }()

    private func faults(
        _ form: FeedForm,
        trade: TradeBook = trade,
        _ change: (inout Agreement) -> Void = { _ in }
    )
        -> [String]
    {
        var agreement = Agreement.example()
        agreement.grants[0].products = ["ボルト-M8"]
        agreement.grants[0].sites = ["ota"]
        agreement.grants[0].precision = .exact
        agreement.grants[0].formats = [form]
        change(&agreement)
        return agreement.unsaid(trade).map { "\($0.members.joined(separator: ".")): \($0.message)" }
    }

    @Test("what has all it needs is taken", arguments: FeedForm.allCases)
    func whole(form: FeedForm) {
        #expect(faults(form) == [])
        #expect(faults(.tsunagi, trade: TradeBook()) == [])
    }

    @Test("each number that is missing is named, and where to write it")
    func missing() {
        #expect(
            faults(.catenax, trade: TradeBook()) == [
                "products: \"ボルト-M8\" has no material number for buyer-1: write the UUID of its part type under items:"
                    + " in the configuration, ボルト-M8: {material: 7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10}",
                "sites: \"ota\" has no bpns and no bpna: write sites: {ota: {bpns: BPNS…, bpna: BPNA…}} in the configuration",
            ]
        )
        var half = FormTests.trade
        half.sites["ota"]?.bpna = nil
        #expect(
            faults(.catenax, trade: half)
                == ["sites: \"ota\" has no bpna: write sites: {ota: {bpna: BPNA…}} in the configuration"]
        )
        #expect(faults(.catenax, trade: half) { $0.grants[0].measure = .plannedOutput } == [])
        #expect(
            faults(.epcis, trade: TradeBook()) == [
                "products: \"ボルト-M8\" has no gtin and no epc_class: write items: {ボルト-M8: {gtin: \"…\"}} in the configuration",
                "sites: \"ota\" has no gln and no location: write sites: {ota: {gln: \"…\"}} in the configuration",
            ]
        )
        // Another partner's number is not this one's.
        let other = faults(.catenax) { $0.recipient.id = "buyer-2" }
        #expect(
            other.count == 1 && other[0].hasPrefix("products: \"ボルト-M8\" has no material number for buyer-2")
        )
    }

    @Test("S20: another number in a form that tells it is shown first, one that no form tells is not")
    func renumbered() {
        var agreement = Agreement.example()
        agreement.grants[0].sites = ["ota"]
        var moved = FormTests.trade
        moved.sites["ota"]?.bpna = "BPNA000000000002"
        func changes(_ form: FeedForm, to trade: TradeBook) -> [String] {
            agreement.grants[0].formats = [form]
            return AgreementChange.renumbered([agreement], from: FormTests.trade, to: trade).map(
                \.description
            )
        }
        #expect(changes(.catenax, to: moved) == ["+ buyer-1 agr-1/g-1: newly tells BPNA000000000002"])
        #expect(changes(.catenax, to: FormTests.trade) == [])
        #expect(changes(.epcis, to: moved) == [])
        #expect(changes(.tsunagi, to: moved) == [])
        agreement.status = .suspended
        #expect(changes(.catenax, to: moved) == [])
    }

    @Test("what the form has no words for")
    func wordless() {
        func first(_ form: FeedForm, _ change: (inout Agreement) -> Void) -> String {
            let found = faults(form, change)
            return found.count == 1 ? found[0] : "\(found)"
        }
        #expect(
            first(.catenax) { $0.grants[0].measure = .status }.contains("catenax has no words for status")
        )
        #expect(
            first(.epcis) { $0.grants[0].measure = .daysOfSupply }.contains("it tells stock, output, energy")
        )
        #expect(
            first(.catenax) { $0.grants[0].precision = .band(edges: [1]) }.contains("bands cannot be said")
        )
        #expect(first(.catenax) { $0.recipient.relationship = .publicBody }.contains("is public-body"))
        #expect(
            first(.catenax) {
                $0.grants[0].measure = .plannedOutput
                $0.recipient.relationship = .supplier
            }.contains("planned-output to a customer")
        )
        #expect(first(.epcis) { $0.grants[0].kind = .consortium }.contains("tells of one firm"))
        #expect(
            first(.tsunagi) { $0.grants[0].formats = [.tsunagi, .catenax] }.contains("write a second grant")
        )
        let two = faults(.catenax) { $0.grants[0].products.append("ナット-M8") }
        #expect(two.first?.contains("write a grant for each") == true)
    }

    @Test("two products of one class, or two sites of one number, cannot be told apart")
    func alike() {
        var trade = FormTests.trade
        trade.items["ボルト-M8 旧"] = trade.items["ボルト-M8"]
        trade.sites["kobe"] = trade.sites["ota"]
        let classes = faults(.epcis, trade: trade) { $0.grants[0].products.append("ボルト-M8 旧") }
        #expect(
            classes.count == 1 && classes[0].contains("the same class https://id.gs1.org/01/00000022088529")
        )
        for form in [FeedForm.catenax, .epcis] {
            let places = faults(form, trade: trade) { $0.grants[0].sites.append("kobe") }
            #expect(places.count == 1 && places[0].contains("a partner could not tell"))
        }
    }
}
