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
            try outbox.markDelivered(1)
            bench.removeOutbox()
        }
    }

    @Test("what waits under an agreement that no longer grants it is taken back, and the broker cleared")
    func withdrawn() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 122_000))
        try outbox.withdraw(unlessGrantedBy: [bench.agreement(.active)])
        #expect(outbox.pending.count == 2)
        try outbox.withdraw(unlessGrantedBy: [bench.agreement(.suspended)])
        #expect(outbox.pending.isEmpty)
        for _ in 0..<2 {
            try outbox.withdraw(unlessGrantedBy: [bench.agreement(.revoked)])
            #expect(outbox.pending.map(\.payload) == [[]])
            #expect(outbox.pending.first?.retain == true)
            #expect(outbox.pending.first?.topic == "tsunagi/v1/p/buyer-1/agr-1/g-1")
        }
        #expect(outbox.lastBucket(agreement: "agr-1", grant: "g-1")?.milliseconds == 60_000)
    }

    @Test("a release goes to the partner it was decided for, or to nobody")
    func otherPartner() throws {
        let bench = try ClockBench()
        let outbox = try bench.outbox()
        bench.clock(outbox, .active, now: 0).tick(now: Instant(milliseconds: 62_000))
        var agreement = bench.agreement(.active)
        agreement.recipient.id = "buyer-2"
        try outbox.withdraw(unlessGrantedBy: [agreement])
        #expect(outbox.pending.isEmpty)
    }
}

/// A store, a plant and an outbox in folders of their own.
private final class ClockBench {
    let store: RingStore
    let plant = Plant()
    private let folder = "/tmp/tsunagi-clock-\(UUID().uuidString)"

    init() throws {
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: 16 << 20)) { _ in }.store
        try FileManager.default.createDirectory(atPath: folder + "/out", withIntermediateDirectories: true)
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func outbox() throws -> Outbox { try Outbox(directory: folder + "/out") }

    func removeOutbox() { try? FileManager.default.removeItem(atPath: folder + "/out/outbox") }

    func commit(level: Double, _ shelf: String) throws {
        let key = SeriesKey(site: "ota", asset: shelf, metric: "stock/ボルト-M8")
        let series = try store.series(for: key, kind: .gauge, type: .number, unit: "pcs").id
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = [
            Reading(series: series, instant: Instant(milliseconds: 1000), value: .number(level))
        ]
        _ = try store.commit(batch)
        let snapshot = store.snapshot()
        plant.fold(batch) { snapshot.series($0) }
    }

    func clock(
        _ outbox: Outbox,
        _ status: AgreementStatus,
        now: Int64,
        bucket: BucketWidth = .minute,
        measure: Measure = .stock,
        until: Int64 = 1_000_000_000
    ) -> ReleaseClock {
        var agreement = agreement(status)
        agreement.grants[0].bucket = bucket
        agreement.grants[0].measure = measure
        agreement.validity.notAfter = Instant(milliseconds: until)
        return ReleaseClock(
            agreements: [agreement],
            outbox: outbox,
            now: Instant(milliseconds: now),
            view: { [plant, store] in plant.view(over: store.snapshot()) }
        )
    }

    func agreement(_ status: AgreementStatus) -> Agreement {
        Agreement(
            id: "agr-1",
            version: 1,
            status: status,
            provider: Party(id: "maker-1"),
            recipient: Party(id: "buyer-1", relationship: .customer),
            purpose: .supplyAssurance,
            validity: Validity(notBefore: .distantPast, notAfter: Instant(milliseconds: 1_000_000_000)),
            grants: [
                Grant(
                    id: "g-1",
                    measure: .stock,
                    products: ["ボルト-M8"],
                    sites: ["ota"],
                    kind: .own,
                    aggregate: .last,
                    bucket: .minute,
                    delay: .zero,
                    precision: .exact,
                    cadence: .clock
                )
            ]
        )
    }
}
