import Readings

/// What stands between operators.
extension Parser {
    mutating func term() throws(PromFailure) -> Expression {
        let start = next
        if take("-") { return try negated(try operand(above: Operation.times.rank), start) }
        if take("+") {
            let inner = try operand(above: Operation.times.rank)
            guard inner.form != .range else {
                throw failure(start, "a sign before a range vector means nothing")
            }
            return inner
        }
        return try trimmed(try bare(), start)
    }

    private func negated(_ inner: Expression, _ start: Token) throws(PromFailure) -> Expression {
        if case .number(let number) = inner { return .number(-number) }
        guard inner.form != .range else { throw failure(start, "a sign before a range vector means nothing") }
        return .negated(inner)
    }

    private mutating func bare() throws(PromFailure) -> Expression {
        let start = next
        switch start.kind {
        case .number(let number):
            advance()
            return .number(number)
        case .sign("("):
            advance()
            let inner = try operand(above: 0)
            try want(")")
            return inner
        case .sign("{"): return .selection(try selection(of: nil))
        case .name(let name):
            advance()
            return try named(name, start)
        case .text:
            throw failure(start, "a text alone is no query; a metric of that name is {__name__=\"…\"}")
        case .duration:
            throw failure(start, "a duration stands in [ ] or behind offset")
        default: throw unexpected("a metric, a number, a function or “(”")
        }
    }

    private mutating func named(_ name: String, _ start: Token) throws(PromFailure) -> Expression {
        let small = name.lowercased()
        let isCalled = next.kind == .sign("(")
        if let aggregate = Aggregate(rawValue: small) {
            if isCalled { return try self.aggregate(aggregate, start) }
            if case .name(let word) = next.kind, ["by", "without"].contains(word.lowercased()) {
                return try self.aggregate(aggregate, start)
            }
        }
        if isCalled {
            if let function = WindowFunction(rawValue: name) { return try window(function, start) }
            if let function = CallFunction(rawValue: name) { return try call(function, start) }
            throw failure(start, unknown(name))
        }
        if small == "inf" { return .number(.infinity) }
        if small == "nan" { return .number(.nan) }
        return .selection(try selection(of: name))
    }

    /// What there is instead of a function that there is not.
    private func unknown(_ name: String) -> String {
        let there =
            WindowFunction.allCases.map(\.rawValue) + Aggregate.allCases.map(\.rawValue)
            + CallFunction.allCases.map(\.rawValue)
        return "there is no function “\(name)” here; there are \(there.joined(separator: ", "))"
    }

    // MARK: Selectors

    /// `name{label="…"}`, or either of the two; of the conditions one at least asks for more than the empty text.
    private mutating func selection(of metric: String?) throws(PromFailure) -> Selection {
        let start = next
        var selection = Selection(conditions: [])
        if let metric { try add("__name__", .equal, metric, start, to: &selection) }
        if take("{") {
            while !take("}") {
                try condition(into: &selection)
                if next.kind != .sign("}") { try want(",") }
            }
        }
        var machine = RegexMachine()
        let asksForSomething = selection.conditions.contains { condition in
            condition.matcher.names("", with: &machine) == condition.matcher.isNegated
        }
        guard asksForSomething else {
            throw failure(
                start,
                "one condition at least must ask for a label that is there, such as {site=\"ota\"}"
            )
        }
        return selection
    }

    /// `label="…"`, or the metric's name alone in quotes.
    private mutating func condition(into selection: inout Selection) throws(PromFailure) {
        let start = next
        let name = try labelName()
        if case .text = start.kind, next.kind == .sign(",") || next.kind == .sign("}") {
            return try add("__name__", .equal, name, start, to: &selection)
        }
        guard case .sign(let sign) = next.kind, let operation = LabelMatcher.Operation(rawValue: sign) else {
            throw unexpected("=, !=, =~ or !~")
        }
        advance()
        let behind = next
        guard case .text(let text) = behind.kind else { throw unexpected("a text in quotes") }
        advance()
        try add(name, operation, text, behind, to: &selection)
    }

    private func add(
        _ name: String,
        _ operation: LabelMatcher.Operation,
        _ text: String,
        _ token: Token,
        to selection: inout Selection
    ) throws(PromFailure) {
        guard selection.conditions.count < Selector.matchersMax else {
            throw failure(token, "a selector may not have more than \(Selector.matchersMax) conditions")
        }
        do throws(RegexFailure) {
            let matcher = try LabelMatcher(SeriesLabels.label(named: name), operation, text)
            selection.conditions.append(Selection.Condition(name: name, matcher: matcher))
        } catch {
            let place = "at character \(error.position + 1) of the expression"
            throw failure(token, "the regular expression cannot be used: \(error.message) (\(place))")
        }
    }

