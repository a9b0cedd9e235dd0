import ArgumentParser
import Query
import Readings
import Settings
import Sharing

/// `tsunagi audit …`: what left, and the proof of it.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows every release and withholding, checks the log, and proves single records.",
        discussion: "Reads the files; the daemon may run or not.",
        subcommands: [AuditShow.self, AuditVerify.self, AuditProve.self]
    )
}

/// Where the log lies.
struct AuditOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The daemon's configuration.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    @Flag(help: "JSON instead of text; one stable schema, never translated.")
    var json = false

    func folders() throws(Trouble) -> Links.Folders {
        Links.Folders(of: try Settings.reading(config))
    }

    func reader() throws -> AuditReader {
        try AuditReader(directory: try folders().sharing)
    }
}

/// `tsunagi audit show --partner P --since 1d`: what a partner saw.
struct AuditShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Lists what was released, withheld and cleared, oldest first."
    )

    @Option(help: "Only what this partner was sent.")
    var partner: String?

    @Option(help: "Only this agreement.")
    var agreement: String?

    @Option(help: "From then on: a stamp, or a duration such as 1d for that long ago.")
    var since: String = "1d"

    @OptionGroup var options: AuditOptions

    func run() throws {
        let from = try TimeWords.instant(since, now: WallClock.now)
        var rows: [AuditRow] = []
        let (_, faults) = try options.reader().verify { _, record in
            guard record.time >= from, partner == nil || record.partner == partner,
                agreement == nil || record.agreement == agreement
            else { return }
            rows.append(AuditRow(record))
        }
        if options.json {
            try sayJSON(rows)
        } else {
            var table = TextTable([
                ("SEQ", .right), ("TIME", .left), ("PARTNER", .left), ("FEED", .left), ("BUCKET", .left),
                ("DECISION", .left), ("RULE", .left), ("PAYLOAD SHA-256", .left),
            ])
            for row in rows {
                table.add([
                    "\(row.seq)", row.time, row.partner, row.feed, row.bucket, row.decision, row.rule ?? "-",
                    row.payloadSha256,
                ])
            }
            Console.show(table)
        }
        guard faults.isEmpty else {
            throw Trouble("error: the log is not what it was: \(faults[0]); run tsunagi audit verify")
        }
    }
}

/// The JSON form of a record.
private struct AuditRow: Encodable {
    let seq: UInt64
    let time, partner, feed, bucket, decision: String
    let rule: String?
    let topic, payloadSha256, agreementSha256: String

    init(_ record: AuditRecord) {
        (seq, time, partner) = (record.sequence, record.time.iso8601, record.partner)
        feed = "\(record.agreement)/\(record.grant)"
        (bucket, decision, rule) = (record.bucket.iso8601, record.decision.rawValue, record.rule)
        topic = record.topic
        (payloadSha256, agreementSha256) = (record.payloadDigest.hex, record.agreementDigest.hex)
    }
}

/// `tsunagi audit verify`: whether a single bit of the log is not what it was.
struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every line, the chain through them, and the heads that were signed.",
        discussion: """
            A log that was cut at its end, or written anew from the first line, is whole in itself: only a head \
            that somebody else kept shows it. Partners are sent one each day; give it as --head.
            Exit code 0 when all is as it was, 1 when it is not.
            """
    )

    @Option(help: "A head that a partner kept, as SIZE:ROOT.")
    var head: [String] = []

    @OptionGroup var options: AuditOptions

    func run() throws {
        let folders = try options.folders()
        var heads: [TreeHead] = []
        for text in head {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let size = Int(parts[0]), let root = Digest(hex: parts[1]) else {
                throw ValidationError("--head \(text): expected SIZE:ROOT, the root as 64 digits of base 16")
            }
            heads.append(TreeHead(size: size, root: root))
        }
        var findings: [String] = []
        let keys = try keySet(folders.keys)
        let signed = try signedHeads(folders.sharing)
        for head in signed {
            guard let tree = head.head, let time = head.time else {
                findings.append("a signed head is none of ours")
                continue
            }
            do throws(SignatureFault) {
                try DetachedJWS.verify(head.jws, of: head.text, by: keys.keys, at: time)
            } catch {
                findings.append("the head of \(time.iso8601): \(error)")
            }
            heads.append(tree)
        }
        let (tree, faults) = try options.reader().verify(against: heads)
        findings += faults.map(\.description)
        if options.json {
            try sayJSON(
                Answer(records: tree.size, root: tree.root.hex, heads: signed.count, findings: findings)
            )
        } else {
            for finding in findings { Console.say(finding) }
            let state = findings.isEmpty ? "as it was" : count(findings.count, "finding")
            Console.say(
                "audit log: \(state): \(count(tree.size, "record")), \(count(signed.count, "signed head")), "
                    + "head \(tree.size):\(tree.root.hex)"
            )
        }
        if !findings.isEmpty { throw ExitCode(1) }
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(Words.grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private struct Answer: Encodable {
        let records: Int
        let root: String
        let heads: Int
        let findings: [String]
    }
}

/// `tsunagi audit prove SEQ`: for the partner who asks.
struct AuditProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves that a release stands in the log, for tsunagi verify --proof.",
        discussion: "Heads are signed once a day; a release of today is proved tomorrow."
    )

    @Argument(help: "The record's SEQ, as audit show tells it.")
    var sequence: UInt64

    @OptionGroup var options: AuditOptions

    func run() throws {
        var found: (place: Int, record: AuditRecord)?
        let (_, faults) = try options.reader().verify { place, record in
            if record.sequence == sequence { found = (place, record) }
        }
        guard faults.isEmpty else {
            throw Trouble("error: the log is not what it was: \(faults[0]); run tsunagi audit verify")
        }
        guard let found else { throw Trouble("error: no record has SEQ \(sequence); see tsunagi audit show") }
        guard found.record.decision == .released else {
            throw Trouble(
                "error: record \(sequence) was \(found.record.decision.rawValue), and its rule stays here"
            )
        }
        let heads = try signedHeads(try options.folders().sharing)
        guard let head = heads.last, let size = head.head?.size, size > found.place else {
            throw Trouble(
                "error: no signed head covers record \(sequence) yet: the next is signed after midnight, UTC"
            )
        }
        let (line, leaves) = try options.reader().leaves(lineAt: found.place)
        Console.say(
            AuditProof(line: line, index: found.place, leaves: leaves, head: head, size: size).json
        )
    }
}

private func signedHeads(_ directory: String) throws(Trouble) -> [SignedHead] {
    do throws(AuditFailure) {
        return try AuditHeads(directory: directory).all
    } catch {
        throw Trouble("error: \(error)")
    }
}

/// A gateway's public keys.
func keySet(_ directory: String) throws(Trouble) -> KeySet {
    do throws(KeyFailure) {
        return try KeyFolder(directory).keys()
    } catch {
        throw Trouble("error: \(error)")
    }
}
