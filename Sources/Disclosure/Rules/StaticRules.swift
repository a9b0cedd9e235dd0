/// A rule that is asked when agreements are read, before anything leaves.
protocol StaticRule: SendableMetatype {
    static var id: DisclosureRule { get }

    /// Adds a finding for each agreement or grant that breaks the rule.
    static func check(_ book: GrantBook, _ found: inout Refusals)
}

/// The static rules there are. A new one is a file of its own and a line here.
///
/// S01 is ``Agreement/faults()``, told where the agreement is read; S20 is ``AgreementChange``, shown before a reload.
public enum StaticRules {
    static let all: [any StaticRule.Type] = [
        S02Identities.self, S03Names.self, S04Validity.self, S05Exact.self, S06Competitors.self,
        S07Contributors.self, S08Extremes.self, S09Differencing.self, S10Lattice.self, S11Precision.self,
        S12Delay.self, S13Cadence.self, S14Lots.self, S15Regions.self, S16Purpose.self, S17Topics.self,
        S18Emergency.self, S19Consent.self,
    ]

    /// Everything that is wrong with the active agreements of a book, rule by rule.
    ///
    /// - Complexity: O(grants), and O(n²) in the grants that share one series with one coalition.
    public static func check(_ book: AgreementBook) -> [Refusal] {
        let book = GrantBook(book)
        return all.flatMap { rule in
            var found = Refusals(rule.id)
            rule.check(book, &found)
            return found.list
        }
    }
}

/// The active grants of a book, laid out as the rules ask for them.
struct GrantBook {
    /// One grant of an active agreement.
    struct Line {
        let agreement: Agreement
        let grant: Grant
        /// Everybody who may learn of it.
        let coalition: Set<String>
    }

    /// A measure of a product that one coalition gets.
    struct Subject: Hashable {
        let coalition: Int
        let kind: GrantKind
        /// Whose values they are; nil for pooled ones.
        let provider: String?
        let measure: Measure
        let metric: String?
        let product: String
    }

    let book: AgreementBook
    let lines: [Line]
    /// Indices into `lines`, of subjects that more than one grant tells of.
    let shared: [(subject: Subject, lines: [Int])]

    init(_ book: AgreementBook) {
        self.book = book
        let active = book.active
        let coalitions = Coalitions(active)
        var lines: [Line] = []
        var places: [Subject: [Int]] = [:]
        var order: [Subject] = []
        for agreement in active {
            let coalition = coalitions.members(with: agreement.recipient.id)
            let index = coalitions.index(of: agreement.recipient.id)
            for grant in agreement.grants {
                for product in book.leaves(of: grant.products).sorted() {
                    let subject = Subject(
                        coalition: index,
                        kind: grant.kind,
                        provider: grant.kind == .own ? agreement.provider.id : nil,
                        measure: grant.measure,
                        metric: grant.metric,
                        product: product
                    )
                    if places[subject, default: []].isEmpty { order.append(subject) }
                    places[subject, default: []].append(lines.count)
                }
                lines.append(Line(agreement: agreement, grant: grant, coalition: coalition))
            }
        }
        self.lines = lines
        shared = order.compactMap { subject in
            guard let found = places[subject], found.count > 1 else { return nil }
            return (subject, found)
        }
    }

    /// Each pair of grants that tell one coalition of one series, once; `differs` says what makes a grant one of its
    /// kind, so that a thousand alike ones are looked at as one.
    func pairs<Kind: Hashable>(
        alike kind: (Line) -> Kind,
        _ look: (_ subject: Subject, _ left: Line, _ right: Line) -> Void
    ) {
        var told: Set<[Int]> = []
        for (subject, places) in shared {
            var firsts: [Kind: [Int]] = [:]
            for place in places { firsts[kind(lines[place]), default: []].append(place) }
            let kinds = firsts.values.map { $0[0] }.sorted()
            for (offset, left) in kinds.enumerated() {
                for right in kinds[(offset + 1)...]
                where sharesSite(lines[left].grant, lines[right].grant)
                    && told.insert([left, right]).inserted
                {
                    look(subject, lines[left], lines[right])
                }
            }
        }
    }

    private func sharesSite(_ left: Grant, _ right: Grant) -> Bool {
        // Pooled values are told apart by their firms, not by where those stand.
        if left.kind == .consortium { return true }
        return !book.leaves(of: left.sites).isDisjoint(with: book.leaves(of: right.sites))
    }
}

extension GrantBook.Line {
    /// `agreement/grant`.
    var name: String { "\(agreement.id)/\(grant.id)" }

    /// The firms whose values are pooled, without the coalition's own.
    var outsiders: Set<String> { Set(grant.contributors).subtracting(coalition) }

    /// The floor that its agreement names, at least ``DisclosureLimits/contributorsMin``.
    var floor: Int { max(DisclosureLimits.contributorsMin, grant.disclosure.minContributors ?? 0) }
}

extension DisclosureLimits {
    /// No pooled value rests on fewer firms outside of the coalition that sees it.
    public static let contributorsMin = 3
}
