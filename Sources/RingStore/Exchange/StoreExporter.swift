internal import Codec
public import Readings

/// Writes the history of a snapshot as text, series after series, in memory that does not grow with it.
public struct StoreExporter {
    /// Samples that are asked for at once.
    private static let pageSamples = 65_536
    /// Text that is handed on at once, about.
    private static let pieceBytes = 256 << 10

    private let snapshot: Snapshot
    private let form: ExportForm
    private let range: Range<Instant>

    /// - Parameter range: which stamps; the very last instant there is cannot be asked for.
    public init(_ snapshot: Snapshot, form: ExportForm, range: Range<Instant>) {
        self.snapshot = snapshot
        self.form = form
        self.range = range
    }

    /// Writes the series that `selects` says yes to.
    ///
    /// - Parameters:
    ///   - progress: told the path of each series before it is read, its place and how many there are.
    ///   - write: gets the text piece by piece.
    /// - Throws: when the disk cannot be read, or what `write` throws.
    public func run(
        _ selects: (SeriesKey) -> Bool,
        progress: (_ path: String, _ index: Int, _ count: Int) -> Void = { _, _, _ in },
        write: (Span<UInt8>) throws -> Void
    ) throws -> ExportTally {
        var tally = ExportTally()
        var sink = TextSink()
        var csv = CSVForm()
        var influx = InfluxForm()
        var lines = LinesForm()
        let text: (TextID) -> String = { snapshot.text($0) }
        switch form {
        case .csv: sink.put(CSVForm.head)
        case .influx: break
        case .lines: lines.putHead(into: &sink)
        }
        let selected = snapshot.series.filter { selects($0.key) }
        for (index, series) in selected.enumerated() {
            progress(series.key.description, index, selected.count)
            tally.series += 1
            switch form {
            case .csv: csv.begin(series)
            case .influx: influx.begin(series)
            case .lines: lines.begin(series, into: &sink)
            }
            try each(series.id) { samples in
                for sample in samples {
                    switch form {
                    case .csv: csv.put(sample, text, into: &sink)
                    case .influx:
                        if !influx.put(sample, text, into: &sink) {
                            tally.leftOut += 1
                            continue
                        }
                    case .lines: lines.put(sample, text, into: &sink)
                    }
                    tally.samples += 1
                    if sink.count >= StoreExporter.pieceBytes {
                        try write(sink.bytes.span)
                        sink.removeAll()
                    }
                }
            }
            if form == .lines { lines.finish(text, into: &sink) }
        }
        if form == .lines { lines.putEnd(tally, into: &sink) }
        try write(sink.bytes.span)
        return tally
    }

    /// Hands over all samples of a series in the range, in ascending runs.
    private func each(_ id: SeriesID, _ take: (ArraySlice<Sample>) throws -> Void) throws {
        var from = range.lowerBound
        var limit = StoreExporter.pageSamples
        while from < range.upperBound {
            let run = try snapshot.samples(id, from: from, to: range.upperBound, limit: limit)
            guard run.truncated, let last = run.samples.last else {
                try take(run.samples[...])
                return
            }
            // Of movements some of the last stamp may still be to come: that stamp is read again.
            let end = run.samples.lastIndex { $0.instant < last.instant }.map { $0 + 1 } ?? 0
            if end == 0 {
                limit *= 2
                continue
            }
            try take(run.samples[..<end])
            from = last.instant
            limit = StoreExporter.pageSamples
        }
    }
}
