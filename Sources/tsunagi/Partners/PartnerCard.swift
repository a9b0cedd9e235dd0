import Bus
import Disclosure
import Readings
import Settings
import Sharing

/// What a partner is told: where to connect, as whom, what it will find there, and how it verifies that it is genuine.
/// Holds no secret.
struct PartnerCard: Encodable {
    let partner: String
    let gateway: String
    /// `mqtts://host:8883` or `mqtt://host:1883`.
    let address: String
    let user: String
    /// `password` or `certificate`.
    let login: String
    /// Where the operator finds the password to hand over.
    let passwordFile: String?
    /// Of the certificate.
    let end: String?
    /// What to subscribe to.
    let subscribe: String
    /// What is granted now.
    let topics: [String]
    /// Of the keys that releases are signed with, RFC 7638.
    let thumbprints: [String]

    init(
        partner: BrokerPartner,
        record: PartnerRecord?,
        settings: Settings,
        book: PartnerBook,
        secretFile: String,
        thumbprints: [String]
    ) {
        self.partner = partner.id
        gateway = settings.gateway.id
        user = partner.id
        login = partner.login.rawValue
        end = record?.end?.iso8601
        subscribe = BrokerPartner.topics(of: partner.id)
        self.thumbprints = thumbprints
        let granted = settings.agreements.filter { $0.recipient.id == partner.id && $0.status == .active }
        topics = granted.flatMap { agreement in
            agreement.grants.map { "tsunagi/v1/p/\(partner.id)/\(agreement.id)/\($0.id)" }
        }
        switch (settings.broker, partner.login) {
        case (.managed(let choice), .certificate):
            address =
                "mqtts://\(choice.partnerHost ?? PartnerRoll.loopback):\(choice.partnerListen?.port ?? 0)"
            passwordFile = nil
        case (.managed(let choice), .password):
            address = "mqtt://\(choice.partnerHost ?? choice.listenHost):\(choice.listenPort)"
            passwordFile = secretFile
        case (.external(let options), _):
            address = options.address.description
            passwordFile = nil
        }
    }

    /// For a QR code: all that a client needs but the secret.
    var link: String {
        let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return address }
        let key = thumbprints.last.map { "&key=\($0)" } ?? ""
        return "\(parts[0])//\(user)@\(parts[2])/\(subscribe.dropLast())%23?gateway=\(gateway)\(key)"
    }

    /// The card, in English and Japanese.
    var text: String {
        let secret =
            login == "certificate"
            ? [
                "Certificate  証明書    certificate.pem, certificate.key, ca.pem (until \(end ?? "-")); the client id is the user",
                "             mosquitto_sub --cafile ca.pem --cert certificate.pem --key certificate.key …",
            ]
            : ["Password     パスワード  handed over by another way than this card  このカードとは別の方法でお渡しします"]
        var lines = [
            "tsunagi connection card  つなぎ 接続カード",
            "",
            "Partner      取引先    \(partner)",
            "Gateway      送り手    \(gateway)",
            "Address      接続先    \(address)   MQTT 5 or 3.1.1",
            "User         ユーザー   \(user)",
        ]
        lines += secret
        lines += [
            "Subscribe    購読      \(subscribe)   QoS 1",
            "",
            "What you are granted (one message for each closed bucket, retained)",
            "受け取れるもの (締めた区間ごとに 1 通、保持されます)",
        ]
        lines += topics.isEmpty ? ["  nothing yet  まだありません"] : topics.map { "  \($0)" }
        lines += [
            "",
            "Each message is signed: its user property jws, by one of these keys (RFC 7638 thumbprints). Ask for the key set",
            "\(gateway).json by another way than the feed, compare, and check a message with",
            "各メッセージは署名されています (ユーザープロパティ jws)。鍵一式 \(gateway).json は配信とは別の経路で受け取り、",
            "次の指紋と照合してから確かめてください。",
        ]
        lines += thumbprints.isEmpty ? ["  no key yet  鍵はまだありません"] : thumbprints.map { "  \($0)" }
        lines += ["  tsunagi verify --keys \(gateway).json --jws @release.jws release.json"]
        return lines.joined(separator: "\n") + "\n"
    }
}
