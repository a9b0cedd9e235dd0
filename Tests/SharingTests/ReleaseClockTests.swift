import Disclosure
import Foundation
import Plant
import Readings
import RingStore
import Sharing
import Testing

@Suite struct ReleaseClockTests {
    @Test("a bucket that a suspended agreement let pass stays at home after a restart")
    func suspended() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 62_000))
        let clock = bench.clock(outbox, .suspended, now: 62_000)
        clock.tick(now: Instant(milliseconds: 302_000))
        #expect(outbox.pending.map(\.bucketStart.milliseconds) == [0])
        let again = try bench.outbox()
        let active = bench.clock(again, .active, now: 302_000)
        active.tick(now: Instant(milliseconds: 362_000))
        #expect(again.pending.map(\.bucketStart.milliseconds) == [0, 300_000])
    }

    @Test("the next look comes when something is due, and not at once where something stays due")
    func rest() {
        let now = Instant(milliseconds: 60_000)
        #expect(ReleaseClock.restMs(until: now.advanced(byMs: 250), now: now) == 250)
        #expect(ReleaseClock.restMs(until: now.advanced(byMs: 5000), now: now) == 1000)
        #expect(ReleaseClock.restMs(until: .distantFuture, now: now) == 1000)
        for passedMs: Int64 in [0, 1, 60_000] {
            #expect(ReleaseClock.restMs(until: now.advanced(byMs: -passedMs), now: now) == 1000)
        }
    }

    @Test("buckets on both sides of the end of an agreement's validity: those behind it stay")
    func validityEnd() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        let clock = bench.clock(outbox, .active, now: 0, until: 120_000)
        clock.tick(now: Instant(milliseconds: 302_000))
        #expect(outbox.pending.map(\.bucketStart.milliseconds) == [0, 60_000])
        #expect(clock.status.first?.lastWithheld?.hasPrefix("D01") == true)
    }

    @Test("buckets of another width begin on their own lattice")
    func otherWidth() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 182_000))
        #expect(outbox.pending.count == 3)
        let clock = bench.clock(outbox, .active, now: 182_000, bucket: .fiveMinutes)
        clock.tick(now: Instant(milliseconds: 1_000_000))
        #expect(outbox.pending.dropFirst(3).map(\.bucketStart.milliseconds) == [300_000, 600_000])
    }

    @Test("a measure that is not shared yet leaves nothing, and a number beyond all numbers neither")
    func nothingToShare() throws {
        let bench = try ClockBench()
        try bench.commit(level: 1e308, "棚A")
        try bench.commit(level: 1e308, "棚B")
        for measure in [Measure.oee, .stock] {
            let outbox = try bench.outbox()
            let clock = bench.clock(outbox, .active, now: 0, measure: measure)
            clock.tick(now: Instant(milliseconds: 62_000))
            let payload = try #require(outbox.pending.first?.payload)
            #expect(String(decoding: payload, as: UTF8.self).contains("\"withheld\""))
            outbox.markDelivered(1)
            bench.removeOutbox()
        }
    }

    @Test("energy, supply and any metric of a machine leave as their grants say")
    func measures() throws {
        let bench = try ClockBench()
        try bench.commit("press-1", "energy", .delta, "kWh", [(1000, 2.5), (31_000, 1.5), (61_000, 9)])
        try bench.commit(
            "press-1",
            "temperature",
            .gauge,
            "Cel",
            [(1000, 20), (30_000, 41), (59_999, 26), (60_000, 99)]
        )
        try bench.commit("棚A", "stock/ボルト-M8", .delta, "pcs", [(1000, 120), (2000, -20)])
        let cases: [(Measure, Aggregate, [String], String)] = [
            (.energy, .sum, ["press-1"], "\"value\":4,\"unit\":\"kWh\""),
            (.process, .mean, ["press-1"], "\"value\":29,\"unit\":\"Cel\""),
            (.process, .max, ["press-1"], "\"value\":41,\"unit\":\"Cel\""),
            (.process, .last, ["press-1"], "\"value\":26,\"unit\":\"Cel\""),
            (.process, .count, ["press-1"], "\"value\":3,\"unit\":\"Cel\""),
            // 100 on hand, 20 a day.
            (.daysOfSupply, .last, ["ボルト-M8"], "\"value\":5,\"unit\":\"d\""),
            (.energy, .sum, ["press-2"], "\"withheld\""),
            (.process, .mean, ["press-2"], "\"withheld\""),
            (.daysOfSupply, .last, ["ナット-M8"], "\"withheld\""),
        ]
        for (measure, aggregate, products, expected) in cases {
            var agreement = bench.agreement(.active)
            agreement.grants[0].measure = measure
            agreement.grants[0].aggregate = aggregate
            agreement.grants[0].products = products
            agreement.grants[0].metric = measure == .process ? "temperature" : nil
            let outbox = try bench.outbox()
            let clock = bench.clock(outbox, agreement, now: 0)
            clock.tick(now: Instant(milliseconds: 62_000))
            let payload = String(decoding: try #require(outbox.pending.first?.payload), as: UTF8.self)
            #expect(payload.contains(expected), "\(measure) \(aggregate): \(payload)")
            bench.removeOutbox()
        }
    }

    @Test("D10, D11: withheld or released, whatever the value: as long, signed, and without a reason")
    func sameShape() throws {
        let bench = try ClockBench()
        let key = SigningKey.make(id: "k-1")
        var lengths: Set<Int> = []
        var texts: [String] = []
        let outbox = try bench.outbox()
        let clock = bench.clock(outbox, .active, now: 0, key: key)
        clock.tick(now: Instant(milliseconds: 62_000))
        for level in [0, 7, -1e-9, 123_456.789, 1e300] {
            try bench.commit(level: level, "棚A")
            let count = Int64(outbox.pending.count)
            clock.tick(now: Instant(milliseconds: 62_000 + count * 60_000))
        }
        for entry in outbox.pending {
            lengths.insert(entry.payload.count)
            texts.append(String(decoding: entry.payload, as: UTF8.self))
            try DetachedJWS.verify(entry.jws, of: entry.payload, by: [key.verifying()], at: entry.bucketStart)
        }
        #expect(texts.count == 6)
        #expect(lengths.count == 1)
        #expect(texts[0].contains("\"withheld\""))
        #expect(texts.dropFirst().allSatisfy { $0.contains("\"released\"") })
        #expect(texts.allSatisfy { !$0.contains("D03") && !$0.contains("known") })
        #expect(outbox.pending.map(\.rule) == ["D03"] + [String?](repeating: nil, count: 5))
        // Numbers grow by one, of this grant alone.
        #expect(texts.enumerated().allSatisfy { $1.contains("\"sequence\":\($0),") })
        #expect(outbox.publishable.count == 6)
    }

    @Test("each grant in its own form: known, unknown and without words for it, all as long and signed")
    func forms() throws {
        let bench = try ClockBench()
        let key = SigningKey.make(id: "k-1")
        var agreement = bench.agreement(.active)
        agreement.grants = FeedForm.allCases.map { form in
            var grant = agreement.grants[0]
            (grant.id, grant.formats) = (form.rawValue, [form])
            return grant
        }
        let outbox = try bench.outbox()
        let clock = bench.clock(outbox, agreement, now: 0, key: key, trade: FeedBench.trade)
        clock.tick(now: Instant(milliseconds: 62_000))
        for (minute, level) in [(2, 12.0), (3, 12.5), (4, 0)] {
            try bench.commit(level: level, "棚A")
            clock.tick(now: Instant(milliseconds: Int64(minute) * 60_000 + 2000))
        }
        for form in FeedForm.allCases {
            let entries = outbox.pending.filter { $0.grant == form.rawValue }
            let isOwn = [.tsunagi, .sparkplug].contains(form)
            #expect(entries.count == 4)
            #expect(entries.map { $0.rule ?? "" } == ["D03", "", isOwn ? "" : "D03", ""])
            let lengths = entries.map { entry in
                entry.attributes.reduce(entry.payload.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            }
            let type =
                form == .sparkplug ? SparkplugFeed.contentType : isOwn ? "" : "application/json"
            #expect(Set(lengths).count == 1 && Set(entries.map(\.jws.utf8.count)).count == 1)
            #expect(entries.allSatisfy { $0.contentType == type })
            for entry in entries {
                let told = try DetachedJWS.verify(
                    entry.jws,
                    of: entry.payload,
                    by: [key.verifying()],
                    at: entry.bucketStart
                )
                let id = "agr-1/\(form.rawValue)/\(entry.bucketStart.iso8601)"
                #expect(told["id"] == (isOwn ? nil : id))
                #expect(entry.attributes.first { $0.name == "id" }?.value == (isOwn ? nil : id))
            }
        }
        let why = clock.status.map { $0.lastWithheld ?? "" }
        #expect(
            why[0] == "D03: nothing is known of its products" && why[1].contains("no whole number"),
            "\(why)"
        )

        // Without the numbers nothing of it leaves, and the operator is told.
        bench.removeOutbox()
        let bare = bench.clock(try bench.outbox(), agreement, now: 0, key: key)
        bare.tick(now: Instant(milliseconds: 62_000))
        #expect(
            bare.status.map { $0.fault?.contains("tsunagi check") ?? false } == [false, true, true, false]
        )
    }

    @Test("a plan leaves with its end, told no finer than the grant's buckets")
    func plans() throws {
        let bench = try ClockBench()
        try bench.commit("ライン1", "plan/ボルト-M8", .gauge, "pcs", [(1000, 280)])
        try bench.commit("ライン1", "plan_end/ボルト-M8", text: "1970-01-03T17:00:30+09:00", at: 1000)
        try bench.commit("M1", "capacity_free/ボルト-M8", .gauge, "h", [(2000, 7.5)])
        let cases: [(Measure, String)] = [
            (.plannedOutput, "\"value\":280,\"unit\":\"pcs\",\"completion\":\"1970-01-03T08:01:00.000Z\""),
            (.capacityFree, "\"value\":7.5,\"unit\":\"h\",\"asOf\""),
        ]
        for (measure, expected) in cases {
            let outbox = try bench.outbox()
            bench.clock(outbox, .active, now: 0, measure: measure).tick(now: Instant(milliseconds: 62_000))
            let payload = String(decoding: try #require(outbox.pending.first?.payload), as: UTF8.self)
            #expect(payload.contains(expected), "\(payload)")
            bench.removeOutbox()
        }
    }

    @Test("what waits under an agreement that no longer grants it is taken back, and the broker cleared")
    func withdrawn() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 122_000))
        try outbox.withdraw(unlessGrantedBy: [bench.agreement(.active)], at: Instant(milliseconds: 122_000))
        #expect(outbox.pending.count == 2)
        try outbox.withdraw(
            unlessGrantedBy: [bench.agreement(.suspended)],
            at: Instant(milliseconds: 122_000)
        )
        #expect(outbox.pending.isEmpty)
        for _ in 0..<2 {
            try outbox.withdraw(
                unlessGrantedBy: [bench.agreement(.revoked)],
                at: Instant(milliseconds: 122_000)
            )
            #expect(outbox.pending.map(\.payload) == [[]])
            #expect(outbox.pending.first?.retain == true)
            #expect(outbox.pending.first?.topic == "tsunagi/v1/p/buyer-1/agr-1/g-1")
        }
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1")?.milliseconds == 60_000)
    }

    @Test("D16: a clock that goes back two hours releases nothing again, in this run and in the next")
    func clockBack() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        let clock = bench.clock(outbox, .active, now: 7_200_000)
        clock.tick(now: Instant(milliseconds: 7_322_000))
        #expect(outbox.pending.map(\.bucketStart.milliseconds) == [7_200_000, 7_260_000])
        for now in stride(from: 122_000 as Int64, to: 7_322_000, by: 60_000) {
            clock.tick(now: Instant(milliseconds: now))
        }
        let again = try bench.outbox()
        bench.clock(again, .active, now: 122_000).tick(now: Instant(milliseconds: 7_320_000))
        #expect(again.pending.count == 2)
        clock.tick(now: Instant(milliseconds: 7_382_000))
        #expect(outbox.pending.map(\.bucketStart.milliseconds) == [7_200_000, 7_260_000, 7_320_000])
    }

    @Test("a release goes to the partner it was decided for, or to nobody")
    func otherPartner() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 62_000))
        var agreement = bench.agreement(.active)
        agreement.recipient.id = "buyer-2"
        try outbox.withdraw(unlessGrantedBy: [agreement], at: Instant(milliseconds: 122_000))
        #expect(outbox.pending.isEmpty)
    }
}
