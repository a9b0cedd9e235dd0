import Disclosure
import Foundation
import Readings
import Sharing
import Testing

/// Pooled values as they leave a hub: through its store, its clock and its outbox.
@Suite("A hub's pooled values") struct PoolTests {
    private let firms = ["諏訪", "大田", "東大阪", "燕三条", "浜松"]
    private let full: [String: Double] = ["諏訪": 500, "大田": 480, "東大阪": 550, "燕三条": 600, "浜松": 400]
    private var consents: [Agreement] { firms.map { HubBench.consent($0) } }

    /// When the bucket that ends at a minute is decided.
    private func due(_ minute: Int64) -> Instant {
        Instant(milliseconds: minute * 60_000 + ReleaseClock.graceMs + Pool.graceMs)
    }

    /// What left of each bucket, the first product's value or nil, and by which rule the others were withheld.
    private func play(
        _ bench: HubBench,
        _ agreement: Agreement,
        _ buckets: [[String: Double]],
        restarting: Bool = false
    ) throws -> (values: [Double?], rules: [String?]) {
        var outbox = try bench.outbox()
        var clock = bench.clock(
            [agreement],
            try bench.pool([agreement], consents: consents, outbox),
            outbox,
            now: 0
        )
        for (index, values) in buckets.enumerated() {
            let minute = Int64(index + 1)
            try bench.commit(values, at: minute * 60_000)
            if restarting {
                outbox = try bench.outbox()
                let pool = try bench.pool([agreement], consents: consents, outbox)
                clock = bench.clock([agreement], pool, outbox, now: minute * 60_000 - 1)
            }
            clock.tick(now: due(minute))
            #expect(outbox.pending.count == index + 1)
        }
        let releases = try ReadRelease.all(outbox)
        return (releases.map { $0.values?.first?.value }, outbox.pending.map(\.rule))
    }

