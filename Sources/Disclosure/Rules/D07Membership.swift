/// D07, membership changes: when a few firms came or went since the last released bucket, the difference of two totals
/// is about them.
enum D07Membership {
    static func withholds(_ bucket: PooledBucket, after membership: Membership) -> String? {
        guard let changed = membership.changed(to: bucket.live), changed > 0, changed < bucket.floor else {
            return nil
        }
        let cooldown = bucket.limits.membershipCooldownBuckets ?? DisclosureLimits.cooldownBucketsDefault
        guard membership.stableBuckets(of: bucket.live) < cooldown else { return nil }
        return "\(changed) firms came or went since the last released bucket: fewer than \(bucket.floor)"
    }
}

extension DisclosureLimits {
    /// Buckets that are withheld after a change, in a pooled grant that names no number.
    public static let cooldownBucketsDefault = 1
}

/// Which firms stood behind the buckets of a pooled grant: what D07 compares with.
public struct Membership: Hashable, Sendable {
    /// The live firms outside of the coalition at the last bucket that was released; nil before the first.
    public var released: Set<String>?
    /// The same at the last bucket that was decided, if it was withheld.
    public var withheld: Set<String>?
    /// How many.
    public var withheldCount = 0

    /// Before the first bucket, or as it was remembered.
    public init(released: Set<String>? = nil) {
        self.released = released
    }

    /// How many firms came or went since the last released bucket; nil when there was none.
    func changed(to live: Set<String>) -> Int? {
        released.map { $0.symmetricDifference(live).count }
    }

    /// For how many buckets these firms have been together without being told of.
    func stableBuckets(of live: Set<String>) -> Int {
        withheld == live ? withheldCount : 0
    }

    /// Takes down what was decided of a bucket.
    public mutating func note(_ verdict: Verdict, of live: Set<String>) {
        switch verdict {
        case .release:
            self = Membership(released: live)
        case .withhold:
            withheldCount = withheld == live ? withheldCount + 1 : 1
            withheld = live
        }
    }
}
