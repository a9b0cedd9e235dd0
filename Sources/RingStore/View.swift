internal import Readings
internal import Synchronization

/// What a reader sees: fixed once published. A freeze and a finished seal publish a new one.
final class View: Sendable {
    /// The generation that commits go to.
    let active: Generation
    /// The generation before it, until the next freeze.
    let older: Generation?
    /// Whether the rows of `older` are in the rings; it then serves live rows only.
    let olderIsSealed: Bool
    /// Keeps ids that this view knows from being taken by other series.
    let pin: SnapshotPin
    /// By ``RingKind``: what was sealed lately and waits to be merged, what is merged, and buckets of that.
    private let rings: [RingView]

    init(active: Generation, older: Generation?, olderIsSealed: Bool, pin: SnapshotPin, rings: [RingView]) {
        self.pin = pin
        self.active = active
        self.older = older
        self.olderIsSealed = olderIsSealed
        self.rings = rings
    }

    subscript(_ ring: RingKind) -> RingView { rings[ring.rawValue] }

    /// Sealed lately, waiting to be merged into `raw`; in the order of their sealing.
    var young: [Block] { self[.young].blocks }

    /// Merged, in the order of their merging.
    var raw: [Block] { self[.raw].blocks }

    /// Before a freeze: the older generation, which is sealed, is let go, so that the next one may have its memory.
    var withoutOlder: View {
        precondition(older == nil || olderIsSealed, "what is let go must be in the rings")
        return View(active: active, older: nil, olderIsSealed: true, pin: pin, rings: rings)
    }

    /// After a freeze: what was active waits for its seal.
    ///
    /// - Parameter gaveBack: whether ids were given back with it.
    func frozen(next: Generation, gaveBack: Bool) -> View {
        let pin = gaveBack ? SnapshotPin(number: pin.number + 1) : pin
        return View(active: next, older: active, olderIsSealed: false, pin: pin, rings: rings)
    }

    /// After a seal: the rings have what the older generation had.
    func sealed(_ rings: [RingView]) -> View {
        View(active: active, older: older, olderIsSealed: true, pin: pin, rings: rings)
    }
}

/// What counts of a ring.
struct RingView: Sendable {
    /// In the order of their sealing.
    var blocks: [Block] = []
    var state = RingState()
}

/// What the committing thread, the store's own thread and all readers share.
final class StoreCore: Sendable {
    let geometry: Geometry
    let catalogue: Catalogue
    let latest: LatestTable
    /// By ``RingKind``.
    let rings: [Ring]
    /// By ``Tier``: stretches of which its ring has lost a part; found at opening.
    let holes: [[ClosedRange<Int64>]]
    /// Guards which view is published; a leaf, held for a copy of the reference.
    private let published: Mutex<View>
    /// Pages and directories that readers found damaged.
    let damagedPages = Atomic<Int>(0)

    init(
        geometry: Geometry,
        catalogue: Catalogue,
        latest: LatestTable,
        rings: [Ring],
        holes: [[ClosedRange<Int64>]],
        view: View
    ) {
        self.geometry = geometry
        self.catalogue = catalogue
        self.latest = latest
        self.rings = rings
        self.holes = holes
        published = Mutex(view)
    }

    subscript(_ ring: RingKind) -> Ring { rings[ring.rawValue] }

    var young: Ring { self[.young] }

    var raw: Ring { self[.raw] }

    /// A reader or a merge found something damaged.
    func noteDamage() {
        damagedPages.add(1, ordering: .relaxed)
    }

    /// The newest view.
    var view: View { published.withLock { $0 } }

    /// Publishes what `change` makes of the newest view.
    func publish(_ change: (View) -> View) {
        published.withLock { $0 = change($0) }
    }
}