    @Test(
        "what is planned and what is free add up as stock does, and no firm's completion goes along",
        arguments: [Measure.plannedOutput, .capacityFree]
    )
    func plans(measure: Measure) throws {
        let bench = try HubBench()
        var agreement = HubBench.pooled(firms)
        agreement.grants[0].measure = measure
        let consents = consents.map { consent in
            var consent = consent
            consent.grants[0].measure = measure
            return consent
        }
        #expect(agreement.unshared().isEmpty)
        let outbox = try bench.outbox()
        let pool = try bench.pool([agreement], consents: consents, outbox)
        let clock = bench.clock([agreement], pool, outbox, now: 0)
        try bench.commit(full, measure: measure, at: 60_000)
        clock.tick(now: due(1))
        let text = String(decoding: try #require(outbox.pending.first?.payload), as: UTF8.self)
        #expect(text.contains("\"value\":2530,") && !text.contains("completion"), "\(text)")
    }

    @Test(
        "the total leaves at its time and not before, rounded, of all sites as one; as long as one withheld"
    )
    func total() throws {
        let bench = try HubBench()
        let agreement = HubBench.pooled(firms)
        let outbox = try bench.outbox()
        let pool = try bench.pool([agreement], consents: consents, outbox)
        let clock = bench.clock([agreement], pool, outbox, now: 0)
        try bench.commit(full, at: 60_000)
        clock.tick(now: due(1).advanced(byMs: -1))
        #expect(outbox.pending.isEmpty)
        clock.tick(now: due(1))
        try bench.commit(["諏訪": 500, "大田": 480], at: 120_000)
        clock.tick(now: due(2))
        let releases = try ReadRelease.all(outbox)
        #expect(releases.map(\.status) == ["released", "withheld"])
        let value = try #require(releases[0].values?.first)
        #expect(value.value == 2530 && value.unit == "pcs" && value.site == "tokai")
        #expect(outbox.pending.map(\.rule) == [nil, "D03"])
        #expect(Set(outbox.pending.map(\.payload.count)).count == 1)
        let status = try #require(clock.status.first)
        #expect(status.feed == "pool-1/total")
        #expect(
            status.lastWithheld
                == "D03: ボルト-M8: 2 live contributors outside of the coalition: needs 3"
        )
        for entry in outbox.pending {
            let text = String(decoding: entry.payload, as: UTF8.self)
            // D11: no threshold, no rule, no member.
            for word in ["D03", "contributors", "pPercent", "諏訪", "500"] { #expect(!text.contains(word)) }
        }
        // What the operator sees of the same bucket.
        let examples = try #require(try clock.examples(of: "pool-1", now: due(1)))
        #expect(examples.map(\.seen.value) == [.number(2530)])
        let withheld = try #require(try clock.examples(of: "pool-1", now: due(2)))
        #expect(withheld.map(\.truth.value) == [.number(980)])
        #expect(withheld.map(\.seen.value) == [.text("withheld, \(status.lastWithheld ?? "")")])
    }

    @Test(
        "each rule withholds what it is there for, restarted between any two buckets or not",
        arguments: [false, true]
    )
    func rules(restarting: Bool) throws {
        var away = full
        away["浜松"] = nil
        var lot = full
        lot["大田"] = 90_000
        var back = full
        back["諏訪"] = -500
        let nothing = full.mapValues { _ in 0.0 }
        let buckets = [full, away, full, lot, back, nothing, away, away, away, full]
        let (values, rules) = try play(
            try HubBench(),
            HubBench.pooled(firms),
            buckets,
            restarting: restarting
        )
        #expect(rules == [nil, "D07", nil, "D04", "D06", "D06", "D07", nil, nil, "D07"])
        #expect(values[2] == 2530 && values[7] == 2130)
    }

    @Test(
        "a sum that with yesterday's would tell of few is withheld, after a restart too",
        arguments: [false, true]
    )
    func history(restarting: Bool) throws {
        // Nobody's store moved; the second recipient speaks with the first.
        let more = ["鯖江", "川口", "尼崎"]
        let values = full.merging(zip(more, [450, 520, 470])) { $1 }
        let all = firms + more
        var second = HubBench.pooled(Array(all.dropLast(3)), id: "pool-2", recipient: "pref-2")
        second.recipient.colludesWith = ["pref-1"]
        let first = HubBench.pooled(all)
        let third = HubBench.pooled(Array(all.dropFirst()), id: "pool-3", recipient: "pref-2")
        let agreements = [first, second, third]
        let consents = all.map { HubBench.consent($0) }
        let bench = try HubBench()
        var rules: [String: String?] = [:]
        var outbox = try bench.outbox()
        for (index, agreement) in agreements.enumerated() {
            let minute = Int64(index + 1)
            try bench.commit(values, at: minute * 60_000)
            if restarting { outbox = try bench.outbox() }
            let pool = try bench.pool(agreements, consents: consents, outbox)
            let clock = bench.clock([agreement], pool, outbox, now: (minute - 1) * 60_000)
            clock.tick(now: due(minute))
            rules[agreement.id] = outbox.pending.last?.rule
        }
        #expect(rules == ["pool-1": nil, "pool-2": nil, "pool-3": "D09"])
    }

    @Test("who does not consent, not any more, or to other sites, does not count")
    func consent() throws {
        let bench = try HubBench()
        let agreement = HubBench.pooled(firms)
        var given = consents
        given[4].validity.notAfter = Instant(milliseconds: 60_000)
        given[3].grants[0].sites = ["tokai", "kanto"]
        var grant = agreement
        grant.grants[0].sites = ["tokai", "kanto"]
        let outbox = try bench.outbox()
        let clock = bench.clock([grant], try bench.pool([grant], consents: given, outbox), outbox, now: 0)
        for minute: Int64 in 1...2 {
            try bench.commit(full, at: minute * 60_000)
            clock.tick(now: due(minute))
        }
        // One of them has told of one of its two sites, and counts whole or not at all.
        #expect(outbox.pending.map(\.rule) == [nil, "D07"])
        #expect(try ReadRelease.all(outbox)[0].values?.first?.value == 1930)
        let bare = try bench.pool([grant], consents: [], outbox)
        bench.clock([grant], bare, outbox, now: 120_000).tick(now: due(3))
        #expect(outbox.pending.last?.rule == "D06")
    }

    @Test("killed between decision and outbox: what was decided leaves, whatever members told meanwhile")
    func killed() throws {
        let bench = try HubBench()
        let agreement = HubBench.pooled(firms)
        try bench.commit(full, at: 60_000)
        let outbox = try bench.outbox()
        let pool = try bench.pool([agreement], consents: consents, outbox)
        bench.clock([agreement], pool, outbox, now: 0).tick(now: due(1))
        #expect(outbox.pending.count == 1)
        // The outbox's last second is lost, the decision is not.
        try FileManager.default.removeItem(atPath: bench.folder + "/out/outbox")
        try bench.commit(["諏訪": 900], at: 60_000)
        let again = try bench.outbox()
        let next = bench.clock(
            [agreement],
            try bench.pool([agreement], consents: consents, again),
            again,
            now: 0
        )
        next.tick(now: due(1))
        #expect(try ReadRelease.all(again).map { $0.values?.first?.value } == [2530])
    }

    @Test("a hub that has lost what it told waits until that is of no use to anybody")
    func lost() throws {
        let bench = try HubBench()
        let agreement = HubBench.pooled(firms)
        let outbox = try bench.outbox()
        func tick(_ minute: Int64) throws {
            try bench.commit(full, at: minute * 60_000)
            let pool = try bench.pool([agreement], consents: consents, outbox)
            bench.clock([agreement], pool, outbox, now: (minute - 1) * 60_000).tick(now: due(minute))
        }
        try tick(1)
        try FileManager.default.removeItem(atPath: bench.folder + "/out/pool")
        let pool = try bench.pool([agreement], consents: consents, outbox)
        let clock = bench.clock([agreement], pool, outbox, now: 60_000)
        for minute: Int64 in 2...5 {
            try bench.commit(full, at: minute * 60_000)
            clock.tick(now: due(minute))
        }
        #expect(outbox.pending.map(\.rule) == [nil, "D09", "D09", "D09", nil])
    }

    @Test("a torn or flipped record ends the reading, and crashes nothing")
    func damaged() throws {
        let bench = try HubBench()
        let (_, rules) = try play(bench, HubBench.pooled(firms), [full, full])
        #expect(rules == [nil, nil])
        let path = bench.folder + "/out/pool"
        let whole = try Data(contentsOf: URL(filePath: path))
        let outbox = try bench.outbox()
        for bit in stride(from: 0, to: whole.count * 8, by: 37) {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try damaged.write(to: URL(filePath: path))
            _ = try bench.pool([HubBench.pooled(firms)], consents: consents, outbox)
        }
    }

    @Test("means and counts leave as such; without a pool, or with units that differ, nothing does")
    func folds() throws {
        let cases: [(Aggregate, Precision, Double)] = [
            (.mean, .round(base: 1), 506), (.count, .round(base: 1), 5), (.sum, .round(base: 100), 2500),
        ]
        for (aggregate, precision, expected) in cases {
            let bench = try HubBench()
            var agreement = HubBench.pooled(firms)
            agreement.grants[0].aggregate = aggregate
            agreement.grants[0].precision = precision
            #expect(try play(bench, agreement, [full]).values == [expected])
        }
        let agreement = HubBench.pooled(firms)
        let alone = try HubBench()
        let bare = try alone.outbox()
        alone.clock([agreement], nil, bare, now: 0).tick(now: due(1))
        #expect(bare.pending.map(\.rule) == ["D03"])
        let bench = try HubBench()
        let outbox = try bench.outbox()
        try bench.commit(full.filter { $0.key != "諏訪" }, at: 120_000)
        try bench.commit(["諏訪": 3], unit: "kg", at: 120_000)
        let pool = try bench.pool([agreement], consents: consents, outbox)
        let clock = bench.clock([agreement], pool, outbox, now: 60_000)
        clock.tick(now: due(2))
        #expect(clock.status.first?.lastWithheld?.hasSuffix("different units") == true)
    }
}
