import Disclosure
import Readings
import Testing

@Suite struct DisclosureTests {
    @Test(
        "rounding goes to the nearest multiple, halves up",
        arguments: [
            (10, 44, 40), (10, 45, 50), (10, -45, -40), (10, 4.999, 0), (10, -4, 0), (0.1, 0.34, 0.3),
            (0.1, 0.25, 0.3), (0.1, 0.35, 0.4), (25, 812.5, 825), (1000, 499.99, 0),
        ] as [(Double, Double, Double)]
    )
    func rounding(base: Double, value: Double, seen: Double) {
        #expect(Precision.round(base: base).obscure(value) == .number(seen))
    }

    @Test("nothing is nothing: no minus zero leaves")
    func minusZero() throws {
        guard case .number(let seen) = Precision.round(base: 10).obscure(-3) else {
            Issue.record("a rounded value is a number")
            return
        }
        #expect(seen.sign == .plus)
    }

    @Test(
        "a band tells only between which edges a value lies",
        arguments: [(0.5, nil, 1.0), (1, 1, 3), (2.9, 1, 3), (14, 14, nil), (99, 14, nil)]
            as [(Double, Double?, Double?)]
    )
    func bands(value: Double, low: Double?, high: Double?) {
        #expect(Precision.band(edges: [1, 3, 7, 14]).obscure(value) == .band(low: low, high: high))
    }

    @Test("days begin at midnight of the grant's zone, weeks on Monday")
    func lattice() {
        let noon = Instant(milliseconds: 1_750_122_900_000)  // Tuesday 2025-06-17T01:15:00Z
        #expect(grant(.day, "Asia/Tokyo").bucketStart(holding: noon).iso8601 == "2025-06-16T15:00:00.000Z")
        #expect(grant(.week, "Asia/Tokyo").bucketStart(holding: noon).iso8601 == "2025-06-15T15:00:00.000Z")
        #expect(grant(.week, nil).bucketStart(holding: noon).iso8601 == "2025-06-16T00:00:00.000Z")
        #expect(
            grant(.quarterHour, "Asia/Tokyo").bucketStart(holding: noon).iso8601 == "2025-06-17T01:15:00.000Z"
        )
    }

    @Test("a bucket leaves neither early nor outside of its agreement's validity")
    func verdicts() {
        let start = Instant(milliseconds: 1_000_000_000)
        var agreement = agreement(from: start, to: start.advanced(byMs: 600_000))
        let grant = agreement.grants[0]
        let end = start.advanced(byMs: 60_000)
        #expect(grant.leaves(bucketEnd: end) == end.advanced(byMs: 300_000))
        #expect(agreement.activeNow(bucketEnd: end) == .release)
        #expect(agreement.activeNow(bucketEnd: start) != .release)
        #expect(agreement.activeNow(bucketEnd: start.advanced(byMs: 600_000)) == .release)
        #expect(agreement.activeNow(bucketEnd: start.advanced(byMs: 660_000)) != .release)
        for status in [AgreementStatus.draft, .suspended, .revoked] {
            agreement.status = status
            #expect(agreement.activeNow(bucketEnd: end) != .release)
        }
    }

    @Test("an agreement that asks for what is not shared yet is told member by member")
    func unshared() {
        let start = Instant(milliseconds: 1_000_000_000)
        var agreement = agreement(from: start, to: start.advanced(byMs: 600_000))
        #expect(agreement.unshared().isEmpty)
        agreement.revocation.noticeSeconds = 1
        agreement.emergency = Emergency(trigger: "地震", maxDuration: .zero, approvers: 2)
        agreement.grants[0].aggregate = .last
        agreement.grants[0].kind = .consortium
        agreement.grants[0].contributors = ["甲", "乙", "丙"]
        agreement.grants[0].cadence = .onChange
        agreement.grants[0].disclosure.minContributors = 3
        agreement.grants[0].historyBuckets = 1
        #expect(
            agreement.unshared().map { $0.members.joined(separator: ".") } == [
                "aggregate", "historyBuckets",
            ]
        )
        agreement.grants[0].kind = .own
        agreement.grants[0].id = Agreement.emergencyGrant
        #expect(
            agreement.unshared().map { $0.members.joined(separator: ".") } == [
                "id", "disclosure",
            ]
        )
        agreement.grants[0].id = Agreement.noticeGrant
        #expect(agreement.unshared().first?.members == ["id"])
        agreement.revocation.noticeSeconds = 0
        #expect(agreement.unshared().map(\.members) == [["disclosure"]])
    }

    @Test("a release has at most 4096 values")
    func valuesCount() {
        let start = Instant(milliseconds: 1_000_000_000)
        var agreement = agreement(from: start, to: start.advanced(byMs: 600_000))
        agreement.grants[0].products = (0..<64).map { "品\($0)" }
        agreement.grants[0].sites = (0..<64).map { "場\($0)" }
        #expect(agreement.faults().isEmpty)
        agreement.grants[0].sites.append("場")
        #expect(agreement.faults().map(\.members) == [["products"]])
    }

    private func grant(_ bucket: BucketWidth, _ zone: String?) -> Grant {
        Grant(
            id: "g-1",
            measure: .stock,
            products: ["ボルト-M8"],
            sites: ["ota"],
            kind: .own,
            aggregate: .last,
            bucket: bucket,
            timezone: zone,
            delay: Period(milliseconds: 300_000),
            precision: .round(base: 10),
            cadence: .clock
        )
    }

    private func agreement(from: Instant, to: Instant) -> Agreement {
        Agreement(
            id: "agr-1",
            version: 1,
            status: .active,
            provider: Party(id: "maker-1"),
            recipient: Party(id: "buyer-1", relationship: .customer),
            purpose: .supplyAssurance,
            validity: Validity(notBefore: from, notAfter: to),
            grants: [grant(.minute, nil)]
        )
    }
}
