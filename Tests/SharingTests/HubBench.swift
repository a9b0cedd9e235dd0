import Disclosure
import Foundation
import Plant
import Readings
import RingStore
import Sharing

/// A hub in folders of its own: a store that its members' releases came into, and an outbox.
final class HubBench {
    let store: RingStore
    let plant = Plant()
    let folder = "/tmp/tsunagi-hub-\(UUID().uuidString)"

    init(budgetBytes: Int = 16 << 20) throws {
        store = try RingStore.open(StoreOptions(directory: folder, budgetBytes: budgetBytes)) { _ in }.store
        try FileManager.default.createDirectory(atPath: folder + "/out", withIntermediateDirectories: true)
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func outbox() throws -> Outbox { try Outbox(directory: folder + "/out") }

    func pool(_ agreements: [Agreement], consents: [Agreement], _ outbox: Outbox) throws -> Pool {
        try Pool(directory: folder + "/out", agreements: agreements, consents: consents, outbox: outbox)
    }

    func clock(_ agreements: [Agreement], _ pool: Pool?, _ outbox: Outbox, now: Int64) -> ReleaseClock {
        ReleaseClock(
            agreements: agreements,
            outbox: outbox,
            pool: pool,
            now: Instant(milliseconds: now),
            view: { [plant, store] in plant.view(over: store.snapshot()) }
        )
    }

    /// What firms released of a product at one bucket's end, as it came in.
    func commit(
        _ values: [String: Double],
        measure: Measure = .stock,
        product: String = "ボルト-M8",
        site: String = "tokai",
        unit: String = "pcs",
        at end: Int64
    ) throws {
        var batch = Batch(opened: Instant(milliseconds: end))
        for (firm, value) in values {
            let key = SeriesKey(
                site: site,
                asset: firm,
                metric: MemberSeries.metric(measure, product: product),
                tags: [Tag(name: "agreement", value: "con-\(firm)"), Tag(name: "grant", value: "g")]
            )
            let series = try store.series(for: key, kind: .gauge, type: .number, unit: unit).id
            batch.readings.append(
                Reading(series: series, instant: Instant(milliseconds: end), value: .number(value))
            )
        }
        _ = try store.commit(batch)
        let snapshot = store.snapshot()
        plant.fold(batch) { snapshot.series($0) }
    }

    /// A stock of one's own.
    func level(_ value: Double, site: String, at instant: Int64) throws {
        let key = SeriesKey(site: site, asset: "棚A", metric: "stock/ボルト-M8")
        let series = try store.series(for: key, kind: .gauge, type: .number, unit: "pcs").id
        var batch = Batch(opened: Instant(milliseconds: instant))
        batch.readings = [
            Reading(series: series, instant: Instant(milliseconds: instant), value: .number(value))
        ]
        _ = try store.commit(batch)
        let snapshot = store.snapshot()
        plant.fold(batch) { snapshot.series($0) }
    }

    /// A member's agreement with the hub.
    static func consent(_ firm: String, products: [String] = ["ボルト-M8"], sites: [String] = ["tokai"])
        -> Agreement
    {
        var consent = pooled([], id: "con-\(firm)", recipient: "hub", products: products, sites: sites)
        consent.provider = Party(id: firm)
        consent.recipient.relationship = .hub
        consent.grants[0].id = "g"
        consent.grants[0].kind = .own
        consent.grants[0].aggregate = .last
        consent.grants[0].precision = .round(base: 1)
        consent.grants[0].disclosure = DisclosureLimits()
        return consent
    }

    /// A hub's agreement that adds up some firms' stock, each minute.
    static func pooled(
        _ firms: [String],
        id: String = "pool-1",
        recipient: String = "pref-1",
        products: [String] = ["ボルト-M8"],
        sites: [String] = ["tokai"]
    ) -> Agreement {
        Agreement(
            id: id,
            version: 1,
            status: .active,
            provider: Party(id: "hub"),
            recipient: Party(id: recipient, relationship: .publicBody),
            purpose: .supplyAssurance,
            validity: Validity(
                notBefore: Instant(milliseconds: -1),
                notAfter: Instant(milliseconds: 300 * 86_400_000)
            ),
            grants: [
                Grant(
                    id: "total",
                    measure: .stock,
                    products: products,
                    sites: sites,
                    kind: .consortium,
                    contributors: firms,
                    aggregate: .sum,
                    bucket: .minute,
                    delay: .zero,
                    precision: .round(base: 10),
                    cadence: .clock,
                    disclosure: DisclosureLimits(minContributors: 3, pPercent: 15)
                )
            ]
        )
    }
}

/// A release as its partner reads it.
struct ReadRelease: Decodable {
    struct Value: Decodable {
        var product: String
        var site: String
        var value: Double
        var unit: String?
    }

    var id: String
    var agreement: String
    var status: String
    var values: [Value]?

    static func all(_ outbox: Outbox) throws -> [ReadRelease] {
        try outbox.pending.map { try JSONDecoder().decode(ReadRelease.self, from: Data($0.payload)) }
    }
}
