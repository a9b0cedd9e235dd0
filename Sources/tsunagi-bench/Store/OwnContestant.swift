/// tsunagi's ring store as a contestant.
final class OwnContestant: Contestant {
    let name = "tsunagi"
    let devicesMax = Int.max
    let isInProcess = true
    let survivesKills = true
    let keepsTexts = true
    private var own: OwnStore?
    private var folder = ""
    private var lines = LineBook(plain: 0)

    /// - Parameter budgetBytes: of the disk; the store lays it out in full.
    init(budgetBytes: Int = 512 << 20) {
        self.budgetBytes = budgetBytes
    }

    private let budgetBytes: Int

    /// A disk that has room for the catalogue of so many series.
    static func budgetBytes(series: Int) -> Int {
        max(512 << 20, series * 4096)
    }

    func open(folder: String, lines: LineBook) throws {
        try open(folder: folder, lines: lines, seriesLimit: 0)
    }

    /// - Parameter seriesLimit: at least so many series may be in the store.
    func open(folder: String, lines: LineBook, seriesLimit: Int) throws {
        let own = try OwnStore(
            folder: "\(folder)/store",
            budgetBytes: budgetBytes,
            seriesLimit: max(100_000, lines.count, seriesLimit)
        )
        for series in 0..<lines.count {
            try own.define(
                device: lines.devices[lines.device[series]],
                item: lines.item[series],
                isNumeric: lines.isNumeric[series]
            )
        }
        for text in lines.texts { try own.define(text: text) }
        (self.own, self.folder, self.lines) = (own, folder, lines)
    }

    /// Gives the names of the series back, which only ``settle()`` needs.
    func forgetNames() {
        lines = LineBook(plain: 0)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        let own = try opened()
        for sample in samples { own.append(Int(sample.series), sample.instant, sample.bits) }
        try own.sync()
    }

    /// Merges all that was taken in.
    func merge() throws {
        try opened().compact()
    }

    /// A store seals and merges all that it holds before it closes.
    func settle() throws {
        try opened().compact()
        writtenBytes = own?.writtenBytes
        close()
        try open(folder: folder, lines: lines)
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let answer = try opened().latest(of: series)
        // The mix is asked for so that no value can be left unread.
        return answer.mix == 0 ? 0 : answer.count
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        try opened().raw(series, from: from, to: to)
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        let own = try opened()
        var count = 0
        var sum = 0.0
        for place in series {
            let answer = try own.minutes(place, from: from, to: to)
            count += answer.count
            sum += answer.sum
        }
        // The sum is asked for so that no answer can be left out.
        return sum.isNaN ? 0 : count
    }

    func bytesOnDisk() throws -> Int { try opened().bytesUsed }

    /// Written to the disk until the last ``settle()``: journal, drafts, pages, minutes, checkpoints.
    private(set) var writtenBytes: Int?

    /// What the dictionary of texts takes.
    var textBytes: Int? { own?.textBytes }

    /// What minutes, hours and days take.
    var tierBytes: Int? { own?.tierBytes }

    func cpuSeconds() -> Double { BenchClock.cpuSeconds }

    func kill() {}

    func close() {
        own?.close()
        own = nil
    }

    private func opened() throws -> OwnStore {
        guard let own else { throw BenchFailure("the store is not open") }
        return own
    }
}
