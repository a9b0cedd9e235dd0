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
    private var runs: [SeriesRun] = []
    /// Memory of runs that are done, for the next ones.
    private var spare: [SampleColumns] = []

    init(core: StoreCore, young: [Block], shelf: Shelf, samplesMax: Int) {
        self.core = core
        self.young = young
        self.shelf = shelf
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
        var rows = GenerationRuns(generation)
        var next = 0
        for device in 0..<shelf.deviceCount {
            let first = next
            while next < places.count && places[next].entry.device == UInt32(device) { next += 1 }
            guard next > first || rows.holds(device, of: shelf) else { continue }
            begin(device)
            for place in places[first..<next] { try add(place) }
            for index in runs.indices {
                runs[index].begin(order: Int.max >> 24)
                rows.append(to: &runs[index])
                runs[index].settle()
            }
            takeBack { $0.columns.count == 0 }
            if runs.isEmpty { continue }
            try pager.add(runs, device: UInt32(device), to: &rings[RingKind.raw.rawValue])
            try tierPager.add(runs, device: UInt32(device), to: &rings)
        }
        // Buckets first: a raw block that completes a merge vouches for all of it.
        for tier in Tier.allCases { try rings[tier.ring.rawValue].finish() }
        try rings[RingKind.raw.rawValue].finish()
    }

    private mutating func begin(_ device: Int) {
        takeBack { _ in true }
        var member = shelf.first(of: device)
        while let id = member {
            runs.append(SeriesRun(id, shelf.traits(of: id), memory: spare.popLast() ?? SampleColumns()))
            member = shelf.next(after: id)
        }
    }

    private mutating func takeBack(_ isDone: (SeriesRun) -> Bool) {
        for index in runs.indices where isDone(runs[index]) {
            spare.append(SampleColumns())
            swap(&spare[spare.count - 1], &runs[index].columns)
            spare[spare.count - 1].removeAll()
        }
        // Those that are done have given their columns away.
        runs.removeAll { isDone($0) || $0.columns.count == 0 }
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
        for index in places.indices { places[index].order = index }
        places.sort { ($0.entry.device, $0.order) < ($1.entry.device, $1.order) }
        return places
    }

    /// Takes a page in; one that is damaged is counted and lost.
    private mutating func add(_ place: PagePlace) throws(StoreFailure) {
        guard case .page(let page) = try core.young.fetch(place) else {
            core.noteDamage()
            return
        }
        do throws(ByteReader.Failure) {
            try DraftPage.decode(page.span) { (series, run) throws(ByteReader.Failure) in
                guard let index = index(of: series) else { return }
                runs[index].begin(order: place.order)
                run.append(to: &runs[index].columns)
            }
        } catch {
            core.noteDamage()
        }
    }

    private func index(of series: UInt32) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].series < series { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].series == series ? low : nil
    }
}
