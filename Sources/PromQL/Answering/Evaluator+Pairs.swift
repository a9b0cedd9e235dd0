import Glibc
import Readings

/// What stands between two operands.
extension Evaluator {
    func combine(
        _ operation: Operation,
        _ left: Value,
        _ right: Value,
        _ matching: Matching
    ) throws(PromFailure) -> Value {
        switch (left, right) {
        case (.scalar(let left), .scalar(let right)):
            return .scalar(
                zip(left, right).map {
                    operation.isComparison
                        ? (operation.holds($0, $1) ? 1 : 0)
                        : operation.result($0, $1)
                }
            )
        case (.lines(let lines), .scalar(let numbers)):
            return .lines(try scaled(lines, operation, matching) { step, value in (value, numbers[step]) })
        case (.scalar(let numbers), .lines(let lines)):
            return .lines(try scaled(lines, operation, matching) { step, value in (numbers[step], value) })
        case (.lines(let left), .lines(let right)):
            if operation.isSet { return .lines(try united(operation, left, right, matching)) }
            return .lines(try paired(operation, left, right, matching))
        }
    }

    /// A vector and a number.
    private func scaled(
        _ lines: [Line],
        _ operation: Operation,
        _ matching: Matching,
        _ operands: (Int, Double) -> (Double, Double)
    ) throws(PromFailure) -> [Line] {
        let dropsName = operation.dropsName || matching.isBool
        let changed = lines.map { line in
            var line = line
            for step in line.values.indices where !Line.isGap(line.values[step]) {
                let value = line.values[step]
                let (left, right) = operands(step, value)
                if operation.isArithmetic {
                    line.values[step] = operation.result(left, right)
                } else if matching.isBool {
                    line.values[step] = operation.holds(left, right) ? 1 : 0
                } else if !operation.holds(left, right) {
                    line.values[step] = Line.gap
                }
            }
            if dropsName { line.labels = line.labels.unnamed }
            return line
        }
        guard dropsName else { return changed.filter { !$0.isEmpty } }
        return try Evaluator.merged(changed, orThrow: Evaluator.sameLabels)
    }

    // MARK: Vectors

    /// Which lines have the same labels, as far as they matter.
    private func groups(_ lines: [Line], _ matching: Matching) -> [LabelSet: [Int]] {
        Dictionary(grouping: lines.indices) { matching.key(of: lines[$0].labels) }
    }

    /// Whether any of some lines has a value, for each instant.
    private func presence(_ lines: [Line], _ members: some Collection<Int>) -> [Bool] {
        var presence = [Bool](repeating: false, count: grid.count)
        for member in members {
            for step in presence.indices where !Line.isGap(lines[member].values[step]) {
                presence[step] = true
            }
        }
        return presence
    }

    /// Arithmetic and comparisons of lines that belong together.
    private func paired(
        _ operation: Operation,
        _ left: [Line],
        _ right: [Line],
        _ matching: Matching
    ) throws(PromFailure) -> [Line] {
        let manyIsRight = matching.many == .right
        let (many, one) = manyIsRight ? (right, left) : (left, right)
        let ones = groups(one, matching)
        try checkOnes(ones, one, many, matching)
        let most = limits.values / grid.count
        var results: [Line] = []
        // Per key and instant: whether a line of the many had a result; of one to one alone.
        var taken: [LabelSet: [Bool]] = [:]
        for line in many {
            let key = matching.key(of: line.labels)
            try reader.checkTime()
            for partner in ones[key] ?? [] {
                let other = one[partner]
                var values = [Double](repeating: Line.gap, count: grid.count)
                for step in values.indices
                where !Line.isGap(line.values[step]) && !Line.isGap(other.values[step]) {
                    let (a, b) =
                        manyIsRight
                        ? (other.values[step], line.values[step])
                        : (line.values[step], other.values[step])
                    if operation.isArithmetic {
                        values[step] = operation.result(a, b)
                    } else if matching.isBool {
                        values[step] = operation.holds(a, b) ? 1 : 0
                    } else if operation.holds(a, b) {
                        values[step] = a
                    }
                }
                let result = Line(
                    labels: matching.labels(line.labels, other.labels, operation),
                    values: values
                )
                if result.isEmpty { continue }
                guard results.count < most else {
                    throw .tooMuch("more than \(most) rows of \(grid.count) points")
                }
                if matching.many == nil { try Evaluator.take(values, &taken[key, default: []]) }
                results.append(result)
            }
        }
        let failure: PromFailure =
            matching.many == nil
            ? Evaluator.sameLabels
            : .ambiguous("multiple matches for labels: grouping labels must ensure unique matches")
        return try Evaluator.merged(results, orThrow: failure)
    }

