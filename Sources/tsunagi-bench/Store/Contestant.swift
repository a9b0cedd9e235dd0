/// A store that a measurement drives: ours, a library in this process, or a server on loopback.
///
/// Used by one thread. Every verb returns only when its answer is there in full.
protocol Contestant: AnyObject {
    /// With the version where it tells one: `VictoriaMetrics 1.79.5`.
    var name: String { get }
    /// Of how many devices of W2 it gets the samples; fewer for those that would take minutes.
    var devicesMax: Int { get }
    /// Whether it runs in this process, so that its CPU time is ours.
    var isInProcess: Bool { get }
    /// Whether a commit that it acknowledged is to be looked for after a kill.
    var survivesKills: Bool { get }

    /// Whether it keeps texts as such; else each is a number to it.
    var keepsTexts: Bool { get }

    /// Opens the store of an existing folder, or makes one.
    func open(folder: String, lines: LineBook) throws
    /// Returns when the samples are acknowledged; durable, where the store has a notion of it.
    func append(_ samples: ArraySlice<Workload.Sample>) throws
    /// Writes out and merges whatever the store itself would write out and merge in time.
    func settle() throws
    /// The latest values; returns how many of the series answered.
    func latest(of series: Range<Int>, at instant: Int64) throws -> Int
    /// Raw samples of one series in `from ..< to`.
    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample]
    /// One-minute mean, low and high of each series in `from ..< to`; returns how many buckets came.
    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int
    /// What its files hold, index included.
    func bytesOnDisk() throws -> Int
    /// CPU time so far of whoever does the work.
    func cpuSeconds() throws -> Double
    /// Ends it without a chance to write anything. Servers only.
    func kill()
    /// Ends it in good order. May be opened again.
    func close()
}

/// One answered sample.
struct RawSample: Hashable {
    /// Milliseconds since 1970.
    var instant: Int64
    /// Of the `Double`.
    var bits: UInt64
}

/// The series of a workload by number, with names that every contestant takes.
struct LineBook {
    /// `[a-z0-9-]`.
    let devices: [String]
    /// For each series, the place of its device.
    let device: [Int]
    /// For each series, a name unique within the device: letters, digits, `_`.
    let item: [String]
    /// For each series, whether its values are numbers.
    let isNumeric: [Bool]
    /// Texts by the ids that stand for them.
    let texts: [String]
    /// `w1` or `w2`.
    let prefix: String

    private static let nameMax = 100

    init(_ workload: Workload) {
        prefix = workload.name.lowercased()
        devices = workload.devices.map(\.name)
        texts = workload.texts
        var device: [Int] = []
        var item: [String] = []
        for (place, each) in workload.devices.enumerated() {
            var taken: Set<String> = []
            for (number, line) in each.lines.enumerated() {
                // Nobody takes a name of any length, nor an empty one.
                var name = line.name.isEmpty ? "_" : String(line.name.prefix(LineBook.nameMax))
                name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
                if !taken.insert(name).inserted {
                    name += "_\(number)"
                    taken.insert(name)
                }
                device.append(place)
                item.append(name)
            }
        }
        (self.device, self.item) = (device, item)
        isNumeric = workload.lines.map(\.isNumeric)
    }

    /// `count` series of one value each, ten to a device, for measurements of memory.
    init(plain count: Int) {
        prefix = "mem"
        devices = (0..<((count + 9) / 10)).map { "machine-\($0)" }
        device = (0..<count).map { $0 / 10 }
        item = (0..<count).map { "value_\($0 % 10)" }
        isNumeric = [Bool](repeating: true, count: count)
        texts = []
    }

    var count: Int { item.count }

    /// The places of the devices that these series belong to, ascending.
    func devices(of series: Range<Int>) -> [Int] {
        Set(series.map { device[$0] }).sorted()
    }

    /// The names of those devices as a regular expression: `machine-0|machine-1`.
    func alternation(_ series: Range<Int>) -> String {
        devices(of: series).map { devices[$0] }.joined(separator: "|")
    }
}
