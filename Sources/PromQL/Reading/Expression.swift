import Readings

/// What a query says, as a tree whose types fit.
indirect enum Expression: Hashable, Sendable {
    case number(Double)
    /// The last value before each instant.
    case selection(Selection)
    /// The samples of a stretch before each instant.
    case range(Selection, widthMs: Int64)
    case window(WindowFunction, Selection, widthMs: Int64, parameter: Expression?)
    case call(CallFunction, [Expression])
    case aggregate(Aggregate, Expression, by: Grouping, parameter: Expression?)
    case binary(Operation, Expression, Expression, Matching)
    case negated(Expression)

    /// What comes of it.
    enum Form: String, Sendable {
        case scalar
        case vector = "instant vector"
        case range = "range vector"
    }

    var form: Form {
        switch self {
        case .number: .scalar
        case .selection, .window, .aggregate: .vector
        case .range: .range
        case .call(let function, _): function.form
        case .binary(_, let left, let right, _):
            left.form == .scalar && right.form == .scalar ? .scalar : .vector
        case .negated(let inner): inner.form
        }
    }
}

/// Which series are meant, and how long ago.
struct Selection: Hashable, Sendable {
    /// A condition on a label of that name.
    struct Condition: Hashable, Sendable {
        var name: String
        var matcher: LabelMatcher
    }

    /// All hold.
    var conditions: [Condition]
    var offsetMs: Int64 = 0
}

/// What is folded into one value of each group.
enum Aggregate: String, CaseIterable, Sendable {
    case sum, avg, min, max, count, group, stddev, stdvar, topk, bottomk, quantile

    /// Whether a number stands before what is folded.
    var hasParameter: Bool { self == .topk || self == .bottomk || self == .quantile }
}

/// Which labels tell groups apart.
struct Grouping: Hashable, Sendable {
    /// Sorted.
    var names: [String] = []
    /// All labels but these and the metric's name.
    var isWithout = false
}

/// What stands between two operands.
enum Operation: String, CaseIterable, Sendable {
    case or, and, unless
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case modulo = "%"
    case atan2
    case power = "^"

    /// How tightly it binds.
    var rank: Int {
        switch self {
        case .or: 1
        case .and, .unless: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
        case .plus, .minus: 4
        case .times, .over, .modulo, .atan2: 5
        case .power: 6
        }
    }

    var isSet: Bool { self == .or || self == .and || self == .unless }
    var isComparison: Bool { rank == 3 }
    var isArithmetic: Bool { rank > 3 }
    /// What it comes to is no longer what the metric's name says; of atan2 Prometheus thinks otherwise.
    var dropsName: Bool { isArithmetic && self != .atan2 }
}

/// Which rows of two vectors belong together.
struct Matching: Hashable, Sendable {
    enum Side { case left, right }

    /// `bool`: a comparison answers 1 or 0 instead of leaving out what it does not hold for.
    var isBool = false
    /// Rows belong together when these labels are equal (`on`), or all but these (`ignoring`).
    var names: [String] = []
    var isOn = false
    /// Several rows of that side may belong to one of the other.
    var many: Side?
    /// Labels that a row of the many takes over from its one.
    var included: [String] = []
}
