import Intake
import Synchronization

/// The topics below which others release to this gateway: those that a rule names in full, up to the recipient.
///
/// Of everything else below `tsunagi/v1/` no reading is made, whatever a rule asks for: it is what we say ourselves.
final class Inboxes: Sendable {
    private static let root = "tsunagi/v1/p/"
    /// With a slash at the end: `tsunagi/v1/p/chamber/`.
    private let prefixes: Mutex<[[UInt8]]>

    init(_ rules: [RuleOptions]) {
        prefixes = Mutex(Self.prefixes(of: rules))
    }

    /// Goes by other rules.
    func adopt(_ rules: [RuleOptions]) {
        let fresh = Self.prefixes(of: rules)
        prefixes.withLock { $0 = fresh }
    }

    /// Whether a topic lies below one of them.
    func hold(_ topic: Span<UInt8>) -> Bool {
        prefixes.withLock { prefixes in
            for prefix in prefixes where topic.count > prefix.count {
                if prefix.indices.allSatisfy({ topic[$0] == prefix[$0] }) { return true }
            }
            return false
        }
    }

    static func prefixes(of rules: [RuleOptions]) -> [[UInt8]] {
        let recipients = rules.compactMap { rule -> String? in
            guard rule.topic.hasPrefix(root) else { return nil }
            let recipient = rule.topic.dropFirst(root.count).prefix { $0 != "/" }
            return recipient.isEmpty || recipient.contains { "+#{}".contains($0) } ? nil : String(recipient)
        }
        return Set(recipients).sorted().map { Array("\(root)\($0)/".utf8) }
    }
}
