import Plant
import Readings
import RingStore

/// What was on hand, from levels, counts and movements, carried forward step by step.
///
///     level 100 ─┬─ −5 ── −5 ─┬─ count 92 ── −5 ──▶ what the ledger has now
///                └ 100  95  90 └ 92           87
///
/// Where a level and movements fall into one step their order within it is told by the step's last stamps alone; what
/// stands at the end is the ledger's own quantity, and the run since the last level is set by it.
struct StockLevels {
    /// What was told within one step.
    struct Turn {
        let at: Instant
        var moved = 0.0
        /// The last moment of a movement in it.
        var movedAt = Instant.distantPast
        var level: (value: Double, at: Instant)?
    }

    let snapshot: Snapshot
    let line: StockLine

    /// - Throws: when the disk cannot be read.
    func chart(from: Instant, to: Instant) throws(StoreFailure) -> ChartLine {
        var chart = ChartLine(from: from, to: to)
        chart.unit = line.unit
        chart.isStepped = true
        chart.stepMs = ChartLine.width(from, to)
        let turns = try turns(chart)
        let values = Self.carried(turns, to: line.quantity, isNow: to >= line.asOf)
        chart.points = zip(turns, values).map { turn, value in
            let value = (value * 1000).rounded() / 1000
            return ChartLine.Point(at: turn.at, low: value, value: value, high: value)
        }
        if let last = chart.points.last, last.at < to {
            chart.points.append(.init(at: to, low: last.low, value: last.value, high: last.high))
        }
        return chart
    }

    /// What was on hand at the end of each turn.
    ///
    /// - Parameters:
    ///   - quantity: what the ledger has.
    ///   - isNow: whether the turns reach up to it.
    static func carried(_ turns: [Turn], to quantity: Double, isNow: Bool) -> [Double] {
        var values: [Double] = []
        var sum = start(turns, to: quantity)
        var lastLevel = 0
        for (index, turn) in turns.enumerated() {
            if let level = turn.level {
                sum = level.value + (turn.movedAt > level.at ? turn.moved : 0)
                lastLevel = index
            } else {
                sum += turn.moved
            }
            values.append(sum)
        }
        let error = isNow ? quantity - sum : 0
        if error != 0 { for index in lastLevel..<values.count { values[index] += error } }
        return values
    }

    /// What lay there before the first turn: up to the first level, or else to now, only movements counted.
    private static func start(_ turns: [Turn], to quantity: Double) -> Double {
        let end = turns.firstIndex { $0.level != nil } ?? turns.count
        let after = end < turns.count ? turns[end].level?.value ?? 0 : quantity
        return after - turns[..<end].reduce(0) { $0 + $1.moved }
    }

    private func turns(_ chart: ChartLine) throws(StoreFailure) -> [Turn] {
        var turns: [Instant: Turn] = [:]
        for id in line.series {
            guard let series = snapshot.series(id), !series.key.metric.hasPrefix("stock_weight") else {
                continue
            }
            for bucket in try snapshot.steps(series, chart) {
                var turn = turns[bucket.start] ?? Turn(at: bucket.start)
                if series.kind == .delta {
                    turn.moved += bucket.sum
                    turn.movedAt = max(turn.movedAt, bucket.lastAt)
                } else if bucket.lastAt > turn.level?.at ?? .distantPast {
                    turn.level = (bucket.last, bucket.lastAt)
                }
                turns[bucket.start] = turn
            }
        }
        return turns.values.sorted { $0.at < $1.at }
    }
}
