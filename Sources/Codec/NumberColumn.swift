/// A column of whole numbers: what its bytes mean. Exact for every `Int64`: all arithmetic wraps around.
///
///     head        bits 0 … 2 predictor, 3 … 4 coding, 5 a unit follows, 6 … 7 frame length; 1 in coding 2: sparse
///     first       zigzag
///     unit        varint, only when bit 5 is set; else 1
///     body        the residuals of the numbers after the first; nothing for predictor 0
///
/// Every number is `first + unit × q`, where the first q is 0. Predictors say what the next q is expected to be:
///
///     0 constant    all are the first; no body
///     1 level       0
///     2 step        the q before
///     3 line        the q before + the step before
///     4 … 7 smooth  (s + half) >> a with a = predictor − 3, where s is the sum of all residuals so far
///
/// Codings of the residuals:
///
///     0 around      zigzag centre, then frames of zigzag(residual − centre)
///     1 above       zigzag lowest, then frames of (residual − lowest)
///     2 runs        varint count of runs, a column of their residuals, a column of their lengths − 1
///     2 sparse      zigzag centre, varint count of other residuals, a column of the gaps before them, a column
///                   of them
///     3 words       varint count of words, a column of the words, a column of which word
///
/// Columns within columns are never runs or sparse; within words they are frames only.
enum NumberColumn {
    static let constant = 0
    static let level = 1
    static let step = 2
    static let line = 3
    static let smooth = 4
    /// The shift a of the last smooth predictor.
    static let smoothMax = 4

    static let around = 0
    static let above = 1
    static let runs = 2
    static let words = 3
    /// In place of the frame length; that of runs is 0.
    static let sparse = 1

    /// The most words of one column.
    static let wordsMax = 255
    /// Columns within columns within columns.
    static let depthMax = 2

    /// Room that `count` numbers never exceed, columns within included.
    static func bytesMax(count: Int) -> Int { 3 &* (NumberFrames.bytesMax(count: count) &+ 40) }
}

/// How one column is to be written, and about how many bits that takes.
struct NumberPlan {
    var predictor = NumberColumn.constant
    var coding = NumberColumn.around
    var isSparse = false
    var unit: Int64 = 1
    /// The residual expected, before it is looked at more closely.
    var centre: Int64 = 0
    var bits = 16
}
