import Bus
import Desk
import Disclosure
import Foundation
import Readings
import Settings
import Sharing

/// Makes partners' identities in the data folder, and tells the daemon of them.
struct Onboarding {
    let settings: Settings
    var book: PartnerBook { folders.partners }
    private var folders: Links.Folders { Links.Folders(of: settings) }

    init(_ settings: Settings) {
        self.settings = settings
    }

    /// Everything that can be told wrong before a file is touched.
    func check(_ id: String, certificate: Bool) throws(Trouble) {
        let isPlain = id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard isPlain, (2...31).contains(id.utf8.count), !id.hasPrefix("-") else {
            throw Trouble("error: \(id) is no partner's id: 2 to 31 of a-z, 0-9 and -, the first no hyphen")
        }
        guard ![BrokerUser.gateway.name, BrokerUser.sensors.name].contains(id) else {
            throw Trouble("error: \(id) is the name of a user of the managed broker; choose another id")
        }
        if certificate, case .managed(let choice) = settings.broker {
            guard choice.partnerListen != nil, choice.partnerHost != nil else {
                throw Trouble(
                    "error: the managed broker has no listener for certificates; set broker: {url: managed, "
                        + "partner_listen: \"0.0.0.0:8883\", partner_host: mqtt.example.jp} and start the daemon again"
                )
            }
        }
    }

    /// Makes an identity where there is none.
    func make(_ id: String, login: BrokerPartner.Login, days: Int, now: Instant) throws {
        var record = PartnerRecord(id: id, login: login.rawValue, since: now, made: now)
        try makeFolder(folders.root, mode: 0o711)
        try book.keep(record)
        switch login {
        case .password:
            if case .managed = settings.broker { _ = try folders.secrets.open(id) }
        case .certificate:
            // Nobody comes with a password as well.
            folders.secrets.remove(id)
            try sign(&record, days: days, now: now)
        }
        try book.keep(record)
        try book.keep(card: try card(of: id).text, of: id)
    }

    /// Another password or certificate in the place of the one that is.
    func rotate(_ id: String, days: Int, now: Instant) throws {
        guard var record = try book.record(of: id) else {
            guard settings.agreements.contains(where: { $0.recipient.id == id && $0.status != .revoked })
            else {
                throw Trouble("error: there is no partner \(id); prepare it: tsunagi partner add \(id)")
            }
            if case .managed = settings.broker { try folders.secrets.replace(id) }
            return try make(id, login: .password, days: days, now: now)
        }
        record.made = now
        if record.login == BrokerPartner.Login.certificate.rawValue {
            let old = record.serial
            try sign(&record, days: days, now: now)
            if let old { try folders.authority.revoke(serial: old, now: now) }
        } else if case .managed = settings.broker {
            try folders.secrets.replace(id)
        } else {
            throw Trouble(
                "error: passwords of this broker are not ours; on it: mosquitto_ctrl dynsec setClientPassword \(id), or "
                    + "mosquitto_passwd"
            )
        }
        try book.keep(record)
        try book.keep(card: try card(of: id).text, of: id)
    }

    private func sign(_ record: inout PartnerRecord, days: Int, now: Instant) throws {
        let authority = folders.authority
        var hosts = [PartnerRoll.loopback]
        if case .managed(let choice) = settings.broker { hosts = Links.partnerHosts(choice) }
        try authority.open(hosts: hosts, now: now)
        let issued = try authority.issue(partner: record.id, days: days, now: now)
        try book.keep(issued, of: record.id, authority: authority)
        (record.serial, record.end) = (issued.serial, issued.end)
    }

    /// Has a running daemon go by it; one that does not run does so at its start.
    func tell(_ desk: DeskOptions, cut: String?) async throws {
        do {
            let words = cut.map { [("cut", $0)] } ?? []
            _ = try await desk.client().post("/v1/partners", words, as: [String: String].self)
        } catch DeskFailure.unreachable {
            Console.trouble("no daemon runs: the broker knows it from the next tsunagi run on")
        }
    }

    /// What a partner is told.
    func card(of id: String) throws -> PartnerCard {
        let records = try book.all()
        let roll = PartnerRoll(settings.agreements, prepared: records)
        guard let partner = roll.partners.first(where: { $0.id == id }) else {
            throw Trouble("error: there is no partner \(id); prepare it: tsunagi partner add \(id)")
        }
        let keys = try keySet(folders.keys)
        return PartnerCard(
            partner: partner,
            record: records.first { $0.id == id },
            settings: settings,
            book: book,
            secretFile: folders.secrets.file(of: id),
            thumbprints: keys.keys.map(\.thumbprint)
        )
    }

    /// Says where the card is, or all of it.
    func show(_ id: String, all: Bool, qr: Bool) throws {
        let card = try card(of: id)
        if try book.record(of: id) != nil {
            try book.keep(card: card.text, of: id)
            Console.say("\(id): card \(absolute(book.cardFile(of: id)))")
        }
        if let file = card.passwordFile {
            Console.say("\(id): password \(file), to be handed over by another way than the card")
        }
        if card.login == BrokerPartner.Login.certificate.rawValue {
            Console.say("\(id): certificate, key and authority in \(absolute(book.folder(of: id)))")
        }
        if all {
            Console.say("")
            Console.say(card.text)
        }
        if qr { Console.say(try Onboarding.code(of: card.link)) }
    }

    /// A QR code as lines of half blocks, by Debian's qrencode; what is encoded goes through a pipe.
    private static func code(of text: String) throws -> String {
        let program = "/usr/bin/qrencode"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Trouble("error: a QR code takes the program qrencode; run: apt-get install qrencode")
        }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-t", "UTF8", "-m", "2", "-o", "-"]
        let (words, picture) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (words, picture)
        try process.run()
        try words.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try words.fileHandleForWriting.close()
        let bytes = picture.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Trouble("error: \(program) made no QR code") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
