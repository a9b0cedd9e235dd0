/// What folds many lines into one, instant by instant.
extension Evaluator {
    func fold(
        _ aggregate: Aggregate,
        _ lines: [Line],
        _ grouping: Grouping,
        _ parameter: [Double]
    ) throws(PromFailure) -> [Line] {
        var places: [LabelSet: Int] = [:]
        var groups: [(labels: LabelSet, members: [Int])] = []
        for (index, line) in lines.enumerated() {
            let labels = grouping.labels(of: line.labels)
            if let place = places[labels] {
                groups[place].members.append(index)
            } else {
                places[labels] = groups.count
                groups.append((labels, [index]))
            }
        }
        switch aggregate {
        case .topk, .bottomk:
            return groups.flatMap { foremost(aggregate, lines, $0.members, parameter) }.filter { !$0.isEmpty }
        case .quantile:
            return groups.map { labels, members in
                gathered(labels, lines, members) { step, values in quantile(parameter[step], values) }
            }
        default:
            return groups.map { labels, members in
                var line = Line(labels: labels, values: [Double](repeating: Line.gap, count: grid.count))
                var counts = [Double](repeating: 0, count: grid.count)
                var squares = [Double](repeating: 0, count: grid.count)
                for member in members {
                    aggregate.take(lines[member].values, into: &line.values, &counts, &squares)
                }
                aggregate.close(&line.values, counts, squares)
                return line
            }
        }
    }

    /// All values of each instant at once.
    private func gathered(
        _ labels: LabelSet,
        _ lines: [Line],
        _ members: [Int],
        _ tell: (Int, [Double]) -> Double
    ) -> Line {
        var line = Line(labels: labels, values: [Double](repeating: Line.gap, count: grid.count))
        var values: [Double] = []
        for step in 0..<grid.count {
            values.removeAll(keepingCapacity: true)
            for member in members where !Line.isGap(lines[member].values[step]) {
                values.append(lines[member].values[step])
            }
            if !values.isEmpty { line.values[step] = tell(step, values) }
        }
        return line
    }

    /// The lines with the most, or the least, at each instant; a NaN comes last.
    private func foremost(
        _ aggregate: Aggregate,
        _ lines: [Line],
        _ members: [Int],
        _ wanted: [Double]
    ) -> [Line] {
        var kept = members.map { member in
            Line(labels: lines[member].labels, values: [Double](repeating: Line.gap, count: grid.count))
        }
        var order: [Int] = []
        for step in 0..<grid.count where wanted[step] >= 1 {
            order.removeAll(keepingCapacity: true)
            order.append(contentsOf: members.indices.filter { !Line.isGap(lines[members[$0]].values[step]) })
            func value(_ place: Int) -> Double { lines[members[place]].values[step] }
            order.sort { left, right in
                let (a, b) = (value(left), value(right))
                if a.isNaN || b.isNaN || a == b { return a.isNaN == b.isNaN ? left < right : b.isNaN }
                return aggregate == .topk ? a > b : a < b
            }
            for place in order.prefix(Int(min(wanted[step], 1e9))) { kept[place].values[step] = value(place) }
        }
        return kept
    }
}

extension Grouping {
    /// What a line's group is known by.
    func labels(of labels: LabelSet) -> LabelSet {
        isWithout ? labels.without(names + [LabelSet.metric]) : labels.only(names)
    }
}

extension Aggregate {
    /// Takes one line in, in the order and by the arithmetic of Prometheus.
    fileprivate func take(
        _ values: [Double],
        into folded: inout [Double],
        _ counts: inout [Double],
        _ squares: inout [Double]
    ) {
        for step in values.indices {
            let value = values[step]
            if Line.isGap(value) { continue }
            counts[step] += 1
            let isFirst = counts[step] == 1
            let held = folded[step]
            switch self {
            case .sum: folded[step] = isFirst ? value : held + value
            case .min: if isFirst || held > value || held.isNaN { folded[step] = value }
            case .max: if isFirst || held < value || held.isNaN { folded[step] = value }
            case .avg: folded[step] = isFirst ? value : Aggregate.mean(held, value, counts[step])
            case .stddev, .stdvar:
                let mean = isFirst ? 0 : held
                let delta = value - mean
                folded[step] = isFirst ? value : mean + delta / counts[step]
                if !isFirst { squares[step] += delta * (value - folded[step]) }
            case .count, .group, .topk, .bottomk, .quantile: break
            }
        }
    }

    private static func mean(_ mean: Double, _ value: Double, _ count: Double) -> Double {
        if mean.isInfinite {
            if value.isInfinite && (mean > 0) == (value > 0) { return mean }
            if value.isFinite { return mean }
        }
        return mean + (value / count - mean / count)
    }

    fileprivate func close(_ folded: inout [Double], _ counts: [Double], _ squares: [Double]) {
        for step in folded.indices where counts[step] > 0 {
            switch self {
            case .count: folded[step] = counts[step]
            case .group: folded[step] = 1
            case .stdvar: folded[step] = squares[step] / counts[step]
            case .stddev: folded[step] = (squares[step] / counts[step]).squareRoot()
            default: break
            }
        }
    }
}
