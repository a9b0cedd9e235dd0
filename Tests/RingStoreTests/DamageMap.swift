import Codec
import Readings

@testable import RingStore

/// Where on the disk every sample of a store lies, so that a test can tell what a damage may cost.
struct DamageMap {
    /// Samples that stand and fall together: a page, or a record of the journal.
    struct Unit {
        var file: String
        /// All bytes that lead to them and hold them.
        var places: [Range<Int>]
        /// By series.
        var samples: [(series: Int, sample: Sample)]
    }

    private(set) var units: [Unit] = []

    /// - Parameters:
    ///   - records: places of the journal's records, by the batch they hold.
    ///   - count: of batches that were committed, one record each.
    init(_ store: RingStore, _ load: PlantLoad, records: [Int: Range<Int>], count: Int) throws {
        let core = store.core
        let view = core.view
        var places: [PagePlace] = []
        for block in view.raw {
            _ = try block.pages(of: nil, in: .min ..< .max, ring: core.raw, order: 0, into: &places)
        }
        let merged = places.count
        for block in view.young {
            _ = try block.pages(of: nil, in: .min ..< .max, ring: core.young, order: 0, into: &places)
        }
        for (index, place) in places.enumerated() {
            try add(place, isMerged: index < merged, core)
        }
        // What is neither in the rings nor forgotten is in the journal: the generation at work.
        let first = count - recordsInHead(view, load, count)
        for index in first..<count {
            guard let place = records[index] else { continue }
            let samples = load.batch(index).readings.map { (Int($0.series.index), $0.sample) }
            units.append(Unit(file: "journal", places: [place], samples: samples))
        }
    }

    /// How many of the last batches make the rows that are not sealed.
    private func recordsInHead(_ view: View, _ load: PlantLoad, _ count: Int) -> Int {
        var rows = view.active.count + (view.olderIsSealed ? 0 : view.older?.count ?? 0)
        var records = 0
        while rows > 0 && records < count {
            records += 1
            rows -= load.batch(count - records).readings.count
        }
        return records
    }

    private mutating func add(_ place: PagePlace, isMerged: Bool, _ core: StoreCore) throws {
        let ring = isMerged ? core.raw : core.young
        guard case .page(let page) = try ring.fetch(place) else { return }
        var samples: [(Int, Sample)] = []
        func take(_ series: UInt32, _ columns: SampleColumns) {
            for index in 0..<columns.count {
                let packed = PackedSample(
                    instant: columns.instants[index],
                    bits: columns.bits[index],
                    mark: columns.marks[index]
                )
                samples.append((Int(series), packed.sample))
            }
        }
        if isMerged {
            var decoder = PageDecoder()
            try decoder.open(page.span)
            for (index, entry) in decoder.entries.enumerated() {
                var columns = SampleColumns()
                try decoder.decode(at: index, from: page.span, into: &columns)
                take(entry.series, columns)
            }
        } else {
            try DraftPage.decode(page.span) { (series, run) throws(ByteReader.Failure) in
                var columns = SampleColumns()
                run.append(to: &columns)
                take(series, columns)
            }
        }
        let start = place.block.offset + place.entry.offset
        // The block's header and directory: a page is found by its own entry and ends where the next begins. Which
        // of them an entry is does not matter here, a hit of the directory excuses the block.
        let lead = Block.headBytes + place.block.pageCount * Block.entryBytes
        units.append(
            Unit(
                file: isMerged ? "raw.ring" : "young.ring",
                places: [place.block.offset..<place.block.offset + lead, start..<start + place.bytes],
                samples: samples
            )
        )
    }
}

/// Which bytes of which files were changed.
struct Hits {
    /// By file, for every byte how many before it were changed.
    private var sums: [String: [Int]] = [:]

    init(from before: [String: [UInt8]], to after: [String: [UInt8]]) {
        for (name, old) in before {
            let new = after[name] ?? []
            var sum = [0]
            sum.reserveCapacity(old.count + 1)
            for index in old.indices {
                let isHit = index >= new.count ? old[index] != 0 : old[index] != new[index]
                sum.append(sum[index] + (isHit ? 1 : 0))
            }
            sums[name] = sum
        }
    }

    func has(_ file: String, _ range: Range<Int>? = nil) -> Bool {
        guard let sum = sums[file], let last = sum.last else { return false }
        guard let range else { return last > 0 }
        let (low, high) = (min(range.lowerBound, sum.count - 1), min(range.upperBound, sum.count - 1))
        return sum[high] > sum[low]
    }

    func has(_ unit: DamageMap.Unit) -> Bool {
        unit.places.contains { has(unit.file, $0) }
    }
}
