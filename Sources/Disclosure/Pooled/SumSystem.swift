/// Unknown amounts, none negative, of which some sums are known to lie in intervals: how far can one of them go?
///
/// A linear program for each question, solved by the simplex method with Bland's rule, which cannot cycle. Small by
/// what it is for: as many unknowns as firms in a grant, as many sums as grants that one coalition gets.
public struct SumSystem: Sendable {
    private let count: Int
    private var rows: [Row] = []

    /// `coefficients · x + slack = bound`, or without slack where the sum is known.
    private struct Row {
        var places: [Int]
        var bound: Double
        /// 1: at most the bound, −1: at least, 0: just so.
        var slack: Double
    }

    /// - Parameter count: of unknown amounts.
    public init(count: Int) {
        self.count = count
    }

    /// The amounts at these places add up to something in an interval.
    public mutating func add(_ places: [Int], _ interval: ValueInterval) {
        if interval.low == interval.high {
            rows.append(Row(places: places, bound: interval.low, slack: 0))
            return
        }
        if interval.high < .infinity { rows.append(Row(places: places, bound: interval.high, slack: 1)) }
        if interval.low > 0 { rows.append(Row(places: places, bound: interval.low, slack: -1)) }
    }

    /// The least and the most that one amount can be; nil when the sums contradict each other.
    public func range(of place: Int) -> ValueInterval? {
        guard let low = optimum(of: place, sign: -1), let high = optimum(of: place, sign: 1) else {
            return nil
        }
        return ValueInterval(low: max(0, min(-low, high)), high: high)
    }

    /// The maximum of `sign · x[place]`; infinite without a bound, nil without a solution.
    private func optimum(of place: Int, sign: Double) -> Double? {
        var table = SimplexTable(count: count)
        for row in rows { table.add(row.places, bound: row.bound, slack: row.slack) }
        return table.maximize(place, sign: sign)
    }
}

/// A dense simplex tableau in two phases.
private struct SimplexTable {
    private let count: Int
    /// Coefficients, the bound last.
    private var rows: [[Double]] = []
    private var slacks: [Double] = []
    private var places: [[Int]] = []
    private var bounds: [Double] = []

    init(count: Int) {
        self.count = count
    }

    mutating func add(_ places: [Int], bound: Double, slack: Double) {
        self.places.append(places)
        bounds.append(bound)
        slacks.append(slack)
    }

    mutating func maximize(_ place: Int, sign: Double) -> Double? {
        let scale = max(1, bounds.reduce(0) { max($0, $1.magnitude) })
        let tolerance = 1e-9
        let slackCount = slacks.count
        let width = count + 2 * slackCount
        var basis: [Int] = []
        for (index, places) in places.enumerated() {
            var row = [Double](repeating: 0, count: width + 1)
            for place in places { row[place] = 1 }
            row[count + index] = slacks[index]
            row[width] = bounds[index] / scale
            if row[width] < 0 { for column in row.indices { row[column] = -row[column] } }
            // An artificial amount for each row: the first phase drives them all to nothing.
            row[count + slackCount + index] = 1
            basis.append(count + slackCount + index)
            rows.append(row)
        }
        var goal = [Double](repeating: 0, count: width + 1)
        for column in (count + slackCount)..<width { goal[column] = -1 }
        guard let feasible = solve(goal, &basis, columns: width, tolerance), feasible > -tolerance * 10 else {
            return nil
        }
        expel(&basis, from: count + slackCount, tolerance)
        goal = [Double](repeating: 0, count: width + 1)
        goal[place] = sign
        guard let best = solve(goal, &basis, columns: count + slackCount, tolerance) else { return .infinity }
        return best * scale
    }

    /// Takes artificial amounts that are zero out of the basis, so that the second phase cannot raise them.
    private mutating func expel(_ basis: inout [Int], from artificial: Int, _ tolerance: Double) {
        for index in rows.indices where basis[index] >= artificial {
            if let column = (0..<artificial).first(where: { rows[index][$0].magnitude > tolerance }) {
                pivot(index, column, &basis)
            } else {
                // The row says nothing that the others do not.
                for column in rows[index].indices { rows[index][column] = 0 }
            }
        }
    }

    /// - Returns: the greatest value of `goal · x`, nil when it has no bound.
    private mutating func solve(
        _ goal: [Double],
        _ basis: inout [Int],
        columns: Int,
        _ tolerance: Double
    ) -> Double? {
        while true {
            // What a column gains beyond what it costs in the basis.
            let entering = (0..<columns).first { column in
                var gain = goal[column]
                for index in rows.indices { gain -= goal[basis[index]] * rows[index][column] }
                return gain > tolerance
            }
            guard let entering else { break }
            var leaving: Int?
            var least = Double.infinity
            for index in rows.indices where rows[index][entering] > tolerance {
                let ratio = rows[index][rows[index].count - 1] / rows[index][entering]
                let isTie = leaving.map { ratio <= least + tolerance && basis[index] < basis[$0] } ?? false
                if ratio < least - tolerance || isTie {
                    least = min(least, ratio)
                    leaving = index
                }
            }
            guard let leaving else { return nil }
            pivot(leaving, entering, &basis)
        }
        return rows.indices.reduce(0) { $0 + goal[basis[$1]] * rows[$1][rows[$1].count - 1] }
    }

    private mutating func pivot(_ index: Int, _ column: Int, _ basis: inout [Int]) {
        let factor = rows[index][column]
        for place in rows[index].indices { rows[index][place] /= factor }
        for other in rows.indices where other != index && rows[other][column] != 0 {
            let times = rows[other][column]
            for place in rows[other].indices { rows[other][place] -= times * rows[index][place] }
        }
        basis[index] = column
    }
}
