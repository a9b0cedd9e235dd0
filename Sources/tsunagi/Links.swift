import Bus
import Disclosure
import RingStore
import Settings
import Sharing

/// How each of us reaches the broker, from what the configuration says.
enum Links {
    /// The folders of a gateway's data.
    struct Folders {
        let root: String
        var store: String { root + "/store" }
        var sharing: String { root + "/sharing" }
        var keys: String { root + "/keys" }
        var broker: String { root + "/broker" }
        /// What partners log in with at a managed broker, and the gateway's own.
        var secrets: SecretFolder { SecretFolder(absolute(root) + "/broker/secrets") }
        /// Partners that were prepared.
        var partners: PartnerBook { PartnerBook(root + "/partners") }
        /// Signs partners' certificates.
        var authority: PartnerAuthority { PartnerAuthority(root + "/ca") }
        /// Who may log in at the board.
        var board: String { root + "/board" }
        /// Agreements that were revoked.
        var revocations: RevocationBook { RevocationBook(sharing + "/revocations") }
        /// Holds the Unix socket of the gateway's own link to a managed broker.
        var runtime: String { root + "/run" }

        init(of settings: Settings) {
            root = settings.store.directory
        }
    }

    /// As a sensor would connect.
    static func sensors(of settings: Settings, client: String) throws(Trouble) -> BusOptions {
        switch settings.broker {
        case .managed(let choice): try login("sensors", to: choice, of: settings, client: client)
        case .external(let options): renamed(options, client)
        }
    }

    /// As an operator who may read everything connects: to the managed broker as the gateway itself does, whose
    /// password only its own user can read.
    static func operators(of settings: Settings, client: String) throws(Trouble) -> BusOptions {
        switch settings.broker {
        case .managed:
            let folders = Folders(of: settings)
            let secret = try readText(folders.broker + "/secrets/gateway")
            let password = secret.split(separator: "\n").first.map(String.init)
            return BusOptions(
                address: .unix(path: absolute(folders.runtime) + "/broker/m.sock"),
                identity: BusIdentity(clientID: client, user: "gateway", password: password)
            )
        case .external(let options): return renamed(options, client)
        }
    }

    /// As a partner would connect to the managed broker.
    ///
    /// - Throws: ``Trouble`` with a broker of somebody else's: its users are not ours to know.
    static func partner(_ partner: String, of settings: Settings, client: String) throws(Trouble)
        -> BusOptions
    {
        guard case .managed(let choice) = settings.broker else {
            throw Trouble(
                "error: --partner works with broker: managed; with your own broker subscribe as that partner: "
                    + "mosquitto_sub -u \(partner) -t 'tsunagi/v1/p/\(partner)/#'"
            )
        }
        guard settings.agreements.contains(where: { $0.recipient.id == partner }) else {
            let known = Set(settings.agreements.map(\.recipient.id)).sorted().joined(separator: ", ")
            throw Trouble("error: no agreement names a partner \(partner); there is: \(known)")
        }
        let book = Folders(of: settings).partners
        let record: PartnerRecord?
        do throws(OnboardingFailure) {
            record = try book.record(of: partner)
        } catch {
            throw Trouble("error: \(error)")
        }
        guard record?.login == BrokerPartner.Login.certificate.rawValue else {
            return try login(partner, to: choice, of: settings, client: client)
        }
        return certificate(of: partner, choice, in: book)
    }

    /// The names and addresses that the managed broker's certificate is good for.
    static func partnerHosts(_ choice: ManagedChoice) -> [String] {
        let place = choice.partnerListen?.host
        let own = [
            choice.partnerHost, place == "0.0.0.0" || place == "::" ? nil : place, PartnerRoll.loopback,
        ]
        var hosts: [String] = []
        for host in own.compactMap({ $0 }) where !hosts.contains(host) { hosts.append(host) }
        return hosts
    }

    /// As a partner with a certificate connects, from this machine.
    static func certificate(of partner: String, _ choice: ManagedChoice, in book: PartnerBook) -> BusOptions {
        let place = choice.partnerListen ?? NumericPlace(host: PartnerRoll.loopback, port: 0)
        let isAny = place.host == "0.0.0.0" || place.host == "::"
        let files = TLSOptions(
            caFile: book.authorityFile(of: partner),
            certificateFile: book.certificateFile(of: partner),
            keyFile: book.keyFile(of: partner)
        )
        return BusOptions(
            address: .tls(host: isAny ? PartnerRoll.loopback : place.host, port: place.port, files),
            identity: BusIdentity(clientID: partner)
        )
    }

    private static func login(
        _ user: String,
        to choice: ManagedChoice,
        of settings: Settings,
        client: String
    ) throws(Trouble) -> BusOptions {
        let secrets = Folders(of: settings).broker + "/secrets/"
        let password = try readText(secrets + user).split(separator: "\n").first.map(String.init)
        return BusOptions(
            address: .tcp(host: choice.listenHost, port: choice.listenPort),
            identity: BusIdentity(clientID: client, user: user, password: password)
        )
    }

    private static func renamed(_ options: BusOptions, _ client: String) -> BusOptions {
        var options = options
        options.identity.clientID = client
        return options
    }
}
