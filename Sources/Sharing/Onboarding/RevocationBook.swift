public import Disclosure
public import Readings

/// An agreement that was revoked, for good: a new one takes a new id.
public struct RevocationRecord: Hashable, Sendable {
    /// The agreement's id.
    public var agreement: String
    /// Its version when it was revoked.
    public var version: Int
    /// Who received.
    public var partner: String
    /// When it was revoked, or notice of it was given.
    public var time: Instant
    /// When the notice is over and it ends; nil when it ended at once.
    public var ends: Instant?
    /// Whether the broker has been told to forget what it retained.
    public var isCleared: Bool
    /// What was done and what showed it, a line each.
    public var steps: [String]

    /// The record of a revocation that begins.
    ///
    /// - Parameter noticeSeconds: how long the agreement goes on.
    public init(_ agreement: Agreement, at time: Instant, noticeSeconds: Int = 0) {
        self.agreement = agreement.id
        version = agreement.version
        partner = agreement.recipient.id
        self.time = time
        ends = noticeSeconds == 0 ? nil : time.advanced(byMs: Int64(noticeSeconds) * 1000)
        isCleared = false
        steps = []
    }
}

extension RevocationRecord {
    /// Whether the agreement has ended: its notice is over.
    public func isInForce(at now: Instant) -> Bool { ends.map { $0 <= now } ?? true }
}

/// The agreements that were revoked, a file each beside the outbox. It counts, whatever the agreement's own file says.
public struct RevocationBook: Sendable {
    /// The folder; need not be there yet.
    public let path: String

    /// `<data>/sharing/revocations`.
    public init(_ path: String) {
        self.path = path
    }

    /// All revocations, by agreement.
    public func all() throws(OnboardingFailure) -> [RevocationRecord] {
        var records: [RevocationRecord] = []
        for name in SmallFile.names(in: path) where name.hasSuffix(".json") {
            let file = "\(path)/\(name)"
            guard let text = try SmallFile.text(file) else { continue }
            guard let record = RevocationRecord(json: text), "\(record.agreement).json" == name else {
                throw OnboardingFailure(file, "is no record of a revocation; restore it from a backup")
            }
            records.append(record)
        }
        return records
    }

    /// Keeps a record; durable when this returns.
    public func keep(_ record: RevocationRecord) throws(OnboardingFailure) {
        try SmallFile.makeFolder(path)
        try SmallFile.write("\(path)/\(record.agreement).json", record.json + "\n")
    }
}

extension [Agreement] {
    /// The same, with those revoked that the book says are by now.
    ///
    /// What the broker retained of them is not cleared a second time.
    public func revoked(by records: [RevocationRecord], at now: Instant) -> [Agreement] {
        let standing = records.filter { $0.isInForce(at: now) }
        let byID = Dictionary(standing.map { ($0.agreement, $0) }) { first, _ in first }
        return map { agreement in
            guard let record = byID[agreement.id] else { return agreement }
            var agreement = agreement
            agreement.status = .revoked
            agreement.revocation.clearRetained = !record.isCleared
            return agreement
        }
    }
}

extension RevocationRecord {
    fileprivate var json: String {
        var json = JSONText()
        json.object { json in
            let texts = [
                ("type", "tsunagi.revocation/1"), ("agreement", agreement), ("partner", partner),
                ("time", time.iso8601),
            ]
            for (name, value) in texts {
                json.key(name)
                json.string(value)
            }
            if let ends {
                json.key("ends")
                json.string(ends.iso8601)
            }
            json.key("version")
            json.number(Int64(version))
            json.key("cleared")
            json.bool(isCleared)
            json.key("steps")
            json.array { json in
                for step in steps { json.string(step) }
            }
        }
        return json.text
    }

    fileprivate init?(json: [UInt8]) {
        guard let members = JSONValue(json)?.members, members["type"]?.string == "tsunagi.revocation/1",
            let agreement = members["agreement"]?.string, let partner = members["partner"]?.string,
            let time = members["time"]?.string.flatMap({ Instant(iso8601: $0) }),
            let version = members["version"]?.whole, case .flag(let isCleared)? = members["cleared"],
            let steps = members["steps"]?.list
        else { return nil }
        self.agreement = agreement
        self.partner = partner
        self.time = time
        if let text = members["ends"]?.string {
            guard let ends = Instant(iso8601: text) else { return nil }
            self.ends = ends
        }
        self.version = Int(clamping: version)
        self.isCleared = isCleared
        self.steps = steps.compactMap(\.string)
    }
}
