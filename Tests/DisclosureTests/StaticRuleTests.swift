import Disclosure
import Readings
import Testing

@Suite("The static rules refuse what they are there for")
struct StaticRuleTests {
    private let own = Agreement.example()
    private let firms = ["a", "b", "c", "d", "e"]

    @Test("what is in order is refused by nobody")
    func good() {
        #expect(refusals([own]) == [])
        #expect(refusals([.pooled(firms)]) == [])
        #expect(
            refusals([
                own.with {
                    $0.status = .draft; $0.validity.notAfter = .distantPast
                }
            ]) == []
        )
    }

    @Test("S02: a corporate number with a wrong digit is refused, a partner number is warned of")
    func identities() {
        #expect(refusals([own.with { $0.provider.houjin = "1180301018772" }]) == [.s02])
        #expect(refusals([own.with { $0.provider.houjin = "1180301018771" }]) == [])
        let warned = StaticRules.check(
            AgreementBook([own.with { $0.recipient.bpnl = "BPNL1234567890ZZ" }], now: .exampleStart)
        )
        #expect(warned.map(\.rule) == [.s02])
        #expect(warned.map(\.weight) == [.warning])
    }

    @Test("S03: wildcards and unknown names", arguments: ["*", "ボルト-#", "+", "", " ", "bolt?", "a\nb"])
    func wildcards(name: String) {
        #expect(refusals([own.with { $0.grants[0].products.append(name) }]) == [.s03])
        #expect(refusals([own.with { $0.grants[0].sites = [name] }]) == [.s03])
        #expect(refusals([Agreement.pooled(firms + [name])]) == [.s03])
    }

    @Test("S03: what the gateway does not know of")
    func unknown() {
        #expect(refusals([own]) { $0.products = ["ナット-M8"] } == [.s03])
        #expect(refusals([own]) { $0.sites = ["kobe"] } == [.s03])
        #expect(
            refusals([own]) {
                $0.products = ["ボルト-M8"]; $0.sites = ["ota"]
            } == []
        )
        #expect(refusals([.pooled(firms)]) { $0.parties = ["a", "b", "c", "d"] } == [.s03])
        #expect(refusals([.pooled([])]) == [.s03])
    }

    @Test("S04: edges to the second")
    func validity() {
        let start = Instant.exampleStart
        let year: Int64 = 366 * 86_400_000
        func lasting(_ ms: Int64) -> Agreement {
            own.with { $0.validity.notAfter = $0.validity.notBefore.advanced(byMs: ms) }
        }
        #expect(refusals([lasting(0)]) == [.s04])
        #expect(refusals([lasting(-1000)]) == [.s04])
        #expect(refusals([lasting(year)]) == [])
        #expect(refusals([lasting(year + 1000)]) == [.s04])
        #expect(refusals([lasting(60_000)]) { $0.now = start.advanced(byMs: 59_000) } == [])
        #expect(refusals([lasting(60_000)]) { $0.now = start.advanced(byMs: 60_000) } == [.s04])
    }

    @Test(
        "S05: exact to a hub, a public body, research",
        arguments: [Relationship.hub, .publicBody, .research]
    )
    func exact(relationship: Relationship) {
        #expect(refusals([own.with { $0.recipient.relationship = relationship }]) == [.s05])
        let rounded = own.with {
            $0.recipient.relationship = relationship
            $0.grants[0].precision = .round(base: 10)
        }
        #expect(refusals([rounded]) == [])
    }

    @Test("S06: each condition for a competitor, broken alone")
    func competitors() {
        let fine = Agreement.pooled(["a", "b", "c", "d", "e", "f"]).with {
            $0.recipient.relationship = .competitor
            $0.grants[0].delay = Period(milliseconds: 7 * 86_400_000)
            $0.grants[0].disclosure.minContributors = 5
        }
        #expect(refusals([fine]) == [])
        let broken: [(inout Agreement) -> Void] = [
            { $0.grants[0].delay = Period(milliseconds: 7 * 86_400_000 - 1000) },
            { $0.grants[0].bucket = .hour },
            { $0.grants[0].disclosure.minContributors = 4 },
        ]
        for change in broken { #expect(refusals([fine.with(change)]) == [.s06]) }
        #expect(refusals([fine.with { $0.grants[0].measure = .plannedOutput }]) == [.s06])
        let free = fine.with {
            $0.purpose = .capacityMatching
            $0.grants[0].measure = .capacityFree
        }
        #expect(refusals([free]) == [.s06])
        #expect(refusals([fine.with { $0.grants[0].cadence = .onChange }]) == [.s06, .s13])
        let own = fine.with {
            $0.grants[0].kind = .own
            $0.grants[0].contributors = []
        }
        #expect(refusals([own]) == [.s06])
    }

    @Test("S07: too few firms, and firms of the recipient's own coalition do not count")
    func contributors() {
        #expect(refusals([.pooled(["a", "b"])]) == [.s07])
        #expect(
            refusals([Agreement.pooled(firms).with { $0.grants[0].disclosure.minContributors = nil }]) == [
                .s07
            ]
        )
        #expect(
            refusals([Agreement.pooled(firms).with { $0.grants[0].disclosure.minContributors = 2 }]) == [.s07]
        )
        #expect(refusals([.pooled(["buyer-1", "b", "c"])]) == [.s07])
        #expect(refusals([.pooled(["buyer-1", "b", "c", "d"])]) == [])
        let speaking = Agreement.pooled(["buyer-1", "b", "c", "d"]).with { $0.recipient.colludesWith = ["d"] }
        #expect(refusals([speaking]) == [.s07])
    }

    @Test("S08: no extremes over firms", arguments: [Aggregate.min, .max, .last])
    func extremes(aggregate: Aggregate) {
        #expect(refusals([Agreement.pooled(firms).with { $0.grants[0].aggregate = aggregate }]) == [.s08])
        #expect(refusals([Agreement.pooled(firms).with { $0.grants[0].aggregate = .mean }]) == [])
    }

    @Test("S09: six firms and five of them; the same to two who speak with each other; a trap of four sets")
    func differencing() {
        let six = Agreement.pooled(firms + ["f"])
        let five = Agreement.pooled(firms, id: "agr-2")
        #expect(refusals([six, five]) == [.s09])
        let elsewhere = five.with { $0.recipient.id = "buyer-2" }
        #expect(refusals([six, elsewhere]) == [])
        #expect(refusals([six, elsewhere.with { $0.recipient.colludesWith = ["buyer-1"] }]) == [.s09])
        #expect(refusals([six, five.with { $0.grants[0].products = ["ナット-M8"] }]) == [])
        // A mean over a set is as good as the sum.
        #expect(refusals([six, five.with { $0.grants[0].aggregate = .mean }]) == [.s09])
        let trap = PolicyVectors.all.combination_trap.sets.enumerated().map { index, set in
            Agreement.pooled(set.sorted(), id: "agr-\(index)")
        }
        #expect(refusals(trap) == [.s09])
        #expect(refusals(Array(trap.dropFirst())) == [])
    }

    @Test("S10: a day of UTC beside a day of Tokyo")
    func lattice() {
        let tokyo = own.with {
            $0.grants[0].bucket = .day
            $0.grants[0].timezone = "Asia/Tokyo"
        }
        let utc = Agreement.example("agr-2").with {
            $0.grants[0].bucket = .day
            $0.grants[0].timezone = "UTC"
        }
        #expect(refusals([tokyo, utc]) == [.s10])
        #expect(refusals([tokyo, utc.with { $0.grants[0].timezone = "+09:00" }]) == [])
        #expect(refusals([tokyo, utc.with { $0.grants[0].sites = ["kobe"] }]) == [])
    }

    @Test("S11: edges that cut across each other, and rounding to 50 and 70")
    func precision() {
        func together(_ left: Precision, _ right: Precision) -> [DisclosureRule] {
            refusals([
                own.with { $0.grants[0].precision = left },
                Agreement.example("agr-2").with { $0.grants[0].precision = right },
            ])
        }
        #expect(together(.band(edges: [0, 100, 200]), .band(edges: [50, 150, 250])) == [.s11])
        #expect(together(.band(edges: [0, 100, 200]), .band(edges: [0, 200])) == [])
        #expect(together(.round(base: 50), .round(base: 70)) == [.s11])
        #expect(together(.round(base: 50), .round(base: 100)) == [.s11])
        #expect(together(.round(base: 50), .round(base: 150)) == [])
        #expect(together(.round(base: 50), .band(edges: [25, 75])) == [])
        #expect(together(.round(base: 50), .band(edges: [50])) == [.s11])
        #expect(together(.exact, .round(base: 50)) == [])
    }

    @Test("S12: at once and a day later")
    func delay() {
        let later = Agreement.example("agr-2").with { $0.grants[0].delay = Period(milliseconds: 86_400_000) }
        #expect(refusals([own, later]) == [.s12])
        #expect(refusals([own, later.with { $0.recipient.id = "buyer-2" }]) == [])
    }

    @Test("S13: a band that speaks when it changes")
    func cadence() {
        let exact = own.with { $0.grants[0].cadence = .onChange }
        #expect(refusals([exact]) == [])
        #expect(refusals([exact.with { $0.grants[0].precision = .band(edges: [100]) }]) == [.s13])
        #expect(refusals([exact.with { $0.grants[0].delay = Period(milliseconds: 60_000) }]) == [.s13])
    }

    @Test("S14: steps of less than two lots; unknown lots are warned of")
    func lots() {
        let fine = own.with { $0.grants[0].precision = .round(base: 1) }
        #expect(refusals([fine]) { $0.typicalLots = ["ボルト-M8": 50] } == [.s14])
        let coarse = own.with { $0.grants[0].precision = .round(base: 100) }
        #expect(refusals([coarse]) { $0.typicalLots = ["ボルト-M8": 50] } == [])
        let bands = own.with { $0.grants[0].precision = .band(edges: [0, 99, 500]) }
        #expect(refusals([bands]) { $0.typicalLots = ["ボルト-M8": 50] } == [.s14])
        let warned = StaticRules.check(AgreementBook([fine], now: .exampleStart))
        #expect(warned.map(\.rule) == [.s14])
        #expect(warned.map(\.weight) == [.warning])
    }

    @Test("S15: a total over three sites, and two of the sites")
    func regions() {
        let total = Agreement.pooled(firms, sites: ["nagoya", "toyota", "okazaki"])
        let part = Agreement.pooled(firms, id: "agr-2", sites: ["nagoya", "toyota"])
        #expect(refusals([total, part]) == [.s15])
        let where1: [String: Set<String>] = [
            "a": ["okazaki"], "b": ["nagoya"], "c": ["okazaki"], "d": ["toyota"],
        ]
        #expect(refusals([total, part]) { $0.sitesOfParty = where1 } == [.s15])
        let where2 = where1.merging(["d": ["toyota", "okazaki"]]) { $1 }
        #expect(refusals([total, part]) { $0.sitesOfParty = where2 } == [])
        // By the name of a region, too.
        let region = Agreement.pooled(firms, sites: ["aichi"])
        #expect(refusals([region, part]) == [])
        #expect(
            refusals([region, part]) { $0.parts = ["aichi": ["nagoya", "toyota", "okazaki"]] } == [.s15]
        )
    }

    @Test("S16: what a purpose has no need of")
    func purpose() {
        let process = own.with {
            $0.grants[0].measure = .process
            $0.grants[0].metric = "temperature"
            $0.purpose = .publicStatistics
            $0.grants[0].precision = .round(base: 10)
        }
        #expect(refusals([process]) == [.s16])
        #expect(refusals([process.with { $0.purpose = .qualityTraceability }]) == [])
    }

    @Test(
        "S17: ids that are no topic level",
        arguments: ["+", "#", "a/b", "..", "$SYS", "", "a\0b", String(repeating: "a", count: 200), "買い手"]
    )
    func topics(id: String) {
        #expect(refusals([own.with { $0.recipient.id = id }]) == [.s17])
        #expect(own.with { $0.recipient.id = id }.faults().isEmpty == false)
        #expect(refusals([own.with { $0.grants[0].id = id }]) == [.s17])
    }

    @Test("S18: one approver, fifteen days, no days")
    func emergency() {
        func mode(_ days: Int64, _ approvers: Int) -> [DisclosureRule] {
            let length = Period(milliseconds: days * 86_400_000)
            return refusals([
                own.with {
                    $0.emergency = Emergency(trigger: "地震", maxDuration: length, approvers: approvers)
                }
            ])
        }
        #expect(mode(14, 2) == [])
        #expect(mode(15, 2) == [.s18])
        #expect(mode(14, 1) == [.s18])
        #expect(mode(0, 2) == [.s18])
    }

    @Test("S19: one consent is missing, or of another product, or over")
    func consent() {
        let given = firms.map { firm in
            Agreement.example("con-\(firm)", recipient: "hub").with {
                $0.provider.id = firm
                $0.recipient.relationship = .hub
            }
        }
        let pooled = [Agreement.pooled(firms)]
        #expect(refusals(pooled) { $0.consents = given } == [])
        #expect(refusals(pooled) { $0.consents = Array(given.dropLast()) } == [.s19])
        let other = given.dropLast() + [given[4].with { $0.grants[0].products = ["ナット-M8"] }]
        #expect(refusals(pooled) { $0.consents = Array(other) } == [.s19])
        let over = given.dropLast() + [given[4].with { $0.status = .revoked }]
        #expect(refusals(pooled) { $0.consents = Array(over) } == [.s19])
    }

    @Test("a finding names rule, agreement, grant and member")
    func words() throws {
        let agreement = own.with { $0.recipient.relationship = .hub }
        let found = try #require(
            StaticRules.check(AgreementBook([agreement])).first { $0.weight == .refusal }
        )
        #expect(found.description.hasPrefix("S05 agr-1/g-1 precision: exact is for customers and suppliers"))
    }
}
