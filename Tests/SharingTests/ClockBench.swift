import Disclosure
import Foundation
import Plant
import Readings
import RingStore
import Sharing

/// A store, a plant and an outbox in folders of their own.
final class ClockBench {
    let store: RingStore
    let plant = Plant()
    let folder = "/tmp/tsunagi-clock-\(UUID().uuidString)"

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
        try commit(shelf, "stock/ボルト-M8", .gauge, "pcs", [(1000, level)])
    }

    /// A text of one series.
    func commit(_ asset: String, _ metric: String, text: String, at stamp: Int64) throws {
        let key = SeriesKey(site: "ota", asset: asset, metric: metric)
        let series = try store.series(for: key, kind: .state, type: .text, unit: "").id
        let bytes = Array(text.utf8)
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = [
            Reading(
                series: series,
                instant: Instant(milliseconds: stamp),
                value: .text(try store.text(for: bytes.span))
            )
        ]
        _ = try store.commit(batch)
    }

    /// Samples of one series.
    func commit(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        _ unit: String,
        _ samples: [(at: Int64, value: Double)]
    ) throws {
        let key = SeriesKey(site: "ota", asset: asset, metric: metric)
        let series = try store.series(for: key, kind: kind, type: .number, unit: unit).id
        var batch = Batch(opened: Instant(milliseconds: 0))
        batch.readings = samples.map { sample in
            Reading(series: series, instant: Instant(milliseconds: sample.at), value: .number(sample.value))
        }
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
        until: Int64 = 1_000_000_000,
        key: SigningKey? = nil
    ) -> ReleaseClock {
        var agreement = agreement(status)
        agreement.grants[0].bucket = bucket
        agreement.grants[0].measure = measure
        agreement.validity.notAfter = Instant(milliseconds: until)
        return clock(outbox, agreement, now: now, key: key)
    }

    func clock(
        _ outbox: Outbox,
        _ agreement: Agreement,
        now: Int64,
        key: SigningKey? = nil,
        trade: TradeBook = TradeBook()
    ) -> ReleaseClock {
        ReleaseClock(
            agreements: [agreement],
            outbox: outbox,
            trade: trade,
            key: key,
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
