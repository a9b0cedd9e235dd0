internal import Codec
internal import Readings

/// The committing thread's side of the head: folds durable readings into rows and latest values.
struct Head {
    /// Takes rows.
    private(set) var generation: Generation
    /// The one before, for duplicates that straddle a freeze.
    private var older: Generation?
    private let latest: LatestTable
    private let catalogue: Catalogue
    private let rowsMax: Int
    private let shelf = GenerationShelf()
    /// A generation has room for so many rows of each series at least: a seal costs something for each series,
    /// and a checkpoint too, however few rows there are. More would cost memory: 8 × 25 B × 2 generations = 400 B.
    private static let rowsPerSeries = 8
    /// Whether a series keeps samples of equal stamps, by id; nil where nobody asked yet.
    private var isDelta: [Bool?] = []

    init(base: UInt64, rowsMax: Int, seriesMax: Int, latest: LatestTable, catalogue: Catalogue) {
        self.rowsMax = rowsMax
        self.latest = latest
        self.catalogue = catalogue
        generation = Generation(base: base, capacity: rowsMax, seriesMax: seriesMax, shelf: shelf)
    }

    /// Whether the series keeps samples of equal stamps.
    mutating func keepsEqualStamps(_ id: SeriesID) -> Bool {
        let index = Int(id.index)
        if index < isDelta.count, let known = isDelta[index] { return known }
        return lookUp(id)
    }

    private mutating func lookUp(_ id: SeriesID) -> Bool {
        guard let found = catalogue.isDelta(id) else {
            preconditionFailure("a reading must name a registered series")
        }
        let index = Int(id.index)
        if index >= isDelta.count {
            isDelta.append(contentsOf: repeatElement(nil, count: index + 1 - isDelta.count))
        }
        isDelta[index] = found
        return found
    }

    /// Series whose ids were given back have no latest values, and whoever takes the ids may be of another kind.
    mutating func forget(_ ids: [UInt32]) {
        for id in ids {
            latest.forget(SeriesID(index: id))
            if Int(id) < isDelta.count { isDelta[Int(id)] = nil }
        }
    }

    /// Begins a new generation with room for at least `rows`.
    mutating func freeze(rows: Int) {
        let next = generation.base + UInt64(generation.count)
        let capacity = max(rowsMax, rows, Head.rowsPerSeries * catalogue.counts.series)
        // The older one's, unless a reader still holds that.
        shelf.expect(Generation.bytes(capacity: capacity, seriesMax: generation.seriesMax))
        older = generation
        generation = Generation(
            base: next,
            capacity: capacity,
            seriesMax: generation.seriesMax,
            shelf: shelf
        )
    }

    /// At recovery, before anyone reads: makes room for `rows` more by moving to a larger generation.
    mutating func grow(rows: Int) {
        guard generation.room < rows else { return }
        generation.publish()
        let count = generation.count
        let larger = Generation(
            base: generation.base,
            capacity: max(generation.capacity * 2, count + rows),
            seriesMax: generation.seriesMax,
            shelf: shelf
        )
        for index in 0..<count {
            let (id, sample) = generation.row(index)
            larger.append(id, sample)
        }
        generation = larger
    }

    /// Folds a batch in and lets readers see it.
    mutating func fold(_ batch: Batch, into commit: inout Commit) {
        for reading in batch.readings {
            let sample = PackedSample(
                instant: reading.instant,
                value: reading.value,
                quality: reading.quality,
                timeSource: reading.timeSource
            )
            if reading.currentOnly {
                latest.takeCurrent(reading.series, sample)
                commit.currentOnly += 1
                continue
            }
            // A repeat too: what came meanwhile may have set the current value back.
            if !reading.historyOnly { latest.take(reading.series, sample) }
            if !keepsEqualStamps(reading.series) {
                var standing = generation.standing(reading.series, sample)
                if standing == .unknown, let older { standing = older.standing(reading.series, sample) }
                if standing == .same {
                    commit.duplicates += 1
                    continue
                }
                if standing == .other { commit.replaced += 1 }
            }
            generation.append(reading.series, sample)
            commit.stored += 1
        }
        generation.publish()
    }
}
