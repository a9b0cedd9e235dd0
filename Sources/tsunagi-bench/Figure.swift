/// One measured figure beside its peer's: a line of `--json`.
struct Figure: Encodable {
    var figure: String
    var value: Double
    var unit: String
    /// Empty when no peer has the figure.
    var peer: String
    var peerValue: Double
    var rounds: Int
    /// Whether this peer is the best that was measured.
    var isBest = false
    /// What we must hold; nil where nothing was promised.
    var bound: Bound?

    /// `value / peer_value`; 0 when the peer measured nothing.
    var ratio: Double { peerValue == 0 ? 0 : value / peerValue }

    private enum CodingKeys: String, CodingKey {
        case figure, value, unit, peer, ratio, rounds, best, stretch, holds
        case peerValue = "peer_value"
        case mustHold = "must_hold"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(figure, forKey: .figure)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(peer, forKey: .peer)
        try container.encode(peerValue, forKey: .peerValue)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(rounds, forKey: .rounds)
        if isBest { try container.encode(true, forKey: .best) }
        guard let bound else { return }
        try container.encode(bound.description, forKey: .mustHold)
        try container.encode(bound.holds(self), forKey: .holds)
        if let stretch = bound.stretch { try container.encode(stretch, forKey: .stretch) }
    }
}

/// What a figure must hold.
struct Bound: Hashable, CustomStringConvertible {
    /// What is promised.
    var limit: Double
    /// Whether more is better, so that the limit is the least.
    var isFloor = false
    /// What we would like to hold beyond that.
    var stretch: Double?
    /// Whether it is of the ratio to the peer's value.
    var isRatio = false

    /// At most so much.
    static func most(_ limit: Double, stretch: Double? = nil, ofPeer isRatio: Bool = false) -> Bound {
        Bound(limit: limit, stretch: stretch, isRatio: isRatio)
    }

    /// At least so much.
    static func least(_ limit: Double, ofPeer isRatio: Bool = false) -> Bound {
        Bound(limit: limit, isFloor: true, isRatio: isRatio)
    }

    /// Whether a figure keeps it.
    func holds(_ figure: Figure) -> Bool {
        let value = isRatio ? figure.ratio : figure.value
        return isFloor ? value >= limit : value <= limit
    }

    /// `<= 0.65`, with the stretch behind it: `<= 0.65 (0.6)`; of a ratio `>= 0.95 of it`.
    var description: String {
        let wish = stretch.map { " (\(Figure.shown($0)))" } ?? ""
        return "\(isFloor ? ">=" : "<=") \(Figure.shown(limit))\(wish)\(isRatio ? " of it" : "")"
    }
}

extension Figure {
    /// Four digits that tell something.
    static func shown(_ value: Double) -> String {
        let scale: Double = abs(value) >= 100 ? 1 : abs(value) >= 1 ? 100 : 10_000
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : "\(rounded)"
    }
}

/// The middle of several measurements; the mean of the two middle ones when their number is even.
func median(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "a median needs a value")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
