internal import Codec
public import Readings

/// What an import did so far.
public struct ImportTally: Hashable, Sendable {
    /// Lines that were read.
    public internal(set) var lines = 0
    /// Series of the file.
    public internal(set) var series = 0
    /// Samples that were committed.
    public internal(set) var samples = 0
    /// Samples that the store had already.
    public internal(set) var known = 0

    init() {}
}

/// Takes an export back into a store: our lines form, or our CSV.
///
/// Samples that the store had before the import began are left out, movements one for one, so that an import that was
/// interrupted is simply run again. Stock and machines take no notice of what is imported.
public struct StoreImporter: ~Copyable {
    /// The longest line.
    private static let lineBytesMax = 64 << 20

    private enum Form {
        case unknown, lines, csv
    }

    private let store: RingStore
    /// As the store was before.
    private let before: Snapshot
    /// Ids that were given out before are below it.
    private let knownCount: UInt32
    private let batchRows: Int
    private var batch: Batch
    private var form = Form.unknown
    /// The beginning of a line whose end has not come yet.
    private var line: [UInt8] = []
    private var isInQuotes = false
    private var sawEnd = false
    /// By their number in the file.
    private var numbered: [Series] = []
    private var named: [String: Series] = [:]
    /// Rows of CSV that belong together.
    private var pending: (series: Series, rows: [ImportRow])?

    /// What was done so far.
    public private(set) var tally = ImportTally()

    /// - Parameters:
    ///   - opened: the time of the batches, by our clock.
    ///   - batchRows: samples of one commit.
    public init(into store: RingStore, opened: Instant, batchRows: Int = 10_000) {
        precondition(batchRows >= 1, "a batch must hold a sample")
        self.store = store
        self.batchRows = batchRows
        before = store.snapshot()
        knownCount = UInt32(before.seriesCount)
        batch = Batch(opened: opened, capacity: batchRows)
    }

    /// Takes the next bytes of the file, cut anywhere.
    public mutating func take(_ bytes: Span<UInt8>) throws(ImportFailure) {
        for index in bytes.indices {
            let byte = bytes[index]
            // A line of CSV goes on in quotes.
            if byte == 0x22 && form != .lines { isInQuotes.toggle() }
            if byte == 0x0A && (form == .lines || !isInQuotes) {
                if line.last == 0x0D { line.removeLast() }
                try takeLine()
                line.removeAll(keepingCapacity: true)
                isInQuotes = false
                continue
            }
            line.append(byte)
            if form == .unknown && line == [UInt8(ascii: "{")] { form = .lines }
            if line.count > StoreImporter.lineBytesMax {
                throw .line(tally.lines + 1, reason: "is over \(StoreImporter.lineBytesMax) bytes long")
            }
        }
    }

    /// The file is at its end: commits what is left.
    ///
    /// - Throws: also when the file was cut off; what it holds is committed then.
    public mutating func finish() throws(ImportFailure) {
        if form == .csv && !line.isEmpty && !isInQuotes {
            try takeLine()
            line.removeAll()
        }
        try flushPending()
        try commit()
        if form == .unknown { throw .unknownForm }
        if !line.isEmpty || (form == .lines && !sawEnd) { throw .cutOff(line: tally.lines + 1) }
    }

    private mutating func takeLine() throws(ImportFailure) {
        tally.lines += 1
        switch form {
        case .unknown:
            // A byte order mark, as spreadsheets write it.
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
            guard line == Array(CSVForm.head.utf8.dropLast(2)) else { throw .unknownForm }
            form = .csv
        case .csv: if !line.isEmpty { try takeRow() }
        case .lines: if !line.isEmpty { try takeObject() }
        }
    }

    // MARK: Lines

    private mutating func takeObject() throws(ImportFailure) {
        if sawEnd { throw .line(tally.lines, reason: "something follows the end") }
        let object: ExportLine
        do throws(JSONScanner.Failure) {
            object = try ExportLine(line)
        } catch {
            throw .line(tally.lines, reason: "expected \(error.expected) at byte \(error.offset)")
        }
        switch object {
        case .head(let version):
            guard version == LinesForm.version else {
                throw .line(tally.lines, reason: "version \(version) of the form is not known here")
            }
        case .series(let number, let key, let kind, let type, let unit):
            guard number == numbered.count else {
                throw .line(tally.lines, reason: "series \(numbered.count) was expected, not \(number)")
            }
            numbered.append(try register(key, kind, type, unit))
        case .run(let number, let rows):
            guard numbered.indices.contains(number) else {
                throw .line(tally.lines, reason: "series \(number) was not defined")
            }
            try add(rows, to: numbered[number])
        case .end: sawEnd = true
        }
    }

