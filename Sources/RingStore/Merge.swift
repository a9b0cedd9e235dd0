internal import Codec
internal import Readings

/// Brings what was sealed lately into its final place: all pages of the young ring, and a generation on top,
/// device by device, settled and cut into full pages of the raw ring, with buckets of all tiers beside them.
struct Merge: ~Copyable {
    private let core: StoreCore
    private let young: [Block]
    private let shelf: Shelf
    private var pager: Pager
    private var tierPager = TierPager()
    private var runs = DeviceRuns()
    private var pages: YoungPages
    /// Memory for the drafts of one device, one behind the other.
    private var spare: [UInt8] = []
    /// Where each of them lies.
    private var drafts: [Range<Int>] = []

    init(core: StoreCore, young: [Block], shelf: Shelf, samplesMax: Int) {
        self.core = core
        self.young = young
        self.shelf = shelf
        pages = YoungPages(core.young, blockCount: young.count)
        pager = Pager(samplesMax: samplesMax)
    }

    /// Writes everything; on return all rings but the young one are synced.
    ///
    /// - Parameter rings: by ``RingKind``; the young one is left alone.
    mutating func run(
        _ generation: Generation,
        into rings: inout [RingAppender]
    ) throws(StoreFailure) {
        let places = try places()
        let rows = GenerationRuns(generation)
        var next = 0
        for device in 0..<shelf.deviceCount {
            let first = next
            while next < places.count && places[next].entry.device == UInt32(device) { next += 1 }
            try collect(device, places[first..<next], rows)
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
        _ places: ArraySlice<PagePlace>,
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

    /// Every page of the young ring, by device, then by arrival.
    private func places() throws(StoreFailure) -> [PagePlace] {
        var places: [PagePlace] = []
        for (order, block) in young.enumerated() {
            let isIntact = try block.pages(
                of: nil,
                in: Int64.min..<Int64.max,
                ring: core.young,
                order: order,
                into: &places
            )
            if !isIntact { core.noteDamage() }
        }
        places.sort {
            ($0.entry.device, $0.order, $0.entry.offset) < ($1.entry.device, $1.order, $1.entry.offset)
        }
        return places
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
