import Disclosure
import Readings
import Testing

@Suite("What a hub remembers of its pooled values")
struct PoolDecisionTests {
    private let end = Instant.exampleStart
    private let day: Int64 = 86_400_000

    private func pooled(
        _ contributions: [String: Double],
        id: String = "agr-1",
        days: Int64 = 0,
        _ change: (inout Grant) -> Void = { _ in }
    ) -> PoolCase {
        let agreement = Agreement.pooled(contributions.keys.sorted(), id: id)
        var grant = agreement.grants[0]
        change(&grant)
        return PoolCase(
            agreement: id,
            grant: grant,
            product: "ボルト-M8",
            recipient: "buyer-1",
            bucketEnd: end.advanced(byMs: days * day),
            contributions: contributions
        )
    }

    private func rule(_ verdict: Verdict) -> DisclosureRule? {
        if case .withhold(let rule, _) = verdict { rule } else { nil }
    }

    @Test("D08: the total and two parts leave; the last part would tell of the one that was withheld")
    func parts() {
        let one = ["a": 9000.0, "b": 10, "c": 20, "d": 15]
        let two = ["e": 480.0, "f": 520, "g": 500, "h": 510]
        let three = ["i": 470.0, "j": 530, "k": 490, "l": 515]
        let all = one.merging(two) { $1 }.merging(three) { $1 }
        var decisions = PoolDecisions([])
        // A total that hides a great one well enough.
        let balanced = all.merging(["m": 8800, "n": 8900]) { $1 }
        var verdicts: [DisclosureRule?] = []
        for (id, part) in [("t", balanced), ("1", one), ("2", two)] {
            verdicts.append(rule(decisions.decide(pooled(part, id: id) { $0.precision = .round(base: 10) })))
        }
        let rest = three.merging(["m": 8800, "n": 8900]) { $1 }
        verdicts.append(rule(decisions.decide(pooled(rest, id: "3") { $0.precision = .round(base: 10) })))
        #expect(verdicts == [nil, .d04, nil, .d08])
    }

    @Test("D09: a mean tells as much as the sum that it is made of")
    func mean() {
        let all = ["a": 500.0, "b": 480, "c": 550, "d": 600]
        for aggregate in [Aggregate.sum, .mean] {
            var decisions = PoolDecisions([])
            var less = all
            less["d"] = nil
            #expect(decisions.decide(pooled(all)) == .release)
            let second = pooled(less, id: "agr-2") {
                $0.aggregate = aggregate
                $0.precision = .round(base: 10)
            }
            #expect(rule(decisions.decide(second)) == .d09)
        }
    }

    @Test("what was decided before counts after a restart as it did, and counts of firms are no sums")
    func recalled() {
        let all = ["a": 500.0, "b": 480, "c": 550, "d": 600]
        var less = all
        less["d"] = nil
        var decisions = PoolDecisions([])
        let fine: (inout Grant) -> Void = { $0.precision = .round(base: 10) }
        decisions.recall(pooled(all, fine), isReleased: true)
        #expect(rule(decisions.decide(pooled(less, days: 1))) == .d07)
        #expect(rule(decisions.decide(pooled(less, id: "agr-2", days: 1, fine))) == .d09)
        decisions = PoolDecisions([])
        decisions.recall(pooled(all) { $0.aggregate = .count }, isReleased: true)
        #expect(decisions.decide(pooled(less, id: "agr-2", days: 1, fine)) == .release)
    }

    @Test("D15: new grants beyond the day's budget stay at home")
    func budget() {
        var decisions = PoolDecisions([])
        let all = ["a": 500.0, "b": 480, "c": 550, "d": 600]
        for number in 0..<ReleaseBudget.sumsMax {
            let verdict = decisions.decide(pooled(all, id: "agr-\(number)") { $0.sites = ["場\(number)"] })
            #expect(verdict == .release)
        }
        #expect(rule(decisions.decide(pooled(all, id: "agr-x") { $0.sites = ["場x"] })) == .d15)
    }

    @Test("a consent fits what can be added up: own values, in buckets that end together, in time")
    func consents() {
        let agreement = Agreement.example("con-a", recipient: "hub").with {
            $0.provider.id = "a"
            $0.grants[0].sites = ["tokai", "ota"]
            $0.grants[0].precision = .round(base: 10)
        }
        var grant = Agreement.pooled(["a", "b", "c"]).grants[0]
        grant.sites = ["tokai", "kanto"]
        func sources(_ consent: Agreement, _ pooled: Grant) -> [Consents.Source] {
            Consents([consent]).sources(
                of: "a",
                to: "hub",
                for: pooled,
                product: "ボルト-M8",
                bucketEnd: end.advanced(byMs: day)
            )
        }
        #expect(sources(agreement, grant).map(\.sites) == [["tokai"]])
        #expect(sources(agreement, grant).map(\.agreement) == ["con-a"])
        let broken: [(inout Agreement) -> Void] = [
            { $0.status = .suspended }, { $0.recipient.id = "hub-2" }, { $0.provider.id = "b" },
            { $0.validity.notAfter = .exampleStart }, { $0.grants[0].kind = .consortium },
            { $0.grants[0].sites = ["ota"] }, { $0.grants[0].products = ["ナット-M8"] },
            { $0.grants[0].bucket = .week }, { $0.grants[0].bucket = .day },
            { $0.grants[0].delay = Period(milliseconds: 1000) },
            { $0.grants[0].precision = .band(edges: [1]) },
            { $0.grants[0].measure = .daysOfSupply },
        ]
        for change in broken { #expect(sources(agreement.with(change), grant) == []) }
        // Of what flows only the same buckets add up.
        grant.measure = .energy
        var flow = agreement
        flow.grants[0].measure = .energy
        #expect(sources(flow, grant) == [])
        flow.grants[0].bucket = .day
        flow.grants[0].timezone = "+09:00"
        #expect(sources(flow, grant).count == 1)
    }

    @Test("S10, S15: sums of two widths of what flows, and of sites that overlap, can be subtracted")
    func widths() {
        let firms = ["a", "b", "c", "d", "e"]
        let sites: ([String], String) -> Agreement = { .pooled(firms, id: $1, sites: $0) }
        #expect(refusals([sites(["x", "y"], "agr-1"), sites(["y", "z"], "agr-2")]) == [.s15])
        #expect(refusals([sites(["x"], "agr-1"), sites(["y", "z"], "agr-2")]) == [])
        let energy = Agreement.pooled(firms).with {
            $0.grants[0].measure = .energy
            $0.purpose = .carbonReporting
        }
        let hourly = energy.with {
            $0.id = "agr-2"
            $0.grants[0].bucket = .hour
        }
        #expect(refusals([energy]) == [])
        #expect(refusals([energy, hourly]) == [.s10])
    }

    @Test("what members released leaves as no grant of one's own")
    func relayed() {
        let relay = Agreement.example().with {
            $0.grants[0].measure = .process
            $0.grants[0].metric = MemberSeries.metric(.stock, product: "ボルト-M8")
        }
        #expect(relay.faults().map(\.members) == [["metric"]])
    }
}
