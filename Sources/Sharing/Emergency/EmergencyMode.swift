public import Disclosure
public import Readings

/// A disaster mode of one agreement, from the request to its end: some of its grants leave exactly, for some days.
///
/// The clause that both sides signed says who starts it and for how long at most (S18). It raises the precision of own
/// grants that are named, and nothing else: pooled values, delays and all other grants stay as they are.
public struct EmergencyMode: Hashable, Sendable {
    /// Somebody who said yes, and when.
    public struct Approval: Hashable, Sendable {
        /// As the agreement's `approvedBy` has it, where it names anybody.
        public var name: String
        /// When.
        public var at: Instant
    }

    /// How far it is.
    public enum Stage: String, Hashable, Sendable {
        /// Too few have approved: nothing leaves otherwise than ever.
        case requested
        case active
        case ended
    }

    /// The agreement's id.
    public var agreement: String
    /// The agreement as it stood; under another one it counts for nothing.
    public var agreementDigest: Digest
    /// The grants that leave exactly.
    public var grants: [String]
    /// How long it lasts from the last approval on.
    public var lasting: Period
    /// Who asked for it first, then who agreed.
    public var approvals: [Approval]
    /// When enough had approved; nil before.
    public var started: Instant?
    /// When it ended, by itself or by somebody; nil before.
    public var ended: Instant?

    /// The first instant at which it is over; nil before it has started.
    public var until: Instant? {
        started.map { min(ended ?? .distantFuture, $0.advanced(byMs: lasting.milliseconds)) }
    }

    /// How far it is.
    public var stage: Stage {
        if ended != nil { return .ended }
        return started == nil ? .requested : .active
    }

    /// Whether a bucket lies wholly within it.
    func covers(bucketStart: Instant, bucketEnd: Instant) -> Bool {
        guard let started, let until else { return false }
        return bucketStart >= started && bucketEnd <= until
    }

    /// What the partner is told: the clause's two sides know who approves.
    func notice(_ agreement: Agreement, at now: Instant) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            for (name, value) in [
                ("type", "tsunagi.emergency/1"), ("agreement", agreement.id),
                ("provider", agreement.provider.id),
                ("recipient", agreement.recipient.id), ("trigger", agreement.emergency?.trigger ?? ""),
                ("state", stage.rawValue), ("time", now.iso8601),
            ] {
                json.key(name)
                json.string(value)
            }
            if let until {
                json.key("until")
                json.string(until.iso8601)
            }
            for (name, list) in [("grants", grants), ("approvedBy", approvals.map(\.name))] {
                json.key(name)
                json.array { json in for text in list { json.string(text) } }
            }
        }
        return json.bytes
    }
}

/// Why a step of a disaster mode is not taken; its text says what to do instead.
public struct EmergencyRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