    /// What may stand behind an operand: a range, an offset.
    private mutating func trimmed(_ inner: Expression, _ start: Token) throws(PromFailure) -> Expression {
        var inner = inner
        var hasOffset = false
        while true {
            let here = next
            if take("[") {
                guard case .selection(let selection) = inner, !hasOffset else {
                    throw failure(
                        here,
                        "a range stands behind a selector, before its offset; there are no subqueries here"
                    )
                }
                let widthMs = try duration()
                if case .name(let step) = next.kind, step.hasPrefix(":") {
                    throw failure(
                        next,
                        "there are no subqueries here; give the inner query a panel of its own"
                    )
                }
                guard widthMs > 0 else { throw failure(here, "a range must be longer than nothing") }
                try want("]")
                inner = .range(selection, widthMs: widthMs)
            } else if takeWord("offset") != nil {
                let sign: Int64 = take("-") ? -1 : 1
                let offsetMs = sign * (try duration())
                guard !hasOffset else { throw failure(here, "one offset is enough") }
                hasOffset = true
                switch inner {
                case .selection(var selection):
                    selection.offsetMs = offsetMs
                    inner = .selection(selection)
                case .range(var selection, let widthMs):
                    selection.offsetMs = offsetMs
                    inner = .range(selection, widthMs: widthMs)
                default:
                    throw failure(
                        here,
                        "offset stands behind a selector or its range, as in rate(x[5m] offset 1d)"
                    )
                }
            } else if next.kind == .sign("@") {
                throw failure(next, "there is no @ here; ask for the time range itself, or use offset")
            } else {
                return inner
            }
        }
    }

    private mutating func duration() throws(PromFailure) -> Int64 {
        guard case .duration(let ms) = next.kind else { throw unexpected("a duration such as 5m") }
        advance()
        return ms
    }

    // MARK: Functions

    private mutating func window(_ function: WindowFunction, _ start: Token) throws(PromFailure) -> Expression
    {
        var arguments = try self.arguments()
        let wanted =
            function.hasParameter ? "\(function.rawValue)(0.9, x[5m])" : "\(function.rawValue)(x[5m])"
        guard arguments.count == (function.hasParameter ? 2 : 1), let last = arguments.popLast(),
            case .range(let selection, let widthMs) = last, arguments.allSatisfy({ $0.form == .scalar })
        else { throw failure(start, "\(function.rawValue) is written \(wanted)") }
        return .window(function, selection, widthMs: widthMs, parameter: arguments.first)
    }

    private mutating func call(_ function: CallFunction, _ start: Token) throws(PromFailure) -> Expression {
        let (forms, optional) = function.arguments
        let arguments = try self.arguments()
        guard (forms.count - optional...forms.count).contains(arguments.count) else {
            throw failure(
                start,
                "\(function.rawValue) takes \(forms.count) arguments, not \(arguments.count)"
            )
        }
        for (argument, form) in zip(arguments, forms) where argument.form != form {
            throw failure(
                start,
                "\(function.rawValue) takes a \(form.rawValue), not a \(argument.form.rawValue)"
            )
        }
        return .call(function, arguments)
    }

    private mutating func arguments() throws(PromFailure) -> [Expression] {
        try want("(")
        var arguments: [Expression] = []
        while !take(")") {
            arguments.append(try operand(above: 0))
            if next.kind != .sign(")") {
                try want(",")
                if next.kind == .sign(")") { throw unexpected("an argument") }
            }
        }
        return arguments
    }

    /// `sum by (site) (…)` or `sum(…) by (site)`.
    private mutating func aggregate(_ aggregate: Aggregate, _ start: Token) throws(PromFailure) -> Expression
    {
        var grouping = try self.grouping()
        var arguments = try self.arguments()
        if let behind = try self.grouping() {
            guard grouping == nil else { throw failure(start, "by or without stands once") }
            grouping = behind
        }
        let name = aggregate.rawValue
        guard arguments.count == (aggregate.hasParameter ? 2 : 1), let last = arguments.popLast(),
            last.form == .vector,
            arguments.allSatisfy({ $0.form == .scalar })
        else {
            let wanted = aggregate.hasParameter ? "\(name)(3, x)" : "\(name)(x)"
            throw failure(start, "\(name) folds an instant vector and is written \(wanted)")
        }
        return .aggregate(aggregate, last, by: grouping ?? Grouping(), parameter: arguments.first)
    }

    private mutating func grouping() throws(PromFailure) -> Grouping? {
        guard let word = takeWord("by", "without") else { return nil }
        return Grouping(names: Array(Set(try labelNames())).sorted(), isWithout: word == "without")
    }
}