    private mutating func register(
        _ key: SeriesKey,
        _ kind: Kind,
        _ type: ValueType,
        _ unit: String
    ) throws(ImportFailure) -> Series {
        let series: Series
        do throws(StoreFailure) {
            series = try store.series(for: key, kind: kind, type: type, unit: unit)
        } catch {
            throw .store(error)
        }
        guard series.kind == kind, series.type == type, series.unit == unit else {
            throw .line(
                tally.lines,
                reason: "\(key) is a \(kind.word) of \(type.word)s in “\(unit)” here and a "
                    + "\(series.kind.word) of \(series.type.word)s in “\(series.unit)” in the store"
            )
        }
        tally.series += 1
        return series
    }

    // MARK: CSV

    private mutating func takeRow() throws(ImportFailure) {
        let row: CSVRow
        do throws(CSVRow.Failure) {
            row = try CSVRow(line)
        } catch {
            throw .line(tally.lines, reason: error.reason)
        }
        let series = try series(of: row)
        if let pending, pending.series.id == series.id {
            // Movements of one stamp stay together.
            let isFull = pending.rows.count >= LinesForm.runSamples
            if isFull && pending.rows.last?.instant != row.row.instant { try flushPending() }
        } else {
            try flushPending()
        }
        if pending == nil { pending = (series, []) }
        pending?.rows.append(row.row)
    }

    private mutating func series(of row: CSVRow) throws(ImportFailure) -> Series {
        if let series = named[row.series] { return series }
        // What a path cannot tell the store may know.
        var series = before.series.first { $0.key.description == row.series }
        if series == nil {
            let type: ValueType
            switch row.row.value {
            case .number, .absent: type = .number
            case .flag: type = .flag
            case .text: type = .text
            }
            let kind: Kind = type == .number ? .gauge : .state
            series = try register(CSVRow.key(row.series), kind, type, row.unit)
        } else {
            tally.series += 1
        }
        guard let series else { preconditionFailure("a series was found or registered above") }
        named[row.series] = series
        return series
    }

    private mutating func flushPending() throws(ImportFailure) {
        guard let (series, rows) = pending else { return }
        pending = nil
        try add(rows, to: series)
    }

    // MARK: Into the store

    private mutating func add(_ rows: [ImportRow], to series: Series) throws(ImportFailure) {
        var known = try self.known(rows, of: series)
        for row in rows {
            let sample = PackedSample(
                instant: row.instant,
                value: try scalar(row.value),
                quality: row.quality,
                timeSource: row.timeSource
            )
            if let count = known[sample], count > 0 {
                known[sample] = count - 1
                tally.known += 1
                continue
            }
            let stored = sample.sample
            batch.readings.append(
                Reading(
                    series: series.id,
                    instant: stored.instant,
                    value: stored.value,
                    quality: stored.quality,
                    timeSource: stored.timeSource
                )
            )
            if batch.readings.count >= batchRows { try commit() }
        }
    }

    /// How often each sample of the rows' stretch stood in the store before.
    private func known(_ rows: [ImportRow], of series: Series) throws(ImportFailure) -> [PackedSample: Int] {
        var known: [PackedSample: Int] = [:]
        guard series.id.index < knownCount, let first = rows.map(\.instant).min(),
            let last = rows.map(\.instant).max()
        else { return known }
        do throws(StoreFailure) {
            let run = try before.samples(series.id, from: first, to: last.advanced(byMs: 1), limit: .max)
            for sample in run.samples { known[PackedSample(sample), default: 0] += 1 }
        } catch {
            throw .store(error)
        }
        return known
    }

    private func scalar(_ value: JSONScanner.Value) throws(ImportFailure) -> Scalar {
        switch value {
        case .number(let number): return .number(number)
        case .flag(let flag): return .flag(flag)
        case .absent: return .absent
        case .text(let text):
            do throws(StoreFailure) {
                return .text(try store.text(for: Array(text.utf8).span))
            } catch {
                throw .store(error)
            }
        }
    }

    private mutating func commit() throws(ImportFailure) {
        // A file of names alone leaves names behind with the next commit or none.
        if batch.readings.isEmpty { return }
        do throws(StoreFailure) {
            _ = try store.commit(batch)
        } catch {
            throw .store(error)
        }
        tally.samples += batch.readings.count
        batch.reset(opened: batch.opened)
    }
}
