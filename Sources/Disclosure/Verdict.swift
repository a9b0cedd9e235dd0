public import Readings

/// What the rules say of one closed bucket.
public enum Verdict: Hashable, Sendable {
    case release
    /// The operator is told which rule and why; the partner never is (D11).
    case withhold(DisclosureRule, why: String)
}

extension Agreement {
    /// D01, active now: the agreement stands and the bucket ends within its validity, asked at release time.
    public func activeNow(bucketEnd: Instant) -> Verdict {
        guard status == .active else {
            return .withhold(.d01, why: "agreement \(id) is \(status.rawValue)")
        }
        guard validity.contains(bucketEnd) else {
            return .withhold(.d01, why: "the bucket ends outside the validity of agreement \(id)")
        }
        return .release
    }
}
