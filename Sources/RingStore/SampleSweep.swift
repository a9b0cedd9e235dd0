internal import Codec
internal import Readings

/// Goes through one series in a view, oldest sample first, in runs: pages and head merged, late samples in
/// their place, of equal stamps the last arrival (all of them for movements).
///
/// Memory is bounded by the pages that overlap each other in time, not by the range.
struct SampleSweep {
    private let core: StoreCore
    private let view: View
    private let id: SeriesID
    private let keepsEqualStamps: Bool
    /// A page was overtaken by the ring while it was being read; its latest stamp.
    private(set) var overtakenThrough: Int64?
    /// What the young ring held has been merged and its place taken since the view was published: a newer
    /// view has it all.
    private(set) var isStale = false

    init(core: StoreCore, view: View, series: Series) {
        self.core = core
        self.view = view
        id = series.id
        keepsEqualStamps = series.kind == .delta
    }

    /// Some samples of the series, ascending: a part of columns.
    typealias Take = (_ samples: borrowing SampleColumns, _ part: Range<Int>) -> Bool

    /// Hands over the samples with stamps in `range`, in ascending runs, until `take` returns false.
    mutating func run(_ range: Range<Int64>, _ take: Take) throws(StoreFailure) {
        try run(range, try pages(range, merged: true), take)
    }

    /// The same over what is not in the raw ring yet.
    mutating func runUnmerged(_ range: Range<Int64>, _ take: Take) throws(StoreFailure) {
        try run(range, try pages(range, merged: false), take)
    }

    private mutating func run(
        _ range: Range<Int64>,
        _ places: [PagePlace],
        _ take: Take
    ) throws(StoreFailure) {
        let head = headRows(range)
        var decoder = PageDecoder()
        var columns = SampleColumns()
        var pending: [Row] = []
        var nextHead = 0
        for index in 0..<max(1, places.count) {
            // What lies before the next page's first stamp can change no more.
            let floor = index + 1 < places.count ? places[index + 1].entry.lowest : Int64.max
            if index < places.count {
                columns.removeAll()
                try decode(places[index], with: &decoder, into: &columns)
                let first = columns.instants.firstPlace(notBelow: range.lowerBound)
                let part = first..<columns.instants.firstPlace(notBelow: range.upperBound, from: first)
                let isAlone =
                    pending.isEmpty && !part.isEmpty
                    && (floor == .max || columns.instants[part.upperBound - 1] < floor)
                    && (nextHead == head.count
                        || head[nextHead].instant > columns.instants[part.upperBound - 1])
                if isAlone {
                    // Nothing else has stamps among these: as they are.
                    if !take(columns, part) { return }
                } else {
                    append(columns, part, of: places[index], to: &pending)
                }
            }
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
            if ready.isEmpty { continue }
            ready.settle(keepsEqualStamps: keepsEqualStamps)
            columns.removeAll()
            for row in ready { columns.append(row.packed) }
            if !take(columns, 0..<columns.count) { return }
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

    /// Behind every page in the order of arrival.
    private func late(_ row: Row, _ generation: UInt64) -> Row {
        var row = row
        row.order |= (2 | generation) << 62
        return row
    }

    private mutating func pages(_ range: Range<Int64>, merged: Bool) throws(StoreFailure) -> [PagePlace] {
        let device = core.catalogue.device(of: id)
        var places: [PagePlace] = []
        for (order, block) in view.raw.enumerated() where merged && block.mayHold(device, range) {
            let isIntact = try block.pages(of: device, in: range, ring: core.raw, order: order, into: &places)
            if !isIntact { core.noteDamage() }
            if !core.raw.holds(block.segment) { overtaken(through: block.highest) }
        }
        for (order, block) in view.young.enumerated() where block.mayHold(device, range) {
            let order = view.raw.count + order
            let isIntact = try block.pages(
                of: device,
                in: range,
                ring: core.young,
                order: order,
                into: &places
            )
            if !isIntact { core.noteDamage() }
            if !core.young.holds(block.segment) { isStale = true }
        }
        places.sort { ($0.entry.lowest, $0.order) < ($1.entry.lowest, $1.order) }
        return places
    }

    /// Nothing comes of a page that is damaged or was overtaken.
    private mutating func decode(
        _ place: PagePlace,
        with decoder: inout PageDecoder,
        into columns: inout SampleColumns
    ) throws(StoreFailure) {
        let isYoung = place.order >= view.raw.count
        switch try (isYoung ? core.young : core.raw).fetch(place) {
        case .expired where isYoung: isStale = true
        case .expired: overtaken(through: place.entry.highest)
        case .damaged: core.noteDamage()
        case .page(let page):
            do throws(ByteReader.Failure) {
                if isYoung {
                    try DraftPage.decode(page.span) { (series, run) throws(ByteReader.Failure) in
                        if series == id.index { run.append(to: &columns) }
                    }
                } else {
                    try decoder.open(page.span)
                    _ = try decoder.decode(series: id.index, from: page.span, into: &columns)
                }
            } catch {
                columns.removeAll()
                core.noteDamage()
            }
        }
    }

    private func append(
        _ columns: borrowing SampleColumns,
        _ part: Range<Int>,
        of place: PagePlace,
        to rows: inout [Row]
    ) {
        let order = UInt64(place.order) << 32 | UInt64(place.entry.offset)
        for index in part {
            rows.append(
                Row(
                    instant: columns.instants[index],
                    bits: columns.bits[index],
                    order: order,
                    mark: columns.marks[index]
                )
            )
        }
    }

    private mutating func overtaken(through instant: Int64) {
        overtakenThrough = max(overtakenThrough ?? .min, instant)
    }
}
