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

    /// Takes the next sample in, as ``PackedSample`` has it; stamps ascend.
    mutating func fold(_ instant: Int64, _ bits: UInt64, _ mark: UInt8)

    /// Takes in what is known of the same bucket, or of a part of it.
    ///
    /// - Returns: whether the result is exact: they share no stretch of time, so that nothing can count twice.
    @discardableResult
    mutating func merge(_ other: Self) -> Bool
}

/// Rows of one series, column by column: how they are folded, written and read. To be used again and again.
protocol TierColumns {
    associatedtype Row: TierRow

    init()

    /// How many rows.
    var count: Int { get }

    /// One row of those that were folded or read.
    subscript(_ row: Int) -> Row { get }

    /// Folds the samples of a series, ascending; what was in the columns goes.
    mutating func fold(_ samples: borrowing SampleColumns, widthMs: Int64, countsFalls: Bool)

    /// Folds finer rows, ascending, of a width that divides this one; what was in the columns goes.
    mutating func fold(_ finer: borrowing Self, widthMs: Int64)

    /// The end of the rows from `start` on that take at most `most` lines of a page; one at least.
    func end(from start: Int, most: Int) -> Int

    /// The start of a row's bucket, and the last line that it takes in a page.
    func stamps(of row: Int) -> (first: Int64, last: Int64)

    /// Adds some of the rows to a page. Returns how many lines they take.
    func put(_ rows: Range<Int>, series: UInt32, into encoder: inout RollupEncoder) -> Int

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
