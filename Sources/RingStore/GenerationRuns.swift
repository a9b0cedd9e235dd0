internal import Codec
internal import Readings

/// Takes the rows of a frozen generation out, device by device.
struct GenerationRuns {
    private let generation: Generation
    private let count: Int
    /// Rows of the series at hand, newest first.
    private var rows: [UInt32] = []

    init(_ generation: Generation) {
        self.generation = generation
        count = generation.count
    }

    /// Whether any series of a device has rows.
    func holds(_ device: Int, of shelf: Shelf) -> Bool {
        var next = shelf.first(of: device)
        while let series = next {
            if generation.holds(SeriesID(index: series)) { return true }
            next = shelf.next(after: series)
        }
        return false
    }

    /// Appends the rows of a run's series in the order of their arrival.
    mutating func append(to run: inout SeriesRun) {
        generation.rows(of: SeriesID(index: run.series), below: count, into: &rows)
        for row in rows.reversed() {
            run.columns.append(generation.sample(Int(row)))
        }
    }
}
