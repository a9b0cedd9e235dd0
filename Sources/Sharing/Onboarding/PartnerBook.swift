import Glibc
public import Readings

/// A partner whose identity was prepared: how it logs in, and since when.
public struct PartnerRecord: Hashable, Sendable {
    /// Its id: its user at the broker, and a level of its topics.
    public var id: String
    /// `password` or `certificate`.
    public var login: String
    /// When it was prepared.
    public var since: Instant
    /// When its password or certificate was made.
    public var made: Instant
    /// Of its certificate, in base 16.
    public var serial: String?
    /// When its certificate ends.
    public var end: Instant?

    /// A record.
    public init(id: String, login: String, since: Instant, made: Instant) {
        self.id = id
        self.login = login
        self.since = since
        self.made = made
    }
}

/// The partners that were prepared, a folder each that nobody but us may enter.
///
///     ID/partner.json       the record
///     ID/card.txt           what the partner is told; holds no secret
///     ID/certificate.pem    and certificate.key, ca.pem: for a partner with a certificate
public struct PartnerBook: Sendable {
    /// The folder; need not be there yet.
    public let path: String

    /// `<data>/partners`.
    public init(_ path: String) {
        self.path = path
    }

    /// A partner's folder.
    public func folder(of id: String) -> String { "\(path)/\(id)" }
    /// What it is told.
    public func cardFile(of id: String) -> String { folder(of: id) + "/card.txt" }
    /// Its certificate.
    public func certificateFile(of id: String) -> String { folder(of: id) + "/certificate.pem" }
    /// The key to it.
    public func keyFile(of id: String) -> String { folder(of: id) + "/certificate.key" }
    /// Who signed the broker's certificate and its own.
    public func authorityFile(of id: String) -> String { folder(of: id) + "/ca.pem" }

    /// All that were prepared, by id.
    public func all() throws(OnboardingFailure) -> [PartnerRecord] {
        var records: [PartnerRecord] = []
        for name in SmallFile.names(in: path) {
            if let record = try record(of: name) { records.append(record) }
        }
        return records
    }

    /// Nil when it was not prepared.
    public func record(of id: String) throws(OnboardingFailure) -> PartnerRecord? {
        let file = folder(of: id) + "/partner.json"
        guard let text = try SmallFile.text(file) else { return nil }
        guard let record = PartnerRecord(json: text), record.id == id else {
            throw OnboardingFailure(file, "is no record of a partner; restore it, or remove the folder")
        }
        return record
    }

    /// Keeps a record, and makes the folder.
    public func keep(_ record: PartnerRecord) throws(OnboardingFailure) {
        try SmallFile.makeFolder(path)
        try SmallFile.makeFolder(folder(of: record.id))
        try SmallFile.write(folder(of: record.id) + "/partner.json", record.json + "\n")
    }

    /// Puts a certificate into the partner's folder.
    public func keep(_ issued: PartnerAuthority.Issued, of id: String, authority: PartnerAuthority)
        throws(OnboardingFailure)
    {
        guard let signer = try SmallFile.text(authority.authorityFile) else {
            throw OnboardingFailure(authority.authorityFile, "is missing")
        }
        try SmallFile.write(keyFile(of: id), issued.key)
        try SmallFile.write(certificateFile(of: id), issued.certificate)
        try SmallFile.write(authorityFile(of: id), String(decoding: signer, as: UTF8.self))
    }

    /// Writes what the partner is told.
    public func keep(card: String, of id: String) throws(OnboardingFailure) {
        try SmallFile.write(cardFile(of: id), card)
    }

    /// Takes a partner out of the book, with its key, its certificate and its card.
    public func remove(_ id: String) {
        for name in SmallFile.names(in: folder(of: id)) { unsafe _ = unlink("\(folder(of: id))/\(name)") }
        unsafe _ = rmdir(folder(of: id))
    }
}

extension PartnerRecord {
    fileprivate var json: String {
        var texts = [
            ("type", "tsunagi.partner/1"), ("id", id), ("login", login), ("since", since.iso8601),
            ("made", made.iso8601),
        ]
        if let serial { texts.append(("serial", serial)) }
        if let end { texts.append(("end", end.iso8601)) }
        var json = JSONText()
        json.object { json in
            for (name, value) in texts {
                json.key(name)
                json.string(value)
            }
        }
        return json.text
    }

    fileprivate init?(json: [UInt8]) {
        guard let members = JSONValue(json)?.members, members["type"]?.string == "tsunagi.partner/1",
            let id = members["id"]?.string, let login = members["login"]?.string,
            let since = members["since"]?.string.flatMap({ Instant(iso8601: $0) }),
            let made = members["made"]?.string.flatMap({ Instant(iso8601: $0) })
        else { return nil }
        self.init(id: id, login: login, since: since, made: made)
        serial = members["serial"]?.string
        end = members["end"]?.string.flatMap { Instant(iso8601: $0) }
    }
}
