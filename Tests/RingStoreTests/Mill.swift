import Codec
import Readings
import Synchronization
import Testing

@testable import RingStore

/// A press whose spindle runs for ever, on which lots come and go; its rings turn fast.
final class Mill {
    static let budget = 160 << 10
    let store: RingStore
    let spindle: Series
    private let ids = IDs()
    private(set) var nextMs: Int64

    private final class IDs: Sendable {
        let told = Mutex<[SeriesID]>([])
    }

    /// Ids that were given back.
    var told: [SeriesID] { ids.told.withLock { $0 } }

    static func options(_ place: Workplace, limit: Int = 100_000) -> StoreOptions {
        var options = StoreOptions(directory: place.path, budgetBytes: budget)
        options.seriesLimit = limit
        // Each turns after a few dozen merges.
        options.rings.raw = 12 << 10
        options.rings.tiers = [.minute: 12 << 10, .hour: 12 << 10, .day: 12 << 10]
        return options
    }

    /// Opens what a mill left, in the same layout.
    static func reopen(_ place: Workplace) throws -> RingStore.Opened {
        try RingStore.open(options(place), tuning: .tiny) { _ in }
    }

    init(
        _ place: Workplace,
        limit: Int = 100_000,
        tells: Bool = true,
        disk: Disk = .system
    ) throws {
        var tuning = StoreTuning.tiny
        tuning.disk = disk
        let opened = try RingStore.open(Mill.options(place, limit: limit), tuning: tuning) { _ in }
        store = opened.store
        if tells {
            store.setForgetting { [ids] forgotten in ids.told.withLock { $0 += forgotten } }
        }
        spindle = try store.gauge("主軸")
        nextMs = 1_700_000_000_000
        if let last = store.snapshot().latest(spindle.id) { nextMs = last.instant.milliseconds + 60_000 }
    }

    /// Registers a lot with one sample.
    @discardableResult
    func make(_ lot: String, kind: Kind = .gauge, _ value: Double = 1) throws -> Series {
        let series = try store.gauge(lot, kind: kind)
        _ = try store.commit(batch([reading(series, nextMs, value)]))
        return series
    }

    /// A minute of the spindle, merged.
    func grind() throws {
        let rows = (0..<6).map { reading(spindle, nextMs + Int64($0) * 10_000, Double($0) * 1.37) }
        nextMs += 60_000
        _ = try store.commit(batch(rows))
        try store.compact()
    }

    /// Grinds until something is the case.
    func turn(until isDone: () -> Bool) throws {
        for _ in 0..<2000 {
            try grind()
            if isDone() { return }
        }
        Issue.record("the rings turned for 2,000 merges and it did not come about")
    }

    /// Whether no ring holds anything of a series any more.
    func isForgotten(_ series: Series) -> Bool {
        let view = store.snapshot().view
        let places = RingKind.allCases.flatMap { ring in view[ring].blocks.map { (ring, $0) } }
        let device = store.core.catalogue.device(of: series.id)
        return places.allSatisfy { ring, block in
            var found: [PagePlace] = []
            _ = try? block.pages(
                of: device,
                in: .min ..< .max,
                ring: store.core[ring],
                order: 0,
                into: &found
            )
            return found.allSatisfy { place in
                guard case .page(let page)? = try? store.core[ring].fetch(place) else { return true }
                return !Mill.holds(page, series.id.index, ring)
            }
        }
    }

    private static func holds(_ page: [UInt8], _ series: UInt32, _ ring: RingKind) -> Bool {
        var pages = PageDecoder()
        var rollups = RollupDecoder()
        switch ring {
        case .young: return false
        case .raw:
            try? pages.open(page.span)
            return pages.entries.contains { $0.series == series }
        case .minute, .hour, .day:
            try? rollups.open(page.span)
            return rollups.entries.contains { $0.series == series }
        }
    }
}
