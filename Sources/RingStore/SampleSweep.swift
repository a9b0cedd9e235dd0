internal import Codec
internal import Readings
internal import Synchronization

/// Goes through one series in a view, oldest sample first, in runs: chunks and head merged, late samples in
/// their place, of equal stamps the last arrival (all of them for movements).
///
/// Memory is bounded by the chunks that overlap each other in time, not by the range.
struct SampleSweep {
    private let core: StoreCore
    private let view: View
    private let id: SeriesID
    private let keepsEqualStamps: Bool
    /// A chunk was overtaken by the ring while it was being read; its latest stamp.
    private(set) var overtakenThrough: Int64?

    init(core: StoreCore, view: View, series: Series) {
        self.core = core
        self.view = view
        id = series.id
        keepsEqualStamps = series.kind == .delta
    }

    /// Hands over the samples with stamps in `range`, in ascending runs, until `take` returns false.
    mutating func run(_ range: Range<Int64>, _ take: ([Row]) -> Bool) throws(StoreFailure) {
        let head = headRows(range)
        let places = try chunks(range)
        var pending: [Row] = []
        var nextHead = 0
        for index in 0..<max(1, places.count) {
            if index < places.count { try add(places[index], range, to: &pending) }
            // What lies before the next chunk's first stamp can change no more.
            let floor = index + 1 < places.count ? places[index + 1].entry.lowest : Int64.max
            var ready: [Row] = []
            if floor == .max || pending.allSatisfy({ $0.instant < floor }) {
                swap(&ready, &pending)
            } else {
                ready = pending.filter { $0.instant < floor }
                pending.removeAll { $0.instant < floor }
            }
            while nextHead < head.count && (floor == .max || head[nextHead].instant < floor) {
                ready.append(head[nextHead])
                nextHead += 1
            }
            ready.settle(keepsEqualStamps: keepsEqualStamps)
            if !ready.isEmpty && !take(ready) { return }
        }
    }

    /// Rows not yet sealed, in order.
    func headRows(_ range: Range<Int64>) -> [Row] {
        var rows: [Row] = []
        view.active.eachRow(of: id, below: view.active.count, in: range) { rows.append(late($0, 1)) }
        if let older = view.older, !view.olderIsSealed {
            older.eachRow(of: id, below: older.count, in: range) { rows.append(late($0, 0)) }
        }
        rows.reverse()
        rows.settle(keepsEqualStamps: keepsEqualStamps)
        return rows
    }

    /// Behind every chunk in the order of arrival.
    private func late(_ row: Row, _ generation: UInt64) -> Row {
        var row = row
        row.order |= (2 | generation) << 62
        return row
    }

    private mutating func chunks(_ range: Range<Int64>) throws(StoreFailure) -> [ChunkPlace] {
        var places: [ChunkPlace] = []
        for (order, block) in view.raw.enumerated() where block.mayHold(id.index, range) {
            let isIntact = try block.chunks(
                of: id.index,
                in: range,
                ring: core.raw,
                order: order,
                into: &places
            )
            if !isIntact { core.damagedChunks.add(1, ordering: .relaxed) }
            if !core.raw.holds(block.segment) { overtaken(through: block.highest) }
        }
        places.sort { ($0.entry.lowest, $0.order) < ($1.entry.lowest, $1.order) }
        return places
    }

    private mutating func add(
        _ place: ChunkPlace,
        _ range: Range<Int64>,
        to pending: inout [Row]
    ) throws(StoreFailure) {
        switch try core.raw.fetch(place) {
        case .expired:
            overtaken(through: place.entry.highest)
        case .damaged:
            core.damagedChunks.add(1, ordering: .relaxed)
        case .payload(let payload):
            guard let columns = try? ChunkCodec.decode(payload, count: place.entry.count) else {
                core.damagedChunks.add(1, ordering: .relaxed)
                return
            }
            pending.reserveCapacity(pending.count + columns.count)
            for index in 0..<columns.count where range.contains(columns.instants[index]) {
                pending.append(
                    Row(
                        instant: columns.instants[index],
                        bits: columns.bits[index],
                        order: UInt64(place.order) << 32 | UInt64(place.entry.offset),
                        mark: columns.marks[index]
                    )
                )
            }
        }
    }

    private mutating func overtaken(through instant: Int64) {
        overtakenThrough = max(overtakenThrough ?? .min, instant)
    }
}
