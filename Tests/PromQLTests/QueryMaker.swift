/// Makes queries of every kind that is understood.
struct QueryMaker {
    private var random: SeededRandom

    init(_ random: SeededRandom) {
        self.random = random
    }

    mutating func one<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &random)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }

    /// A vector or, now and then, a number.
    mutating func query() -> String {
        chance(5) ? scalar(2) : vector(Int(number(1...3)))
    }

    // MARK: Vectors

    private mutating func vector(_ depth: Int) -> String {
        guard depth > 0 else { return chance(50) ? selector() : window() }
        switch number(0...11) {
        case 0: return selector()
        case 1, 2: return window()
        case 3, 4, 5: return aggregate(depth)
        case 6: return scaled(depth)
        case 7, 8: return paired(depth)
        case 9: return "-\(bracketed(vector(depth - 1)))"
        case 10: return call(depth)
        default: return united(depth)
        }
    }

    private func bracketed(_ text: String) -> String { "(\(text))" }

    private mutating func selector() -> String {
        let metric = one([
            "temperature", "pieces_total", "running", "stock", "energy_kwh_total", "temperature_limit",
            "rare", "odd",
            "nothing",
        ])
        return "\(metric)\(matchers())\(offset())"
    }

    private mutating func matchers() -> String {
        guard chance(40) else { return "" }
        return one([
            "{site=\"ota\"}", "{site!=\"ota\"}", "{asset=~\"press-.*\"}", "{asset!~\"press-[12]\"}",
            "{asset=\"炉/1\"}",
            "{lot=\"\"}", "{lot!=\"A\"}", "{site=~\"ota|sakai\", asset=~\".*1\"}", "{lot=~\"A|\"}",
            "{site=\"\"}",
        ])
    }

    private mutating func offset() -> String {
        chance(15) ? " offset \(one(["5m", "90s", "1h", "-10m", "33s"]))" : ""
    }

    private mutating func range() -> String {
        let metric = one([
            "temperature", "pieces_total", "running", "stock", "energy_kwh_total", "rare", "odd",
        ])
        let width = one(["1m", "5m", "17m", "30s", "1h", "1h10m30s", "40s", "1ms"])
        return "\(metric)\(matchers())[\(width)]\(offset())"
    }

    private mutating func window() -> String {
        let functions = [
            "rate", "increase", "delta", "irate", "idelta", "changes", "resets", "avg_over_time",
            "min_over_time",
            "max_over_time", "sum_over_time", "count_over_time", "last_over_time", "present_over_time",
            "stddev_over_time", "stdvar_over_time",
        ]
        if chance(8) { return "quantile_over_time(\(one(["0.5", "0.9", "0", "1", "2", "-1"])), \(range()))" }
        let function = one(chance(40) ? ["rate", "increase", "irate"] : functions)
        return "\(function)(\(range()))"
    }

    private mutating func aggregate(_ depth: Int) -> String {
        let grouping = one([
            "", " by (site)", " by (asset)", " by (site, lot)", " without (asset)", " without (lot, site)",
            " by ()",
            " by (__name__)",
        ])
        let inner = vector(depth - 1)
        if chance(15) {
            let name = one(["topk", "bottomk"])
            return "\(name)(\(one(["1", "2", "3"])), \(distinct()))"
        }
        if chance(8) { return "quantile\(grouping)(\(one(["0.25", "0.5", "0.99"])), \(inner))" }
        let name = one(["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"])
        return chance(50) ? "\(name)\(grouping) (\(inner))" : "\(name)(\(inner))\(grouping)"
    }

    /// Values that are hardly ever equal, since which of equal ones is kept is nobody's promise.
    private mutating func distinct() -> String {
        one(["avg_over_time(temperature[17m])", "stddev_over_time(stock[1h])", "rate(temperature[1h])"])
    }

    private mutating func scaled(_ depth: Int) -> String {
        let (left, right) = (vector(depth - 1), scalar(1))
        let operation = one([
            "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "> bool", "<= bool",
        ])
        return chance(60) ? "(\(left)) \(operation) \(right)" : "\(right) \(operation) (\(left))"
    }

    private mutating func paired(_ depth: Int) -> String {
        let operation = one(["+", "-", "*", "/", "%", "^", "atan2", ">", "<=", "== bool", "!= bool", "<"])
        switch number(0...5) {
        case 0: return "temperature \(operation) on (site) group_left () temperature_limit\(offset())"
        case 1: return "temperature_limit \(operation) on (site) group_right (asset) stock"
        case 2:
            return "sum by (site) (\(vector(depth - 1))) \(operation) sum by (site) (\(vector(depth - 1)))"
        case 3:
            let metric = one(["temperature", "pieces_total", "stock"])
            return "\(metric) \(operation) ignoring (lot) \(metric) offset 7m"
        case 4:
            let running = "avg_over_time(running[\(one(["5m", "1h"]))])"
            return "rate(pieces_total[5m]) \(operation) on (site, asset) \(running)"
        default: return "\(window()) \(operation) \(window())"
        }
    }

    private mutating func united(_ depth: Int) -> String {
        let matching = one(["", " on (site)", " on (site, asset)", " ignoring (lot, asset)"])
        return "(\(vector(depth - 1))) \(one(["and", "or", "unless"]))\(matching) (\(vector(depth - 1)))"
    }

    private mutating func call(_ depth: Int) -> String {
        let inner = vector(depth - 1)
        switch number(0...6) {
        case 0: return "clamp(\(inner), 10, \(one(["50", "5"])))"
        case 1: return "\(one(["clamp_min", "clamp_max"]))(\(inner), \(scalar(1)))"
        case 2: return "round(\(inner), \(one(["1", "0.1", "5"])))"
        case 3: return "absent(\(selector()))"
        case 4: return "timestamp(\(chance(70) ? selector() : inner))"
        case 5: return "vector(\(scalar(1)))"
        default:
            return "\(one(["abs", "ceil", "floor", "sqrt", "exp", "ln", "log2", "log10", "sgn"]))(\(inner))"
        }
    }

    // MARK: Scalars

    private mutating func scalar(_ depth: Int) -> String {
        let numbers = ["1", "0", "2.5", "-3", "1e3", "0x10", "20", "50", "Inf", "NaN", "-0.5"]
        guard depth > 0 else { return one(numbers) }
        switch number(0...7) {
        case 0: return "time()"
        case 1: return "scalar(\(one(["sum", "max", "count"]))(\(selector())))"
        case 2:
            return
                "(\(scalar(depth - 1)) \(one(["+", "-", "*", "/", "%", "^", "< bool"])) \(scalar(depth - 1)))"
        case 3: return "-\(one(["1", "2"])) ^ 2 * \(one(["3", "0.1"]))"
        default: return one(numbers)
        }
    }
}
