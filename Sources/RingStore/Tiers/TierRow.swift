internal import Codec
internal import Readings

/// What one merge, or the head, knows of one bucket of a series.
protocol TierRow {
    /// Reads them whole.
    associatedtype Reader: TierReader where Reader.Row == Self

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

/// Takes the rows of one series from page after page.
protocol TierReader {
    associatedtype Row: TierRow

    /// - Parameters:
    ///   - countsFalls: see ``Bucket/countsFalls``.
    ///   - range: of the starts that are wanted.
    ///   - pages: how many will be read.
    init(_ tier: Tier, countsFalls: Bool, in range: Range<Int64>, pages: Int)

    /// Whether the starts of all that was taken ascend: no bucket is told of twice.
    var isAscending: Bool { get }

    /// All that was taken; nil where it leaves out what it takes to put rows together with others.
    var rows: [Row]? { get }

    /// Takes the wanted rows that a page holds of a series, if any. False when the page makes no sense: then nothing
    /// was taken of it.
    mutating func take(_ page: [UInt8], series: UInt32, with decoder: inout RollupDecoder) -> Bool
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
