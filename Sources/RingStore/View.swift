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
    /// Sealed lately, waiting to be merged into `raw`; in the order of their sealing.
    let young: [Block]
    /// Merged, in the order of their merging.
    let raw: [Block]
    let minute: [Block]
    let youngState: RingState
    let rawState: RingState
    let minuteState: RingState

    init(
        active: Generation,
        older: Generation?,
        olderIsSealed: Bool,
        young: [Block],
        raw: [Block],
        minute: [Block],
        youngState: RingState,
        rawState: RingState,
        minuteState: RingState
    ) {
        self.active = active
        self.older = older
        self.olderIsSealed = olderIsSealed
        self.young = young
        self.raw = raw
        self.minute = minute
        self.youngState = youngState
        self.rawState = rawState
        self.minuteState = minuteState
    }

    /// After a freeze: what was active waits for its seal.
    func frozen(next: Generation) -> View {
        View(
            active: next,
            older: active,
            olderIsSealed: false,
            young: young,
            raw: raw,
            minute: minute,
            youngState: youngState,
            rawState: rawState,
            minuteState: minuteState
        )
    }

    /// After a seal: the rings have what the older generation had.
    func sealed(young: RingAppender, raw: RingAppender, minute: RingAppender) -> View {
        View(
            active: active,
            older: older,
            olderIsSealed: true,
            young: young.blocks,
            raw: raw.blocks,
            minute: minute.blocks,
            youngState: young.state,
            rawState: raw.state,
            minuteState: minute.state
        )
    }
}

/// What the committing thread, the store's own thread and all readers share.
final class StoreCore: Sendable {
    let geometry: Geometry
    let catalogue: Catalogue
    let latest: LatestTable
    let young: Ring
    let raw: Ring
    let minute: Ring
    /// Stretches whose minutes the minute ring has lost a part of; found at opening.
    let minuteHoles: [ClosedRange<Int64>]
    /// Guards which view is published; a leaf, held for a copy of the reference.
    private let published: Mutex<View>
    /// Pages and directories that readers found damaged.
    let damagedPages = Atomic<Int>(0)

    init(
        geometry: Geometry,
        catalogue: Catalogue,
        latest: LatestTable,
        rings: (young: Ring, raw: Ring, minute: Ring),
        minuteHoles: [ClosedRange<Int64>],
        view: View
    ) {
        self.minuteHoles = minuteHoles
        self.geometry = geometry
        self.catalogue = catalogue
        self.latest = latest
        (young, raw, minute) = rings
        published = Mutex(view)
    }

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
