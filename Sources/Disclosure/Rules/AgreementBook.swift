public import Readings

/// All agreements of a gateway together, and what it knows beside them: what the static rules are asked about.
///
/// What is nil is not known, and what rests on it is not asked or only warned of, as each rule says.
public struct AgreementBook: Sendable {
    /// Well-formed ones (S01); only active ones let anything out, so only they are asked about.
    public var agreements: [Agreement]
    /// The gateway's clock.
    public var now: Instant?
    /// Every item and machine there is.
    public var products: Set<String>?
    /// Every site there is.
    public var sites: Set<String>?
    /// Every party there is: contributors and whoever may collude.
    public var parties: Set<String>?
    /// What a region's site or a product's group consists of, by its name; names that are none are absent.
    public var parts: [String: [String]]
    /// Which sites a party has.
    public var sitesOfParty: [String: Set<String>]?
    /// How many pieces usually make a lot of a product.
    public var typicalLots: [String: Double]
    /// At a hub, the agreements that its members made with it.
    public var consents: [Agreement]?

    /// A book of agreements, without anything known beside them.
    public init(_ agreements: [Agreement], now: Instant? = nil) {
        self.agreements = agreements
        self.now = now
        parts = [:]
        typicalLots = [:]
    }

    /// Those that let something out.
    var active: [Agreement] { agreements.filter { $0.status == .active } }

    /// The names that a name stands for, down to those without parts.
    func leaves(of names: [String]) -> Set<String> {
        var leaves: Set<String> = []
        var seen: Set<String> = []
        var open = names
        while let name = open.popLast() {
            guard seen.insert(name).inserted else { continue }
            if let parts = parts[name] { open += parts } else { leaves.insert(name) }
        }
        return leaves
    }
}

/// Recipients that may pool what they get: everybody who is bound to another by `colludesWith`, in either direction
/// and over any number of steps.
public struct Coalitions: Sendable {
    private var group: [String: Int] = [:]
    private var members: [Set<String>] = []

    /// - Parameter agreements: active ones.
    public init(_ agreements: [Agreement]) {
        for agreement in agreements {
            let recipient = agreement.recipient
            _ = place(of: recipient.id)
            for other in recipient.colludesWith { join(recipient.id, other) }
        }
    }

    /// A number for each coalition.
    func index(of party: String) -> Int {
        guard let index = group[party] else { preconditionFailure("a recipient of these agreements") }
        return index
    }

    /// Everybody in a party's coalition, the party itself included.
    public func members(with party: String) -> Set<String> {
        group[party].map { members[$0] } ?? [party]
    }

    private mutating func place(of party: String) -> Int {
        if let index = group[party] { return index }
        group[party] = members.count
        members.append([party])
        return members.count - 1
    }

    private mutating func join(_ left: String, _ right: String) {
        let (kept, gone) = (place(of: left), place(of: right))
        guard kept != gone else { return }
        for party in members[gone] { group[party] = kept }
        members[kept].formUnion(members[gone])
        members[gone] = []
    }
}
