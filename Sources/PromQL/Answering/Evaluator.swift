import Readings

/// Answers the parts of a query, each for all instants of the grid at once.
struct Evaluator {
    let grid: Grid
    let limits: PromLimits
    var reader: SeriesReader

    /// How long before an instant the last value may lie, as in Prometheus.
    static let lookBackMs: Int64 = 300_000

    /// What a part comes to.
    enum Value {
        /// One for each instant.
        case scalar([Double])
        case lines([Line])
    }

    mutating func value(of expression: Expression) throws(PromFailure) -> Value {
        switch expression {
        case .number(let number): return .scalar([Double](repeating: number, count: grid.count))
        case .selection(let selection): return .lines(try latest(selection))
        case .range:
            throw .badRange("a range vector is the answer of an instant query alone; wrap it, as in rate(…)")
        case .window(let function, let selection, let widthMs, let parameter):
            var numbers: [Double] = []
            if let parameter { numbers = try scalar(parameter) }
            return .lines(try windows(function, selection, widthMs, numbers))
        case .call(let function, let arguments): return try call(function, arguments)
        case .aggregate(let aggregate, let inner, let grouping, let parameter):
            var numbers: [Double] = []
            if let parameter { numbers = try scalar(parameter) }
            return .lines(try fold(aggregate, try lines(inner), grouping, numbers))
        case .binary(let operation, let left, let right, let matching):
            return try combine(operation, try value(of: left), try value(of: right), matching)
        case .negated(let inner):
            switch try value(of: inner) {
            case .scalar(let numbers): return .scalar(numbers.map { -$0 })
            case .lines(let lines): return .lines(try Evaluator.distinct(lines.unnamed { -$0 }))
            }
        }
    }

    mutating func scalar(_ expression: Expression) throws(PromFailure) -> [Double] {
        guard case .scalar(let numbers) = try value(of: expression) else {
            preconditionFailure("types were checked")
        }
        return numbers
    }

    mutating func lines(_ expression: Expression) throws(PromFailure) -> [Line] {
        guard case .lines(let lines) = try value(of: expression) else {
            preconditionFailure("types were checked")
        }
        return lines
    }

    // MARK: Selectors

    /// The last value of each series at or before each instant, or its stamp in seconds.
    mutating func latest(_ selection: Selection, tellsStamps: Bool = false) throws(PromFailure) -> [Line] {
        let offsetMs = selection.offsetMs
        return try collect(selection, behindMs: Evaluator.lookBackMs) { (samples, grid, values) in
            var next = 0
            for step in 0..<grid.count {
                let instantMs = grid[step] - offsetMs
                while next < samples.instants.count, samples.instants[next] <= instantMs { next += 1 }
                guard next > 0, samples.instants[next - 1] >= instantMs - samples.standsMs(next - 1) else {
                    continue
                }
                let value = samples.values[next - 1]
                let isStamp = tellsStamps && !Line.isGap(value)
                values[step] = isStamp ? Double(samples.instants[next - 1]) / 1000 : value
            }
        }
    }

    /// What a function tells of the stretch before each instant.
    private mutating func windows(
        _ function: WindowFunction,
        _ selection: Selection,
        _ widthMs: Int64,
        _ parameter: [Double]
    ) throws(PromFailure) -> [Line] {
        let isOver = reader.isOver
        let lines = try collect(selection, behindMs: widthMs) { (samples, grid, values) in
            let windows = Windows(
                samples: samples.withoutSilence,
                widthMs: widthMs,
                offsetMs: selection.offsetMs,
                grid: grid,
                isOver: isOver
            )
            windows.fold(function, parameter, into: &values)
        }
        guard function != .lastOverTime else { return lines }
        return try Evaluator.distinct(lines.unnamed { $0 })
    }

    /// A line for each series that has any value.
    private mutating func collect(
        _ selection: Selection,
        behindMs: Int64,
        _ fill: (Samples, Grid, inout [Double]) -> Void
    ) throws(PromFailure) -> [Line] {
        let grid = grid
        let most = limits.values / grid.count
        var lines: [Line] = []
        try reader.each(
            selection,
            from: grid.startMs - selection.offsetMs - behindMs,
            to: grid.endMs - selection.offsetMs
        ) { (labels, samples) throws(PromFailure) in
            if samples.instants.isEmpty { return }
            guard lines.count < most else {
                throw .tooMuch(
                    "more than \(most) series of \(grid.count) points each; narrow the selector or take a longer step"
                )
            }
            var line = Line(labels: labels, values: [Double](repeating: Line.gap, count: grid.count))
            fill(samples, grid, &line.values)
            if !line.isEmpty { lines.append(line) }
        }
        // The last series may have been cut short.
        try reader.checkTime()
        return lines
    }

    // MARK: Lines

    /// The same lines, unless two of them have the same labels.
    static func distinct(_ lines: [Line]) throws(PromFailure) -> [Line] {
        guard Set(lines.map(\.labels)).count == lines.count else { throw sameLabels }
        return lines
    }

    static let sameLabels = PromFailure.ambiguous("vector cannot contain metrics with the same labelset")

    /// Puts lines of the same labels together, which may not have values at the same instant.
    static func merged(_ lines: [Line], orThrow failure: PromFailure) throws(PromFailure) -> [Line] {
        var places: [LabelSet: Int] = [:]
        var merged: [Line] = []
        for line in lines {
            guard let place = places[line.labels] else {
                places[line.labels] = merged.count
                merged.append(line)
                continue
            }
            for step in line.values.indices where !Line.isGap(line.values[step]) {
                guard Line.isGap(merged[place].values[step]) else { throw failure }
                merged[place].values[step] = line.values[step]
            }
        }
        return merged
    }
}

extension [Line] {
    /// Each value changed, gaps left, and the metric's name taken away.
    func unnamed(_ change: (Double) -> Double) -> [Line] {
        map { Line(labels: $0.labels.unnamed, values: $0.values.map { Line.isGap($0) ? $0 : change($0) }) }
    }
}