    /// At no instant may two lines of the side with one have the same key.
    private func checkOnes(
        _ ones: [LabelSet: [Int]],
        _ one: [Line],
        _ many: [Line],
        _ matching: Matching
    ) throws(PromFailure) {
        let isAsked = presence(many, many.indices)
        for (key, members) in ones where members.count > 1 {
            for step in 0..<grid.count where isAsked[step] {
                let present = members.count { !Line.isGap(one[$0].values[step]) }
                guard present > 1 else { continue }
                let side = matching.many == .right ? "left" : "right"
                throw .ambiguous(
                    "found duplicate series for the match group \(key) on the \(side) hand-side of the operation; "
                        + "many-to-many matching not allowed: matching labels must be unique on one side"
                )
            }
        }
    }

    private static func take(_ values: [Double], _ taken: inout [Bool]) throws(PromFailure) {
        if taken.isEmpty { taken = [Bool](repeating: false, count: values.count) }
        for step in values.indices where !Line.isGap(values[step]) {
            if taken[step] {
                throw .ambiguous(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                )
            }
            taken[step] = true
        }
    }

    /// `and`, `or`, `unless`.
    private func united(
        _ operation: Operation,
        _ left: [Line],
        _ right: [Line],
        _ matching: Matching
    ) throws(PromFailure) -> [Line] {
        let (sifted, others) = operation == .or ? (right, left) : (left, right)
        let keys = groups(others, matching).mapValues { presence(others, $0) }
        let kept = sifted.map { line in
            var line = line
            let partners = keys[matching.key(of: line.labels)]
            for step in line.values.indices {
                let hasPartner = partners?[step] ?? false
                if hasPartner != (operation == .and) { line.values[step] = Line.gap }
            }
            return line
        }.filter { !$0.isEmpty }
        return operation == .or ? try Evaluator.merged(left + kept, orThrow: Evaluator.sameLabels) : kept
    }
}

extension Matching {
    /// What lines that belong together have in common.
    func key(of labels: LabelSet) -> LabelSet {
        isOn ? labels.only(names) : labels.without(names + [LabelSet.metric])
    }

    /// The labels of what comes of a line of the many and its one.
    func labels(_ many: LabelSet, _ one: LabelSet, _ operation: Operation) -> LabelSet {
        var labels = many
        if operation.dropsName || isBool { labels = labels.unnamed }
        if self.many == nil { labels = isOn ? labels.only(names) : labels.without(names) }
        for name in included { labels = labels.with(name, one[name]) }
        return labels
    }
}

extension LabelSet: CustomStringConvertible {
    /// As selectors write it.
    public var description: String {
        "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ") + "}"
    }
}

extension Operation {
    /// Of a comparison: whether it is so.
    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        default: left >= right
        }
    }

    /// Of arithmetic: what it comes to.
    func result(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .plus: left + right
        case .minus: left - right
        case .times: left * right
        case .over: left / right
        case .modulo: fmod(left, right)
        case .atan2: Glibc.atan2(left, right)
        default: pow(left, right)
        }
    }
}
