internal import Codec
internal import Readings

/// Takes the rows of a frozen generation out, series by series.
///
/// The rows are sorted by series in one go (a counting sort, which keeps their order of arrival): two passes over
/// the generation, 4 B for each row and each series while it lives. To follow the chain of each series would wait
/// for memory at every row once the generation is larger than the caches.
struct GenerationRuns {
    private let generation: Generation
    /// All rows, by series, then by arrival.
    private var order: [UInt32]
    /// By series, where its rows end in `order`; those of the next one begin there.
    private var ends: [UInt32]

    init(_ generation: Generation) {
        self.generation = generation
        (order, ends) = generation.rowsBySeries()
    }

    /// Whether any series of a device has rows.
    func holds(_ device: Int, of shelf: Shelf) -> Bool {
        var next = shelf.first(of: device)
        while let series = next {
            if !rows(of: series).isEmpty { return true }
            next = shelf.next(after: series)
        }
        return false
    }

    /// How many rows a series has.
    func count(of series: UInt32) -> Int { rows(of: series).count }

    /// Appends the rows of a run's series in the order of their arrival.
    func append(to runs: inout DeviceRuns, _ run: Int) {
        runs.append(order.span.extracting(rows(of: runs.runs[run].series)), of: generation, to: run)
    }

    private func rows(of series: UInt32) -> Range<Int> {
        let index = Int(series)
        guard index < ends.count else { return 0..<0 }
        return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }
}
