/// What can be told of a value: that it lies between two bounds, which count as possible themselves.
public struct ValueInterval: Hashable, Sendable {
    /// The least it can be; −∞ when nothing is known.
    public var low: Double
    /// The most it can be; ∞ when nothing is known.
    public var high: Double

    /// Between two bounds; `low` is not above `high`.
    public init(low: Double, high: Double) {
        precondition(low <= high, "an interval does not end before it begins")
        self.low = low
        self.high = high
    }

    /// A value that is known.
    public init(_ value: Double) {
        self.init(low: value, high: value)
    }

    func shifted(by offset: Double) -> ValueInterval {
        ValueInterval(low: low + offset, high: high + offset)
    }
}

extension Precision {
    /// What a recipient can tell of a value after this precision was applied to it.
    public func interval(of value: Double) -> ValueInterval {
        switch self {
        case .exact:
            return ValueInterval(value)
        case .round(let base):
            guard case .number(let seen) = obscure(value) else {
                preconditionFailure("a rounded value is a number")
            }
            return ValueInterval(low: seen - base / 2, high: seen + base / 2)
        case .band:
            guard case .band(let low, let high) = obscure(value) else {
                preconditionFailure("a band is a band")
            }
            return ValueInterval(low: low ?? -.infinity, high: high ?? .infinity)
        }
    }
}

extension Obscured {
    /// Whether a value is enough for a need, as far as it can be told.
    public enum Answer: String, Hashable, Sendable {
        case yes, no, possible
    }

    /// Whether `need` is covered: a band answers `possible` where it reaches to both sides of it.
    public func covers(_ need: Double) -> Answer {
        switch self {
        case .number(let number): return number >= need ? .yes : .no
        case .text: return .possible
        case .band(let low, let high):
            if let low, low >= need { return .yes }
            if let high, high <= need { return .no }
            return .possible
        }
    }
}
