import Disclosure
import Readings

extension Agreement {
    /// A supplier that tells its customer a stock exactly, each quarter of an hour.
    static func example(_ id: String = "agr-1", recipient: String = "buyer-1") -> Agreement {
        Agreement(
            id: id,
            version: 1,
            status: .active,
            provider: Party(id: "plant-ota"),
            recipient: Party(id: recipient, relationship: .customer),
            purpose: .supplyAssurance,
            validity: Validity(
                notBefore: .exampleStart,
                notAfter: .exampleStart.advanced(byMs: 300 * 86_400_000)
            ),
            grants: [
                Grant(
                    id: "g-1",
                    measure: .stock,
                    products: ["ボルト-M8"],
                    sites: ["ota"],
                    kind: .own,
                    aggregate: .last,
                    bucket: .quarterHour,
                    delay: .zero,
                    precision: .exact,
                    cadence: .clock
                )
            ]
        )
    }

    /// A hub that tells a customer the sum over some firms, each day, rounded.
    static func pooled(
        _ contributors: [String],
        id: String = "agr-1",
        recipient: String = "buyer-1",
        sites: [String] = ["tokai"]
    ) -> Agreement {
        var agreement = example(id, recipient: recipient)
        agreement.provider = Party(id: "hub")
        agreement.grants[0].kind = .consortium
        agreement.grants[0].contributors = contributors
        agreement.grants[0].sites = sites
        agreement.grants[0].aggregate = .sum
        agreement.grants[0].bucket = .day
        agreement.grants[0].timezone = "Asia/Tokyo"
        agreement.grants[0].precision = .round(base: 100)
        agreement.grants[0].disclosure = DisclosureLimits(minContributors: 3, pPercent: 15)
        return agreement
    }

    /// With one thing about it changed.
    func with(_ change: (inout Agreement) -> Void) -> Agreement {
        var agreement = self
        change(&agreement)
        return agreement
    }
}

extension Instant {
    /// 2026-04-01T00:00:00+09:00, when a Japanese business year begins.
    static let exampleStart = Instant(milliseconds: 1_774_969_200_000)
}

/// The rules that refuse something of these agreements, each once; warnings are left out.
func refusals(
    _ agreements: [Agreement],
    _ know: (inout AgreementBook) -> Void = { _ in }
) -> [DisclosureRule] {
    var book = AgreementBook(agreements, now: .exampleStart.advanced(byMs: 86_400_000))
    know(&book)
    let found = StaticRules.check(book).filter { $0.weight == .refusal }
    return Set(found.map(\.rule)).sorted { $0.rawValue < $1.rawValue }
}
