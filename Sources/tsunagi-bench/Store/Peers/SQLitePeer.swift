/// SQLite in this process: one table clustered by series and instant, WAL, `synchronous=FULL`.
///
/// A batch is a transaction. Settled: the log is checkpointed and truncated. On disk: all of its files.
@safe final class SQLitePeer: Contestant {
    let name: String
    /// 20,000 samples a second would make a round of all devices last minutes.
    let devicesMax = 200
    let isInProcess = true
    let survivesKills = true
    let keepsTexts = false
    private let library: SQLiteLibrary
    private var database: OpaquePointer?
    private var insert: OpaquePointer?
    private var last: OpaquePointer?
    private var range: OpaquePointer?
    private var buckets: OpaquePointer?
    private var folder = ""
    private var lines = LineBook(plain: 0)
    private static let row: Int32 = 100
    private static let done: Int32 = 101

    /// Nil when it is not installed.
    init?() {
        guard let library = SQLiteLibrary() else { return nil }
        self.library = library
        name = "SQLite"
    }

    func open(folder: String, lines: LineBook) throws {
        let code = unsafe library.open("\(folder)/bench.sqlite", &database)
        guard code == 0 else { throw BenchFailure("SQLite cannot open a file in \(folder)") }
        try execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        try execute(
            """
            CREATE TABLE IF NOT EXISTS sample (series INTEGER, instant INTEGER, value REAL,
            PRIMARY KEY (series, instant)) WITHOUT ROWID;
            """
        )
        unsafe insert = try prepare("INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3)")
        unsafe last = try prepare("SELECT value FROM sample WHERE series = ?1 ORDER BY instant DESC LIMIT 1")
        unsafe range = try prepare(
            "SELECT instant, value FROM sample WHERE series = ?1 AND instant >= ?2 AND instant < ?3"
        )
        unsafe buckets = try prepare(
            """
            SELECT instant / 60000, avg(value), min(value), max(value) FROM sample
            WHERE series = ?1 AND instant >= ?2 AND instant < ?3 GROUP BY 1
            """
        )
        (self.folder, self.lines) = (folder, lines)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        try execute("BEGIN")
        for sample in samples {
            let series = Int(sample.series)
            _ = unsafe library.bindInteger(insert, 1, Int64(series))
            _ = unsafe library.bindInteger(insert, 2, sample.instant)
            _ = unsafe library.bindDouble(insert, 3, sample.number(isNumeric: lines.isNumeric[series]))
            guard unsafe library.step(insert) == SQLitePeer.done else {
                throw BenchFailure("SQLite refuses a row")
            }
            _ = unsafe library.reset(insert)
        }
        try execute("COMMIT")
    }

    func settle() throws {
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        var found = 0
        for place in series {
            _ = unsafe library.bindInteger(last, 1, Int64(place))
            if unsafe library.step(last) == SQLitePeer.row { found += 1 }
            _ = unsafe library.reset(last)
        }
        return found
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        var samples: [RawSample] = []
        _ = unsafe library.bindInteger(range, 1, Int64(series))
        _ = unsafe library.bindInteger(range, 2, from)
        _ = unsafe library.bindInteger(range, 3, to)
        while unsafe library.step(range) == SQLitePeer.row {
            let value = unsafe library.columnDouble(range, 1)
            let instant = unsafe library.columnInteger(range, 0)
            samples.append(RawSample(instant: instant, bits: value.bitPattern))
        }
        _ = unsafe library.reset(range)
        return samples
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        var count = 0
        for place in series {
            _ = unsafe library.bindInteger(buckets, 1, Int64(place))
            _ = unsafe library.bindInteger(buckets, 2, from)
            _ = unsafe library.bindInteger(buckets, 3, to)
            while unsafe library.step(buckets) == SQLitePeer.row { count += 1 }
            _ = unsafe library.reset(buckets)
        }
        return count
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: folder) }

    func cpuSeconds() -> Double { BenchClock.cpuSeconds }

    func kill() {}

    func close() {
        unsafe [insert, last, range, buckets].forEach { _ = unsafe library.finalize($0) }
        if unsafe database != nil { _ = unsafe library.close(database) }
        unsafe (database, insert, last, range, buckets) = (nil, nil, nil, nil, nil)
    }

    private func execute(_ text: String) throws {
        guard unsafe library.exec(database, text, nil, nil, nil) == 0 else {
            throw BenchFailure("SQLite refuses: \(text.prefix(60))")
        }
    }

    private func prepare(_ text: String) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        guard unsafe library.prepare(database, text, -1, &statement, nil) == 0 else {
            throw BenchFailure("SQLite refuses: \(text.prefix(60))")
        }
        return unsafe statement
    }
}
