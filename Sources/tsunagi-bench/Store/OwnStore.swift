import Glibc
import Readings
import RingStore

/// The one door between the measurements and tsunagi's ring store.
///
/// Nothing else in this program names a type of `RingStore`. Used by one thread.
final class OwnStore {
    private let store: RingStore
    private var ids: [SeriesID] = []
    private var isNumeric: [Bool] = []
    private var texts: [TextID] = []
    private var numberOfText: [TextID: UInt64] = [:]
    private var batch = Batch(opened: Instant(milliseconds: 0), capacity: 16_384)

    /// Opens the store of a folder, or makes one.
    init(folder: String, budgetBytes: Int, seriesLimit: Int) throws {
        var options = StoreOptions(directory: folder, budgetBytes: budgetBytes)
        options.seriesLimit = seriesLimit
        options.seriesLimitPerAsset = seriesLimit
        options.textLimit = 1_000_000
        store = try RingStore.open(options) { _ in }.store
    }

    /// Finds a series or registers it; series are numbered in the order of these calls.
    func define(device: String, item: String, isNumeric: Bool) throws {
        let key = SeriesKey(site: "bench", asset: device, metric: item)
        let series = try store.series(
            for: key,
            kind: isNumeric ? .gauge : .state,
            type: isNumeric ? .number : .text,
            unit: ""
        )
        ids.append(series.id)
        self.isNumeric.append(isNumeric)
    }

    /// Finds a text or registers it; texts are numbered in the order of these calls.
    func define(text: String) throws {
        let bytes = Array(text.utf8.prefix(4096))
        let text = try store.text(for: bytes.span)
        numberOfText[text] = UInt64(texts.count)
        texts.append(text)
    }

    /// Adds a sample to the open batch; nothing is durable before ``sync()``.
    ///
    /// - Parameter bits: of a finite `Double`, or the number of a text.
    @inline(__always)
    func append(_ series: Int, _ instant: Int64, _ bits: UInt64) {
        let value: Scalar =
            isNumeric[series] ? .number(Double(bitPattern: bits)) : .text(texts[Int(bits)])
        batch.readings.append(
            Reading(series: ids[series], instant: Instant(milliseconds: instant), value: value)
        )
    }

    /// Makes the open batch durable and visible.
    func sync() throws {
        _ = try store.commit(batch)
        batch.reset(opened: batch.opened)
    }

    /// How many of these series have a latest value, and a mix of all of them.
    func latest(of series: Range<Int>) -> (count: Int, mix: UInt64) {
        let snapshot = store.snapshot()
        var count = 0
        var mix: UInt64 = 0
        for place in series {
            guard let sample = snapshot.latest(ids[place]) else { continue }
            count += 1
            let bits = (sample.value.number ?? 0).bitPattern
            mix = mix &* 31 &+ (bits ^ UInt64(bitPattern: sample.instant.milliseconds))
        }
        return (count, mix)
    }

    /// Samples in `from ..< to`, texts by their numbers.
    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let run = try store.snapshot().samples(
            ids[series],
            from: Instant(milliseconds: from),
            to: Instant(milliseconds: to),
            limit: .max
        )
        return run.samples.compactMap { sample in
            let bits: UInt64? =
                switch sample.value {
                case .number(let number): number.bitPattern
                case .text(let text): numberOfText[text]
                default: nil
                }
            return bits.map { RawSample(instant: sample.instant.milliseconds, bits: $0) }
        }
    }

    /// One-minute buckets in `from ..< to`: how many, and a sum of their means, lows and highs.
    func minutes(_ series: Int, from: Int64, to: Int64) throws -> (count: Int, sum: Double) {
        let (from, to) = (Instant(milliseconds: from), Instant(milliseconds: to))
        let buckets = try store.snapshot().buckets(ids[series], .minute, from: from, to: to, ends: false)
        var sum = 0.0
        for bucket in buckets { sum += bucket.sum / Double(bucket.count) + bucket.low + bucket.high }
        return (buckets.count, sum)
    }

    /// Samples with all that leads to them: pages, directories, names of series. Buckets are counted by
    /// themselves, as no peer keeps any, and so are texts: most peers get their numbers only.
    var bytesUsed: Int {
        let status = store.status
        return status.youngBytes + status.rawBytes + status.seriesBytes
    }

    /// The dictionary of texts.
    var textBytes: Int { store.status.textBytes }

    /// Written to the disk since opening.
    var writtenBytes: Int { store.status.writtenBytes }

    /// The tiers: minutes, hours and days.
    var tierBytes: Int {
        let status = store.status
        return status.minuteBytes + status.hourBytes + status.dayBytes
    }

    /// Brings everything into full pages, as a while of running does.
    func compact() throws {
        try store.compact()
    }

    /// Seals everything and gives the folder free.
    func close() {
        store.close()
    }
}
