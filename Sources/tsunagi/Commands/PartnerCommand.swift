import ArgumentParser
import Bus
import Desk
import Disclosure
import Readings
import Settings
import Sharing

/// `tsunagi partner …`: who may come for what was agreed.
struct PartnerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner",
        abstract: "Prepares partners' identities, and tells them how to connect.",
        discussion: """
            A partner is prepared here; what it may read is granted by agreements, and by nothing else. A partner that \
            nobody prepared has a password as soon as an agreement names it.
            """,
        subcommands: [
            PartnerAdd.self, PartnerList.self, PartnerShow.self, PartnerRotate.self, PartnerRights.self,
        ]
    )
}

/// `tsunagi partner add ID`.
struct PartnerAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Prepares a partner: a password or a certificate of its own, and a connection card.",
        discussion: """
            The card is written to a file that only its owner may read; it holds no secret. The password stands in a file \
            of its own, and goes to the partner by another way than the card.
            """
    )

    @Argument(help: "The partner's id, as agreements name the recipient.")
    var id: String

    @Flag(help: "A client certificate of the gateway's private authority instead of a password.")
    var certificate = false

    @Option(help: "How many days the certificate holds, 1 to 3650.")
    var days: Int = PartnerAuthority.daysDefault

    @Flag(help: "Shows the card here too, with a QR code.")
    var qr = false

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard (1...3650).contains(days) else { throw ValidationError("--days takes a number from 1 to 3650") }
    }

    func run() async throws {
        let settings = try Settings.reading(desk.config)
        let onboarding = Onboarding(settings)
        try onboarding.check(id, certificate: certificate)
        if try onboarding.book.record(of: id) != nil {
            throw Trouble(
                "error: \(id) is prepared already; tsunagi partner show \(id) tells how it connects, partner rotate "
                    + "\(id) gives it another password or certificate"
            )
        }
        try onboarding.make(id, login: certificate ? .certificate : .password, days: days, now: WallClock.now)
        try await onboarding.tell(desk, cut: nil)
        try onboarding.show(id, all: qr, qr: qr)
    }
}

/// `tsunagi partner show ID`.
struct PartnerShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a partner's connection card, as its agreements are now, and writes it anew."
    )

    @Argument(help: "The partner's id.")
    var id: String

    @Flag(help: "A QR code too: address, user and topics, without a secret.")
    var qr = false

    @OptionGroup var options: AuditOptions

    func run() throws {
        let onboarding = Onboarding(try Settings.reading(options.config))
        if options.json { return try sayJSON(try onboarding.card(of: id)) }
        try onboarding.show(id, all: true, qr: qr)
    }
}

/// `tsunagi partner rotate ID`.
struct PartnerRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Gives a partner another password or certificate; the old one ends at once.",
        discussion: "Its sessions are cut; what it may read stays as it is."
    )

    @Argument(help: "The partner's id.")
    var id: String

    @Option(help: "How many days a new certificate holds, 1 to 3650.")
    var days: Int = PartnerAuthority.daysDefault

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard (1...3650).contains(days) else { throw ValidationError("--days takes a number from 1 to 3650") }
    }

    func run() async throws {
        let onboarding = Onboarding(try Settings.reading(desk.config))
        try onboarding.rotate(id, days: days, now: WallClock.now)
        try await onboarding.tell(desk, cut: id)
        try onboarding.show(id, all: false, qr: false)
    }
}

/// `tsunagi partner list`.
struct PartnerList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists partners: how each logs in, what is agreed with it, and when its certificate ends.",
        discussion: "Exit code 1 when a certificate has ended or ends within thirty days."
    )

    @OptionGroup var options: AuditOptions

    private struct Row: Encodable {
        let partner, login, state: String
        let agreements: [String]
        let made, end: String?
    }

    func run() throws {
        let settings = try Settings.reading(options.config)
        let records = try Onboarding(settings).book.all()
        let roll = PartnerRoll(settings.agreements, prepared: records)
        var rows: [Row] = []
        for partner in roll.partners {
            let record = records.first { $0.id == partner.id }
            let own = settings.agreements.filter { $0.recipient.id == partner.id && $0.status == .active }
            rows.append(
                Row(
                    partner: partner.id,
                    login: partner.login.rawValue,
                    state: own.isEmpty ? "prepared" : "active",
                    agreements: own.map(\.id).sorted(),
                    made: record?.made.iso8601,
                    end: record?.end?.iso8601
                )
            )
        }
        rows += roll.leaving.map {
            Row(partner: $0, login: "-", state: "revoked", agreements: [], made: nil, end: nil)
        }
        if options.json {
            try sayJSON(rows)
        } else {
            var table = TextTable([
                ("PARTNER", .left), ("LOGIN", .left), ("STATE", .left), ("AGREEMENTS", .left),
                ("MADE", .left),
                ("ENDS", .left),
            ])
            for row in rows {
                let agreements = row.agreements.isEmpty ? "-" : row.agreements.joined(separator: " ")
                table.add([row.partner, row.login, row.state, agreements, row.made ?? "-", row.end ?? "-"])
            }
            Console.show(table)
        }
        let ends = records.compactMap { record in
            record.end.flatMap { CertificateStatus(file: record.id, end: $0).warning(at: WallClock.now) }
                .map { "\(record.id): certificate \($0): tsunagi partner rotate \(record.id)" }
        }
        for line in ends { Console.trouble(line) }
        if !ends.isEmpty { throw ExitCode(1) }
    }
}

/// `tsunagi partner rights`: for a broker of somebody else's.
struct PartnerRights: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights",
        abstract:
            "Prints what partners may read, for your own mosquitto: an ACL file, or a script for dynamic security.",
        discussion: """
            The managed broker is given its rights by the gateway; this is for a broker of your own. Print it again when \
            agreements have changed or ended. The script holds no password; it is run as: sh rights.sh -h HOST -p PORT -u \
            ADMIN
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case acl, dynsec
    }

    @Option(help: "acl or dynsec.")
    var format: Format = .acl

    @Option(name: .shortAndLong, help: "The daemon's configuration.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    func run() throws {
        let settings = try Settings.reading(config)
        let roll = try PartnerRoll.read(settings)
        var gateway: String?
        if case .external(let options) = settings.broker { gateway = options.identity.user }
        let text =
            switch format {
            case .acl: BrokerRights.aclFile(gateway: gateway, partners: roll.partners)
            case .dynsec:
                BrokerRights.dynamicSecurity(gateway: gateway, partners: roll.partners, leaving: roll.leaving)
            }
        Console.say(String(text.dropLast()))
    }
}
