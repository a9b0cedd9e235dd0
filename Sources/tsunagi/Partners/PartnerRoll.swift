import Bus
import Disclosure
import Settings
import Sharing

/// Who may log in at the broker, and what each may read: from the agreements, and from who was prepared.
struct PartnerRoll: Hashable {
    /// In the order of their ids.
    var partners: [BrokerPartner] = []
    /// Had agreements, none of which holds any more: no users any more.
    var leaving: [String] = []

    /// The broker's certificate is good for a partner on this machine too: that is how a revocation is proved.
    static let loopback = "127.0.0.1"

    /// - Parameters:
    ///   - agreements: with those revoked that are.
    ///   - prepared: partners that an agreement may come for later, or that have chosen to come with a certificate.
    init(_ agreements: [Agreement], prepared: [PartnerRecord]) {
        let records = Dictionary(prepared.map { ($0.id, $0) }) { first, _ in first }
        let granted = Dictionary(grouping: agreements, by: \.recipient.id)
        for id in Set(granted.keys).union(records.keys).sorted() {
            let own = granted[id] ?? []
            // Whoever was prepared anew after all had ended waits for the next agreement.
            guard own.contains(where: { $0.status != .revoked }) || records[id] != nil else {
                leaving.append(id)
                continue
            }
            let active = own.filter { $0.status == .active }.map(\.id).sorted()
            let told = own.filter { !SparkplugFeed.grants(of: $0).isEmpty }.map { agreement in
                let feed = SparkplugFeed(recipient: id, provider: agreement.provider.id)
                return (reads: feed.reads(agreement.id), writes: [feed.topic(.nodeCommand)])
            }
            partners.append(
                BrokerPartner(
                    id,
                    login: records[id].flatMap { BrokerPartner.Login(rawValue: $0.login) } ?? .password,
                    reads: active.map { PartnerRoll.topics(of: id, agreement: $0) }
                        + (active.isEmpty ? [] : [PartnerRoll.head(of: id)])
                        + Set(told.flatMap(\.reads)).sorted(),
                    writes: Set(told.flatMap(\.writes)).sorted()
                )
            )
        }
    }

    /// As the configuration and the data folder have it.
    static func read(_ settings: Settings) throws(OnboardingFailure) -> PartnerRoll {
        PartnerRoll(settings.agreements, prepared: try Links.Folders(of: settings).partners.all())
    }

    /// Whatever is published under one agreement.
    static func topics(of partner: String, agreement: String) -> String {
        "tsunagi/v1/p/\(partner)/\(agreement)/#"
    }

    /// The signed heads of the audit log.
    static func head(of partner: String) -> String { "tsunagi/v1/p/\(partner)/head" }
}
