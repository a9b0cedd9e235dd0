internal import Codec
internal import Readings

/// What one merge, or the head, knows of one bucket of a series.
protocol TierRow {
    /// Of one sample at `stamp`, which is folded next.
    ///
    /// - Parameter countsFalls: see ``Bucket/countsFalls``.
    init(start: Instant, widthMs: Int64, countsFalls: Bool, stamp: Int64)

    /// Of the bucket.
    var start: Int64 { get }

    /// The earliest stamp.
    var lowest: Int64 { get }

    /// Takes the next sample in, as ``PackedSample`` has it; stamps ascend.
    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8)

    /// Takes in what is known of the same bucket, or of a part of it.
    ///
    /// - Returns: whether the result is exact: they share no stretch of time, so that nothing can count twice.
    @discardableResult
    mutating func merge(_ other: Self) -> Bool

    /// It as all that is known of the coarser bucket that begins at `start`.
    func widened(start: Int64, widthMs: Int64) -> Self

    /// How many lines it takes in a page.
    var lines: Int { get }

    /// The first and the last start that it takes in a page.
    var stamps: (first: Int64, last: Int64) { get }

    /// Appends the starts of the lines of some rows.
    static func putStarts(_ rows: Span<Self>, into starts: inout [Int64])

    /// Writes the lines of some rows, column by column; their starts are in the page already.
    ///
    /// - Parameter cells: memory for one column.
    static func put<Writer: RollupWriter & ~Copyable>(
        _ rows: Span<Self>,
        with cells: inout TierCells,
        into page: inout Writer
    )
}

/// Memory for rows on their way into a page: which series they are of, and the cells of one column.
struct TierCells {
    var ids: [UInt32] = []
    /// Lines of each series.
    var counts: [Int] = []
    var starts: [Int64] = []
    var integers: [Int64] = []
    var values: [UInt64] = []
}

/// Rows of one series as they are read from pages. To be used again and again.
protocol TierColumns {
    associatedtype Row: TierRow

    init()

    /// How many rows.
    var count: Int { get }

    /// One row of those that were read.
    subscript(_ row: Int) -> Row { get }

    /// The start of a row's bucket, and the last line that it takes in a page.
    func stamps(of row: Int) -> (first: Int64, last: Int64)

    /// Whether the starts of some rows ascend, the first of them later than `last`.
    func ascend(_ rows: Range<Int>, after last: Int64) -> Bool

    /// Reads the rows that a page holds of a series. False when it makes no sense; empty when it holds none.
    ///
    /// - Parameter ends: whether first and last values and their stamps are wanted.
    mutating func read(
        _ page: [UInt8],
        series: UInt32,
        of tier: Tier,
        countsFalls: Bool,
        with decoder: inout RollupDecoder,
        ends: Bool
    ) -> Bool
}

extension Array where Element: TierRow {
    /// Folds the next sample, in ascending order of stamps.
    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8, widthMs: Int64, countsFalls: Bool) {
        let start = Instant(milliseconds: instant).floored(toMs: widthMs)
        if last?.start != start.milliseconds {
            append(Element(start: start, widthMs: widthMs, countsFalls: countsFalls, stamp: instant))
        }
        self[count - 1].fold(instant, bits, mark)
    }
}
