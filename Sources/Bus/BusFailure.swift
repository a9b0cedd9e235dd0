internal import CMosquitto

/// What can go wrong between us and a broker: each text says what, where and what to do next, never a secret.
public enum BusFailure: Error, Hashable, Sendable {
    /// The library refused an option before any connection.
    case setup(String)
    case hostUnknown(address: String, detail: String)
    case unreachable(address: String, detail: String)
    /// The broker accepted the connection but did not answer within `seconds`.
    case silent(address: String, seconds: Int)
    /// The broker answered our CONNECT with a refusal (reason code of MQTT 5).
    case refused(address: String, clientID: String, user: String?, reason: UInt8)
    case takenOver(address: String, clientID: String)
    /// The broker closed the link without a word, so many times in a row, within seconds of accepting it.
    /// Mosquitto 2.0 does so when another client takes the session.
    case displaced(address: String, clientID: String, times: Int)
    /// The broker said DISCONNECT with this reason code.
    case closed(address: String, reason: UInt8)
    case lost(address: String, detail: String)
    /// Nothing was heard for so long, not even an answer to our ping: half-open.
    case stale(address: String, seconds: Int)
    case insecure(address: String, detail: String)
    /// Certificates or key were renewed on the disk: no failure, the link is made anew with them.
    case renewed(address: String)
    /// What was taken could not be made durable; nothing was acknowledged.
    case unsettled(String)
    /// The broker would not let us read a filter.
    case filterRefused(filter: String, reason: UInt8)
    /// The broker would not take a message.
    case publishRefused(topic: String, reason: UInt8)
    case topicInvalid(topic: String, TopicFailure)
    case tooLarge(topic: String, bytes: Int)
    /// More messages are waiting to go out than the publisher holds.
    case queueFull(limit: Int)
    /// The link was stopped before the message was acknowledged.
    case stopped

    /// Whether the message may be given up: the broker has judged it, and would judge it so again.
    public var isFinal: Bool {
        switch self {
        case .publishRefused, .topicInvalid, .tooLarge: true
        default: false
        }
    }
}

extension BusFailure: CustomStringConvertible {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .setup(let what):
            "the broker link cannot be set up: \(what)"
        case .hostUnknown(let address, let detail):
            "the host of \(address) is not known (\(detail)); check the name in broker: and the machine's DNS"
        case .unreachable(let address, let detail):
            "no broker answers at \(address) (\(detail)); start it, or mend broker: in the configuration"
        case .silent(let address, let seconds):
            "\(address) accepted the connection but did not answer within \(seconds) s; "
                + "check that an MQTT broker listens there, and whether it expects TLS (mqtts://)"
        case .refused(let address, let clientID, let user, let reason):
            refusal(address: address, clientID: clientID, user: user, reason: reason)
        case .takenOver(let address, let clientID):
            "another client with the id \(clientID) connected to \(address) and took the session; "
                + "stop the other one, or give this gateway an id of its own"
        case .displaced(let address, let clientID, let times):
            "\(address) accepted the link and closed it again \(times) times in a row; most often another "
                + "client with the id \(clientID) takes the session: stop it, or give this gateway an id of its own"
        case .closed(let address, let reason):
            "\(address) closed the link: \(BusFailure.words(reason)); its log says more"
        case .lost(let address, let detail):
            "the link to \(address) broke (\(detail)); it is made again by itself"
        case .stale(let address, let seconds):
            "the link to \(address) is stale: nothing was heard for \(seconds) s, not even an answer to our ping; "
                + "it is made again by itself. Look at what lies between: a router, a VPN, a firewall that forgets"
        case .insecure(let address, let detail):
            "no secure link to \(address): \(detail); check the CA file, the certificate's names and dates, "
                + "and the key"
        case .renewed(let address):
            "the certificates for \(address) were renewed; the link is made anew with them"
        case .unsettled(let reason):
            "readings could not be made durable: \(reason); "
                + "nothing was acknowledged, the broker keeps the messages"
        case .filterRefused(let filter, let reason):
            "the broker refused the subscription to \(filter): \(BusFailure.words(reason)); "
                + "allow it in the broker's ACL, or remove the rule"
        case .publishRefused(let topic, let reason):
            "the broker refused a message to \(topic): \(BusFailure.words(reason)); "
                + "allow it in the broker's ACL or limits"
        case .topicInvalid(let topic, let failure):
            "cannot publish to \(String(topic.prefix(80))): \(failure)"
        case .tooLarge(let topic, let bytes):
            "a message of \(bytes) bytes to \(topic) is more than the broker takes; raise its max_packet_size"
        case .queueFull(let limit):
            "\(limit) messages wait for the broker already; they go out when the link is back"
        case .stopped:
            "the link was stopped before the broker had acknowledged"
        }
    }

    private func refusal(address: String, clientID: String, user: String?, reason: UInt8) -> String {
        let who = user.map { "user \($0)" } ?? "a client without a user name"
        let next =
            switch reason {
            case 0x84: "it speaks no MQTT 5; use a broker that does (Mosquitto 1.6 or later)"
            case 0x85: "the client id \(clientID) is not allowed; choose another one"
            case 0x86, 0x87, 0x8c:
                "\(who) or its password is wrong; check both, and the broker's password file"
            case 0x88, 0x89, 0x9f: "the broker is busy; it is tried again by itself"
            case 0x8a: "the client \(clientID) is banned there; ask whoever runs the broker"
            default: "its log says more"
            }
        return "\(address) refused the connection: \(BusFailure.words(reason)); \(next)"
    }

    /// `not authorised (0x87)`: the library's own words for a reason code of MQTT 5.
    static func words(_ reason: UInt8) -> String {
        let text = unsafe String(cString: mosquitto_reason_string(Int32(reason)))
        let code = String(reason, radix: 16)
        let plain = text.hasSuffix(".") ? String(text.dropLast()) : text
        return "\(plain.lowercased()) (0x\(code.count < 2 ? "0" : "")\(code))"
    }
}
