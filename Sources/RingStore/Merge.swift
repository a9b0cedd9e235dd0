internal import Codec
internal import Readings

/// Brings what was sealed lately into its final place: all pages of the young ring, and a generation on top,
/// device by device, settled and cut into full pages of the raw ring, with buckets of all tiers beside them.
struct Merge: ~Copyable {
    private let core: StoreCore
    private let shelf: Shelf
    private var pager: Pager
    private var tierPager = TierPager()
    private var runs = DeviceRuns()
    private var pages: YoungPages
    /// Memory for the drafts of one device, one behind the other.
    private var spare: [UInt8] = []
    /// Where each of them lies.
    private var drafts: [Range<Int>] = []

    /// - Parameter young: its blocks, in the order of arrival.
    init(core: StoreCore, young: [Block], shelf: Shelf, samplesMax: Int) throws(StoreFailure) {
        self.core = core
        self.shelf = shelf
        pages = try YoungPages(core.young, young) { core.noteDamage() }
        pager = Pager(samplesMax: samplesMax)
    }

    /// Writes everything; on return all rings but the young one are synced.
    ///
    /// - Parameter rings: by ``RingKind``; the young one is left alone.
    mutating func run(
        _ generation: Generation,
        into rings: inout [RingAppender]
    ) throws(StoreFailure) {
        let rows = GenerationRuns(generation)
        var places: [PagePlace] = []
        for device in 0..<shelf.deviceCount {
            try pages.next(UInt32(device), into: &places)
            try collect(device, places, rows)
            if runs.runs.isEmpty { continue }
            try pager.add(runs, device: UInt32(device), to: &rings[RingKind.raw.rawValue])
            try tierPager.add(runs, device: UInt32(device), to: &rings)
        }
        // Buckets first: a raw block that completes a merge vouches for all of it.
        for tier in Tier.allCases { try rings[tier.ring.rawValue].finish() }
        try rings[RingKind.raw.rawValue].finish()
    }

    /// Brings all samples of a device together, settled.
    private mutating func collect(
        _ device: Int,
        _ places: [PagePlace],
        _ rows: GenerationRuns
    ) throws(StoreFailure) {
        runs.removeAll()
        var member = shelf.first(of: device)
        while let id = member {
            member = shelf.next(after: id)
            let count = rows.count(of: id)
            // Drafts may hold any series of the device.
            if count > 0 || !places.isEmpty { runs.add(id, shelf.traits(of: id), expecting: count) }
        }
        if runs.runs.isEmpty { return }
        // Out of the way of the runs, which change while it is read.
        var bytes: [UInt8] = []
        swap(&bytes, &spare)
        bytes.removeAll(keepingCapacity: true)
        drafts.removeAll(keepingCapacity: true)
        for place in places { try announce(place, &bytes) }
        runs.layOut()
        for draft in drafts {
            // What is damaged was counted before.
            try? DraftPage.decode(bytes.span.extracting(draft)) { (series, run) throws(ByteReader.Failure) in
                if let index = runs.index(of: series) { runs.append(run, to: index) }
            }
        }
        swap(&bytes, &spare)
        for run in runs.runs.indices { rows.append(to: &runs, run) }
        runs.settle()
    }

    /// Fetches a page and counts its samples; one that is damaged is counted and lost, from the damage on.
    private mutating func announce(_ place: PagePlace, _ bytes: inout [UInt8]) throws(StoreFailure) {
        guard let draft = try pages.append(place, to: &bytes) else {
            core.noteDamage()
            return
        }
        do throws(ByteReader.Failure) {
            try DraftPage.decode(bytes.span.extracting(draft)) { (series, run) throws(ByteReader.Failure) in
                if let index = runs.index(of: series) { runs.expect(run.count, of: index) }
            }
        } catch {
            core.noteDamage()
        }
        drafts.append(draft)
    }
}
