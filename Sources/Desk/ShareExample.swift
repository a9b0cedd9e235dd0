import Disclosure
import Readings
import Sharing

/// A value of the last closed bucket as a partner sees it, beside what it is: for the operator alone. The answer of
/// `GET /v1/share/examples`.
public struct ShareExample: Codable, Sendable, Hashable {
    /// The grant's id.
    public var grant: String
    /// The item or machine.
    public var product: String
    /// The place.
    public var site: String
    /// Exclusive.
    public var bucketEnd: String
    /// As the partner sees it: a number, a state, `100 … 200`.
    public var seen: String
    /// What it is.
    public var truth: String
    /// The unit table's id; empty for states.
    public var unit: String

    init(_ example: ReleaseClock.Example) {
        grant = example.grant
        product = example.seen.product
        site = example.seen.site
        bucketEnd = example.bucketEnd.iso8601
        seen = Self.text(example.seen.value)
        truth = Self.text(example.truth.value)
        unit = example.seen.unit
    }

    private static func text(_ value: Obscured) -> String {
        switch value {
        case .number(let number): "\(number)"
        case .text(let text): text
        case .band(let low, let high): "\(low.map { "\($0)" } ?? "") … \(high.map { "\($0)" } ?? "")"
        }
    }
}
