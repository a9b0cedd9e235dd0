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
    /// In the order of their sealing.
    let raw: [Block]
    let minute: [Block]
    let rawState: RingState
    let minuteState: RingState

    init(
        active: Generation,
        older: Generation?,
        olderIsSealed: Bool,
        raw: [Block],
        minute: [Block],
        rawState: RingState,
        minuteState: RingState
    ) {
        self.active = active
        self.older = older
        self.olderIsSealed = olderIsSealed
        self.raw = raw
        self.minute = minute
        self.rawState = rawState
        self.minuteState = minuteState
    }

    /// After a freeze: what was active waits for its seal.
    func frozen(next: Generation) -> View {
        View(
            active: next,
            older: active,
            olderIsSealed: false,
            raw: raw,
            minute: minute,
            rawState: rawState,
            minuteState: minuteState
        )
    }

    /// After a seal: the rings have what the older generation had.
    func sealed(raw: RingAppender, minute: RingAppender) -> View {
        View(
            active: active,
            older: older,
            olderIsSealed: true,
            raw: raw.blocks,
            minute: minute.blocks,
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
    let raw: Ring
    let minute: Ring
    /// Guards which view is published; a leaf, held for a copy of the reference.
    private let published: Mutex<View>
    /// Chunks and directories that readers found damaged.
    let damagedChunks = Atomic<Int>(0)

    init(geometry: Geometry, catalogue: Catalogue, latest: LatestTable, raw: Ring, minute: Ring, view: View) {
        self.geometry = geometry
        self.catalogue = catalogue
        self.latest = latest
        self.raw = raw
        self.minute = minute
        published = Mutex(view)
    }

    /// The newest view.
    var view: View { published.withLock { $0 } }

    /// Publishes what `change` makes of the newest view.
    func publish(_ change: (View) -> View) {
        published.withLock { $0 = change($0) }
    }
}
