/// What a static rule found: for the operator, and never for a partner.
public struct Refusal: Hashable, Sendable {
    /// Whether the agreement may stand.
    public enum Weight: Hashable, Sendable {
        /// It may; somebody should look.
        case warning
        /// It lets nothing out until that is mended.
        case refusal
    }

    /// Which rule.
    public var rule: DisclosureRule
    /// The agreement's id.
    public var agreement: String
    /// The grant's id, or nil when it is about the whole agreement.
    public var grant: String?
    /// From the agreement or the grant to the member: `["precision", "base"]`.
    public var members: [String]
    /// What was found and what to do.
    public var message: String
    /// Whether the agreement may stand.
    public var weight: Weight

    /// One finding.
    public init(
        rule: DisclosureRule,
        agreement: String,
        grant: String? = nil,
        members: [String] = [],
        message: String,
        weight: Weight = .refusal
    ) {
        self.rule = rule
        self.agreement = agreement
        self.grant = grant
        self.members = members
        self.message = message
        self.weight = weight
    }
}

extension Refusal: CustomStringConvertible {
    /// `S05 agr-1/g-stock precision: exact is …`.
    public var description: String {
        let place = grant.map { "\(agreement)/\($0)" } ?? agreement
        let member = members.isEmpty ? "" : " \(members.joined(separator: "."))"
        return "\(rule.rawValue) \(place)\(member): \(message)"
    }
}

/// Findings as a rule makes them.
struct Refusals {
    private(set) var list: [Refusal] = []
    private let rule: DisclosureRule

    init(_ rule: DisclosureRule) {
        self.rule = rule
    }

    mutating func add(
        _ agreement: Agreement,
        _ grant: Grant? = nil,
        _ members: [String] = [],
        _ message: String,
        weight: Refusal.Weight = .refusal
    ) {
        list.append(
            Refusal(
                rule: rule,
                agreement: agreement.id,
                grant: grant?.id,
                members: members,
                message: message,
                weight: weight
            )
        )
    }
}
