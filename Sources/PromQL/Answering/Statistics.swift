import Glibc

/// Folds of plain numbers, by the arithmetic of Prometheus.
extension Collection<Double> {
    /// With what each rounding lost (Neumaier); infinite once it was.
    var sum: Double {
        var (sum, lost) = (0.0, 0.0)
        for value in self { (sum, lost) = Self.add(value, to: sum, lost) }
        return sum.isInfinite ? sum : sum + lost
    }

    /// Step by step, so that it is finite where the sum is not.
    var mean: Double {
        var (mean, lost, count) = (0.0, 0.0, 0.0)
        for value in self {
            count += 1
            if mean.isInfinite {
                if value.isInfinite && (mean > 0) == (value > 0) { continue }
                if value.isFinite { continue }
            }
            (mean, lost) = Self.add(value / count - mean / count, to: mean, lost)
        }
        return mean.isInfinite ? mean : mean + lost
    }

    /// Of the whole, not of a sample of it (Welford).
    var variance: Double {
        var (count, mean, meanLost, squares, squaresLost) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for value in self {
            count += 1
            let delta = value - (mean + meanLost)
            (mean, meanLost) = Self.add(delta / count, to: mean, meanLost)
            (squares, squaresLost) = Self.add(delta * (value - (mean + meanLost)), to: squares, squaresLost)
        }
        return (squares + squaresLost) / count
    }

    private static func add(_ value: Double, to sum: Double, _ lost: Double) -> (Double, Double) {
        let total = sum + value
        let rest = Swift.abs(sum) >= Swift.abs(value) ? (sum - total) + value : (value - total) + sum
        return (total, lost + rest)
    }
}

/// The value below which a share of the values lies, between its neighbours in proportion.
///
/// - Parameter values: at least one.
func quantile(_ share: Double, _ values: [Double]) -> Double {
    if share.isNaN { return .nan }
    if share < 0 { return -.infinity }
    if share > 1 { return .infinity }
    let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
    let rank = share * Double(sorted.count - 1)
    let lower = max(0, Int(rank))
    let upper = min(sorted.count - 1, lower + 1)
    let weight = rank - rank.rounded(.down)
    return sorted[lower] * (1 - weight) + sorted[upper] * weight
}
