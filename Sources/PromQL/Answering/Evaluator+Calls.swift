import Glibc
import Readings

/// Functions of values.
extension Evaluator {
    mutating func call(_ function: CallFunction, _ arguments: [Expression]) throws(PromFailure) -> Value {
        let grid = grid
        switch function {
        case .time: return .scalar((0..<grid.count).map { Double(grid[$0]) / 1000 })
        case .vector: return .lines([Line(labels: LabelSet(), values: try scalar(arguments[0]))])
        case .scalar: return .scalar(Evaluator.only(try lines(arguments[0]), grid))
        case .absent:
            let found = try lines(arguments[0])
            let values = (0..<grid.count).map { step in
                found.contains { !Line.isGap($0.values[step]) } ? Line.gap : 1
            }
            return .lines([Line(labels: Evaluator.expected(arguments[0]), values: values)])
        case .timestamp: return .lines(try stamps(arguments[0]))
        case .sort, .sortDescending:
            // The order of an instant's answer; over a range rows stand in the order of their labels.
            return .lines(Evaluator.sorted(try lines(arguments[0]), descends: function == .sortDescending))
        case .round:
            var nearest = [Double](repeating: 1, count: grid.count)
            if arguments.count > 1 { nearest = try scalar(arguments[1]) }
            return try each(arguments[0]) { step, value in
                // Halves go up; multiplied by the inverse, as it is more exact for 0.1 and the like.
                let inverse = 1 / nearest[step]
                return Glibc.floor(value * inverse + 0.5) / inverse
            }
        case .clamp, .clampMin, .clampMax: return try clamped(function, arguments)
        default: return try each(arguments[0]) { _, value in function.result(value) }
        }
    }

    private mutating func each(
        _ argument: Expression,
        _ change: (Int, Double) -> Double
    ) throws(PromFailure) -> Value {
        let changed = try lines(argument).map { line in
            var line = Line(labels: line.labels.unnamed, values: line.values)
            for step in line.values.indices where !Line.isGap(line.values[step]) {
                line.values[step] = change(step, line.values[step])
            }
            return line
        }
        return .lines(try Evaluator.merged(changed, orThrow: Evaluator.sameLabels))
    }

    private mutating func clamped(_ function: CallFunction, _ arguments: [Expression]) throws(PromFailure)
        -> Value
    {
        var low = [Double](repeating: -.infinity, count: grid.count)
        var high = [Double](repeating: .infinity, count: grid.count)
        if function != .clampMax { low = try scalar(arguments[1]) }
        if function != .clampMin { high = try scalar(arguments[arguments.count - 1]) }
        let clamped = try each(arguments[0]) { step, value in
            low[step] > high[step] ? Line.gap : greater(low[step], lesser(high[step], value))
        }
        guard case .lines(let lines) = clamped else { return clamped }
        return .lines(lines.filter { !$0.isEmpty })
    }

    /// The value of the only line, NaN where there is none or more than one.
    private static func only(_ lines: [Line], _ grid: Grid) -> [Double] {
        (0..<grid.count).map { step in
            var found: Double?
            for line in lines where !Line.isGap(line.values[step]) {
                if found != nil { return .nan }
                found = line.values[step]
            }
            return found ?? .nan
        }
    }

    /// The labels that what is absent would have: those that its selector asks for by `=`, once each.
    private static func expected(_ argument: Expression) -> LabelSet {
        guard case .selection(let selection) = argument else { return LabelSet() }
        var labels = LabelSet()
        for condition in selection.conditions where condition.name != LabelSet.metric {
            let isAlone = selection.conditions.count { $0.name == condition.name } == 1
            if isAlone && condition.matcher.operation == .equal {
                labels = labels.with(condition.name, condition.matcher.text)
            }
        }
        return labels
    }

    /// When the values were stamped, in seconds; of what is no plain selector, when it is asked for.
    private mutating func stamps(_ argument: Expression) throws(PromFailure) -> [Line] {
        if case .selection(let selection) = argument {
            return try Evaluator.distinct(try latest(selection, tellsStamps: true).unnamed { $0 })
        }
        let grid = grid
        let lines = try lines(argument).map { line in
            Line(
                labels: line.labels.unnamed,
                values: line.values.indices.map {
                    Line.isGap(line.values[$0]) ? Line.gap : Double(grid[$0]) / 1000
                }
            )
        }
        return try Evaluator.merged(lines, orThrow: Evaluator.sameLabels)
    }

    private static func sorted(_ lines: [Line], descends: Bool) -> [Line] {
        lines.sorted { left, right in
            let (a, b) = (left.values[0], right.values[0])
            if a.isNaN || b.isNaN { return !a.isNaN && b.isNaN }
            return descends ? a > b : a < b
        }
    }
}

/// The lesser of two; of one that is no number it is only known when the other is as little as can be.
private func lesser(_ left: Double, _ right: Double) -> Double {
    if left == -.infinity || right == -.infinity { return -.infinity }
    return left.isNaN || right.isNaN ? .nan : Swift.min(left, right)
}

/// The greater of two, likewise.
private func greater(_ left: Double, _ right: Double) -> Double { -lesser(-left, -right) }

extension CallFunction {
    /// Of a function of one value.
    fileprivate func result(_ value: Double) -> Double {
        switch self {
        case .abs: Swift.abs(value)
        case .ceil: Glibc.ceil(value)
        case .floor: Glibc.floor(value)
        case .sqrt: Glibc.sqrt(value)
        case .exp: Glibc.exp(value)
        case .ln: log(value)
        case .log2: Glibc.log2(value)
        case .log10: Glibc.log10(value)
        case .sgn: value < 0 ? -1 : value > 0 ? 1 : value
        default: preconditionFailure("\(self) takes more than a value")
        }
    }
}
