/// What is told of the samples of a stretch of time.
enum WindowFunction: String, CaseIterable, Sendable {
    case rate, increase, delta, irate, idelta, changes, resets
    case avgOverTime = "avg_over_time"
    case minOverTime = "min_over_time"
    case maxOverTime = "max_over_time"
    case sumOverTime = "sum_over_time"
    case countOverTime = "count_over_time"
    case lastOverTime = "last_over_time"
    case presentOverTime = "present_over_time"
    case stddevOverTime = "stddev_over_time"
    case stdvarOverTime = "stdvar_over_time"
    case quantileOverTime = "quantile_over_time"

    /// Whether a number stands before the range.
    var hasParameter: Bool { self == .quantileOverTime }
}

/// What is made of values.
enum CallFunction: String, CaseIterable, Sendable {
    case time, vector, scalar, timestamp, absent
    case abs, ceil, floor, round, sqrt, exp, ln, log2, log10, sgn
    case clamp
    case clampMin = "clamp_min"
    case clampMax = "clamp_max"
    case sort
    case sortDescending = "sort_desc"

    var form: Expression.Form { self == .time || self == .scalar ? .scalar : .vector }

    /// What stands in the brackets; the last so many may be left out.
    var arguments: (forms: [Expression.Form], optional: Int) {
        switch self {
        case .time: ([], 0)
        case .vector: ([.scalar], 0)
        case .round: ([.vector, .scalar], 1)
        case .clamp: ([.vector, .scalar, .scalar], 0)
        case .clampMin, .clampMax: ([.vector, .scalar], 0)
        default: ([.vector], 0)
        }
    }
}
