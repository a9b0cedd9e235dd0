public import Readings

/// What one rule says of one closed bucket.
public enum Verdict: Hashable, Sendable {
    case release
    /// The operator is told why; the partner never is.
    case withhold(why: String)
}

extension Agreement {
    /// D01, active now: the agreement stands and the bucket ends within its validity, asked at release time.
    public func activeNow(bucketEnd: Instant) -> Verdict {
        guard status == .active else {
            return .withhold(why: "agreement \(id) is \(status.rawValue)")
        }
        guard validity.contains(bucketEnd) else {
            return .withhold(why: "the bucket ends outside the validity of agreement \(id)")
        }
        return .release
    }
}
