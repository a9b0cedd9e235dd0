import Readings

/// S20, shown before it is applied: what newly leaves to a partner when agreements change, and what stops.
public struct AgreementChange: Hashable, Sendable {
    /// Which way it goes.
    public enum Effect: String, Hashable, Sendable {
        /// More leaves, sooner, or finer: asks for a second confirmation.
        case widens
        /// Less does.
        case narrows
    }

    /// Who receives.
    public var partner: String
    /// `agreement`, or `agreement/grant`.
    public var place: String
    /// Which way it goes.
    public var effect: Effect
    /// What changes, in plain words.
    public var text: String

    /// Every change between two states of a gateway's agreements, by partner.
    ///
    /// A member that changed in a way that is neither wider nor narrower counts as wider.
    public static func changes(from old: [Agreement], to new: [Agreement]) -> [AgreementChange] {
        let before = Dictionary(old.filter { $0.status == .active }.map { ($0.id, $0) }) { first, _ in first }
        let after = Dictionary(new.filter { $0.status == .active }.map { ($0.id, $0) }) { first, _ in first }
        var found: [AgreementChange] = []
        for id in Set(before.keys).union(after.keys).sorted() {
            switch (before[id], after[id]) {
            case (let old?, let new?) where old.recipient.id == new.recipient.id:
                found += ChangeList(old, new).list
            case (let old, let new):
                if let old { found += ChangeList(old, nil).list }
                if let new { found += ChangeList(nil, new).list }
            }
        }
        return found.sorted { ($0.partner, $0.place) < ($1.partner, $1.place) }
    }
}

extension AgreementChange {
    /// Grants that stay in their form, and whose form tells other numbers of their items or sites than before.
    public static func renumbered(
        _ agreements: [Agreement],
        from old: TradeBook,
        to new: TradeBook
    ) -> [AgreementChange] {
        agreements.filter { $0.status == .active }.flatMap { agreement in
            let partner = agreement.recipient.id
            return agreement.grants.compactMap { grant -> AgreementChange? in
                let before = grant.numbers(for: partner, in: old)
                let after = grant.numbers(for: partner, in: new)
                guard before != after, !before.isEmpty else { return nil }
                let words = Set(after).subtracting(before).sorted().joined(separator: ", ")
                return AgreementChange(
                    partner: partner,
                    place: "\(agreement.id)/\(grant.id)",
                    effect: words.isEmpty ? .narrows : .widens,
                    text: words.isEmpty ? "tells fewer numbers" : "newly tells \(words)"
                )
            }
        }
    }
}

extension Grant {
    /// What its form tells of a trade's numbers.
    fileprivate func numbers(for partner: String, in trade: TradeBook) -> [String] {
        switch form {
        case .tsunagi, .sparkplug: return []
        case .catenax:
            return products.compactMap { trade.items[$0]?.material(for: partner) }
                + sites.compactMap { trade.sites[$0]?.bpns }
                + (measure == .plannedOutput ? [] : sites.compactMap { trade.sites[$0]?.bpna })
        case .epcis:
            return (measure == .stock ? products.compactMap { trade.items[$0]?.classURI } : [])
                + sites.compactMap { trade.sites[$0]?.locationURI }
        }
    }
}

extension AgreementChange: CustomStringConvertible {
    /// `+ buyer-1 agr-1/stock: newly leaves`.
    public var description: String {
        "\(effect == .widens ? "+" : "-") \(partner) \(place): \(text)"
    }
}

/// The changes of one agreement, as they are found.
private struct ChangeList {
    private(set) var list: [AgreementChange] = []
    private let partner: String
    private let agreement: String

    /// Without an old one everything newly leaves, without a new one everything stops.
    init(_ old: Agreement?, _ new: Agreement?) {
        guard let either = new ?? old else { preconditionFailure("one of both is there") }
        partner = either.recipient.id
        agreement = either.id
        let before = Dictionary((old?.grants ?? []).map { ($0.id, $0) }) { first, _ in first }
        let after = Dictionary((new?.grants ?? []).map { ($0.id, $0) }) { first, _ in first }
        for id in Set(before.keys).union(after.keys).sorted() {
            switch (before[id], after[id]) {
            case (let old?, let new?): compare(old, new)
            case (nil, let new?): add(.widens, id, "newly leaves: \(Self.words(for: new))")
            case (let old?, nil): add(.narrows, id, "stops: \(Self.words(for: old))")
            case (nil, nil): break
            }
        }
        guard let old, let new else { return }
        if new.validity.notAfter != old.validity.notAfter {
            let effect: AgreementChange.Effect =
                new.validity.notAfter > old.validity.notAfter ? .widens : .narrows
            add(
                effect,
                nil,
                "ends \(new.validity.notAfter.iso8601) instead of \(old.validity.notAfter.iso8601)"
            )
        }
        if new.validity.notBefore != old.validity.notBefore {
            let effect: AgreementChange.Effect =
                new.validity.notBefore < old.validity.notBefore ? .widens : .narrows
            add(
                effect,
                nil,
                "begins \(new.validity.notBefore.iso8601) instead of \(old.validity.notBefore.iso8601)"
            )
        }
        if new.recipient.relationship != old.recipient.relationship {
            add(
                .widens,
                nil,
                "the recipient is \(new.recipient.relationship?.rawValue ?? "of no relation") now"
            )
        }
    }

    private mutating func add(_ effect: AgreementChange.Effect, _ grant: String?, _ text: String) {
        let place = grant.map { "\(agreement)/\($0)" } ?? agreement
        list.append(AgreementChange(partner: partner, place: place, effect: effect, text: text))
    }

    private mutating func compare(_ old: Grant, _ new: Grant) {
        names("products", old.products, new.products, new.id)
        names("sites", old.sites, new.sites, new.id)
        // A firm more hides the others better, and is told of itself.
        names("contributors", old.contributors, new.contributors, new.id)
        if old.delay != new.delay {
            let effect: AgreementChange.Effect = new.delay < old.delay ? .widens : .narrows
            add(effect, new.id, "delay \(new.delay) instead of \(old.delay)")
        }
        if old.bucket != new.bucket {
            let effect: AgreementChange.Effect = new.bucket.widthMs < old.bucket.widthMs ? .widens : .narrows
            add(effect, new.id, "bucket \(new.bucket.rawValue) instead of \(old.bucket.rawValue)")
        }
        if old.precision != new.precision {
            let effect: AgreementChange.Effect =
                new.precision.isCoarser(than: old.precision) ? .narrows : .widens
            add(
                effect,
                new.id,
                "precision \(Self.words(for: new.precision)), not \(Self.words(for: old.precision))"
            )
        }
        if old.historyBuckets != new.historyBuckets {
            let effect: AgreementChange.Effect = new.historyBuckets > old.historyBuckets ? .widens : .narrows
            add(effect, new.id, "historyBuckets \(new.historyBuckets) instead of \(old.historyBuckets)")
        }
        member("measure", old.measure.rawValue, new.measure.rawValue, new.id)
        member("metric", old.metric ?? "none", new.metric ?? "none", new.id)
        member("kind", old.kind.rawValue, new.kind.rawValue, new.id)
        member("aggregate", old.aggregate.rawValue, new.aggregate.rawValue, new.id)
        member("cadence", old.cadence.rawValue, new.cadence.rawValue, new.id)
        // A form has numbers of the trade in it that another has not.
        member("form", old.form.rawValue, new.form.rawValue, new.id)
        if old.disclosure != new.disclosure { add(.widens, new.id, "its disclosure thresholds change") }
    }

    private mutating func member(_ name: String, _ old: String, _ new: String, _ grant: String) {
        if old != new { add(.widens, grant, "\(name) \(new) instead of \(old)") }
    }

    private mutating func names(_ member: String, _ old: [String], _ new: [String], _ grant: String) {
        let more = Set(new).subtracting(old).sorted()
        let fewer = Set(old).subtracting(new).sorted()
        if !more.isEmpty { add(.widens, grant, "\(member) newly: \(more.joined(separator: ", "))") }
        if !fewer.isEmpty { add(.narrows, grant, "\(member) no longer: \(fewer.joined(separator: ", "))") }
    }

    private static func words(for grant: Grant) -> String {
        "\(grant.measure.rawValue) of \(grant.products.joined(separator: ", ")) at "
            + "\(grant.sites.joined(separator: ", ")), \(words(for: grant.precision)), each \(grant.bucket.rawValue)"
    }

    private static func words(for precision: Precision) -> String {
        switch precision {
        case .exact: "exact"
        case .round(let base): "rounded to \(base)"
        case .band(let edges): "in bands \(edges.map { "\($0)" }.joined(separator: ", "))"
        }
    }
}

extension Precision {
    /// Whether it tells strictly less than another: what it leaves of a value can be made of what the other leaves.
    func isCoarser(than other: Precision) -> Bool {
        guard self != other, nests(other) else { return false }
        switch (self, other) {
        case (.exact, _): return false
        case (_, .exact): return true
        case (.round(let mine), .round(let theirs)): return mine > theirs
        case (.band(let mine), .band(let theirs)): return mine.count < theirs.count
        case (.band, .round): return true
        case (.round, .band): return false
        }
    }
}
