import Bus
import Foundation
import Readings
import Sharing
import Testing

/// The programs of `deploy/subscribers`, started as their README says, at brokers that run.
@Suite struct SubscriberTests {
    /// One of them, by its row in the README.
    enum Program: String, CaseIterable, Sendable {
        case shell = "Shell"
        case python = "Python"
        case javaScript = "JavaScript"
        case c = "C"
    }

    /// A copy of the folder, with all that is compiled.
    private static func folder(in workshop: Workshop) throws -> String {
        let folder = "\(workshop.path)/subscribers"
        try FileManager.default.copyItem(
            atPath: "\(ReadmeTests.root)/deploy/subscribers",
            toPath: folder
        )
        return folder
    }

    /// What the README says of a program: Debian's packages, what is done first, and how it is started.
    private static func row(_ program: Program, in folder: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| \(program.rawValue) |") })
        let cells = row.split(separator: "|").map { cell in
            cell.split(separator: "`").count > 1 ? String(cell.split(separator: "`")[1]) : ""
        }
        return Array(cells.suffix(3))
    }

    /// A program that runs, and what it has printed.
    private struct Running {
        let child: Child
        let output: String
        let errors: String

        var lines: [String] { Self.lines(output) }
        var refusals: [[String]] {
            Self.lines(errors).map { $0.components(separatedBy: "\t") }
        }

        private static func lines(_ file: String) -> [String] {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }

    /// Makes it as its row says, and starts it.
    ///
    /// - Parameter more: variables beside those that every one of them has.
    private static func start(_ program: Program, in folder: String, port: Int, _ more: [String]) throws
        -> Running
    {
        let row = try row(program, in: folder)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let variables =
            [
                "PATH=\((Executable.path as NSString).deletingLastPathComponent):\(path)",
                "NODE_PATH=/usr/share/nodejs", "TSUNAGI_HOST=127.0.0.1", "TSUNAGI_PORT=\(port)",
                "TSUNAGI_USER=buyer-1",
            ] + more
        let (output, errors) = ("\(folder)/\(program).out", "\(folder)/\(program).err")
        let script = "cd '\(folder)'\n\(row[1])\n[ -x '\(row[2])' ] || exit 99\nexec \(row[2])"
        let child = Child(
            "/usr/bin/env",
            variables + ["/bin/bash", "-ec", script],
            output: output,
            errors: errors
        )
        try child.start()
        return Running(child: child, output: output, errors: errors)
    }

    /// What each needs, tried: without it a test has nothing to say of the program, and fails with what to install.
    @Test("all that the programs stand on is installed", arguments: Program.allCases)
    func packages(program: Program) throws {
        let probe =
            switch program {
            case .shell: "command -v mosquitto_sub && command -v jq"
            case .python: "/usr/bin/python3 -c 'import paho.mqtt.client, cryptography'"
            case .javaScript: "NODE_PATH=/usr/share/nodejs node -e 'require(\"mqtt\")'"
            case .c: "cc -E -include cjson/cJSON.h -include mosquitto.h -include openssl/evp.h - </dev/null"
            }
        let packages = try Self.row(program, in: "\(ReadmeTests.root)/deploy/subscribers")[0]
        let outcome = try Executable.run(["-c", probe], program: "/bin/bash")
        #expect(outcome.status == 0, "apt-get install \(packages): \(outcome.errors)")
    }

    @Test(
        "each of them sees what its agreement grants, in the same words, and none is let in without its password"
    )
    func live() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        let daemon = try Daemon(in: workshop, settings: FirstLightTests.settings(port: port))
        try await daemon.start()
        let keys = try Executable.run(["keys", "show", "--json", "--config", daemon.config])
        #expect(keys.status == 0, "\(keys.errors)")
        let keyFile = try workshop.write(keys.output, to: "keys.json")
        let folder = try Self.folder(in: workshop)
        let secret = "TSUNAGI_PASSWORD_FILE=\(workshop.path)/data/broker/secrets/buyer-1"
        let running = try Program.allCases.map {
            try Self.start($0, in: folder, port: port, [secret, "TSUNAGI_KEYS=\(keyFile)"])
        }
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        let shelf = Array("{\"item\":\"ボルト-M8\",\"qty\":46,\"id\":\"m1\"}".utf8)
        sensor.publish(BusMessage(topic: "shelf/棚A", payload: shelf)) { _ in }

        let stock = "supply-1/stock\tボルト-M8\tota\t50\tpcs\tgood"
        let haveIt = try await eventually(within: 140) {
            running.allSatisfy { $0.lines.contains { $0.hasSuffix(stock) } }
        }
        #expect(haveIt, "\(running.map { "\($0.lines) \($0.child.said)" }) \(daemon.said.suffix(2000))")
        let line = try #require(running[0].lines.first { $0.hasSuffix(stock) })
        let end = line.prefix { $0 != "\t" }
        #expect(end.hasSuffix(":00.000Z"))
        // Of the press nothing is known.
        let bucket = ["\(end)\tsupply-1/output\twithheld", "\(end)\tsupply-1/state\twithheld", line]
        let isSame = try await eventually(within: 30) {
            running.allSatisfy { $0.lines.filter { $0.hasPrefix(end) }.sorted() == bucket }
        }
        #expect(isSame, "\(running.map(\.lines))")
        for one in running {
            #expect(one.refusals.isEmpty, "\(one.child.said)")
            #expect(one.child.isRunning)
            one.child.kill(SIGTERM)
        }
        let wrong = "TSUNAGI_PASSWORD_FILE=\(try workshop.write("guessed\n", to: "guess"))"
        for program in Program.allCases {
            let one = try Self.start(program, in: folder, port: port, [wrong, "TSUNAGI_KEYS=\(keyFile)"])
            let status = one.child.wait()
            #expect(status > 0 && status != 99, "\(program): \(status) \(one.child.said)")
            #expect(one.child.said.contains("uthori"), "\(program): \(one.child.said)")
        }
        sensor.stop()
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test(
        "each believes what was signed and nothing else, over TLS as well, and says the same thing once",
        arguments: Program.allCases
    )
    func forged(program: Program) async throws {
        let workshop = try Workshop()
        let broker = try secureBroker(in: workshop)
        let mail = Mail()
        let keyFile = try workshop.write(mail.keys, to: "keys.json")
        let tls = TLSOptions(caFile: "\(workshop.path)/ca.pem")
        let sender = BusPublisher(
            BusOptions(
                address: .tls(host: "127.0.0.1", port: broker.port, tls),
                identity: BusIdentity(clientID: "sender")
            )
        )
        sender.start()
        let bolts = #"{"product":"ボルト|M8","site":"ota","value":50,"unit":"pcs","quality":"good"}"#
        let first = Mail.release(1, bolts)
        sender.publish(mail.message(first, mail.signed(first), retain: true)) { _ in }
        #expect(try await eventually(within: 20) { sender.status.queued == 0 }, "\(broker.said)")

        let one = try Self.start(
            program,
            in: try Self.folder(in: workshop),
            port: broker.port,
            [
                "TSUNAGI_CA=\(workshop.path)/ca.pem", "TSUNAGI_PASSWORD_FILE=\(workshop.path)/secret",
                "TSUNAGI_KEYS=\(keyFile)",
            ]
        )
        let isThere = try await eventually(within: 60) { !one.lines.isEmpty }
        #expect(isThere, "\(one.child.said) \(broker.said)")
        for (message, _) in mail.spoilt(first) { sender.publish(message) { _ in } }
        sender.publish(mail.message(first, mail.signed(first))) { _ in }
        let values = [nil, #"{"from":null,"below":100}"#, #"{"from":0,"below":2.5}"#, #""運転""#]
        for (place, value) in values.enumerated() {
            let whole = value.map { #"{"product":"m","site":"ota","value":\#($0),"quality":"stale"}"# }
            let release = Mail.release(place + 2, whole)
            sender.publish(mail.message(release, mail.signed(release))) { _ in }
        }
        let isOver = try await eventually(within: 60) { one.lines.last?.contains("運転") == true }
        #expect(isOver, "\(one.lines) \(one.child.said)")
        let day = "2026-11-22T18"
        #expect(
            one.lines == [
                "\(day):01:00.000Z\ta/stock\tボルト|M8\tota\t50\tpcs\tgood",
                "\(day):02:00.000Z\ta/stock\twithheld",
                "\(day):03:00.000Z\ta/stock\tm\tota\t..100\t\tstale",
                "\(day):04:00.000Z\ta/stock\tm\tota\t0..2.5\t\tstale",
                "\(day):05:00.000Z\ta/stock\tm\tota\t運転\t\tstale",
            ]
        )
        let refused = mail.spoilt(first).map { ["refused", $0.message.topic, $0.why] }
        if program == .shell {
            // It says why in the words of `tsunagi verify`.
            #expect(one.refusals.map { $0.prefix(2) } == refused.map { $0.prefix(2) }, "\(one.child.said)")
        } else {
            #expect(one.refusals == refused, "\(one.child.said)")
        }
        one.child.kill(SIGTERM)
        sender.stop()
        broker.stop()
    }

    /// A broker with a certificate, and a password for `buyer-1`; without a name anybody may publish.
    private func secureBroker(in workshop: Workshop) throws -> OutsideBroker {
        let script = """
            set -e
            cd "$1"
            kind="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $kind -keyout ca.key -out ca.pem -subj "/CN=Throwaway CA" -days 2
            openssl req $kind -keyout server.key -out server.csr -subj "/CN=server"
            printf 'subjectAltName=IP:127.0.0.1\n' > ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem
            echo 'a secret of words' > secret
            mosquitto_passwd -b -c users buyer-1 'a secret of words'
            chmod 644 *.key *.pem users
            """
        let made = try Executable.run(["-c", script, "sh", workshop.path], program: "/bin/bash")
        guard made.status == 0 else { throw Failure("no certificates: \(made.errors)") }
        return try OutsideBroker(
            in: workshop,
            more: """
                cafile \(workshop.path)/ca.pem
                certfile \(workshop.path)/server.pem
                keyfile \(workshop.path)/server.key
                password_file \(workshop.path)/users
                """
        )
    }
}

/// What a sender, and one who would like to be it, puts on the wire.
private struct Mail {
    private static let topic = "tsunagi/v1/p/buyer-1/a/stock"
    private let key = SigningKey.make(id: "maker-2")
    private let old = SigningKey.make(id: "maker-1")

    /// The set that the partner was handed: the key before the last has ended.
    var keys: String {
        let end = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) - 1000)
        return KeySet([old.verifying(notAfter: end), key.verifying(notBefore: end)]).json
    }

    /// A release of one minute; withheld without a value. Blanks follow it, as they do.
    static func release(_ minute: Int, _ value: String?) -> [UInt8] {
        let status = value == nil ? #""withheld""# : #""released","values":[\#(value ?? "")]"#
        let text = #"""
            {"type":"tsunagi.release/1","id":"a/stock/\#(minute)","agreement":"a","grant":"stock",\#
            "recipient":"buyer-1","bucket":{"end":"2026-11-22T18:0\#(minute):00.000Z"},"status":\#(status)}
            """#
        return Array("\(text)   ".utf8)
    }

    func signed(_ payload: [UInt8]) -> String { DetachedJWS.sign(payload, with: key) }

    /// On the release's own topic unless told otherwise.
    func message(_ payload: [UInt8], _ jws: String?, on topic: String = Mail.topic, retain: Bool = false)
        -> BusMessage
    {
        var message = BusMessage(topic: topic, payload: payload, retain: retain)
        if let jws { message.properties = [UserProperty("jws", jws)] }
        return message
    }

    /// Made of a genuine release: each a message, and why it is refused.
    func spoilt(_ genuine: [UInt8]) -> [(message: BusMessage, why: String)] {
        let text = String(decoding: genuine, as: UTF8.self)
        let parts = signed(genuine).components(separatedBy: "..")
        let none = Data(#"{"alg":"none","kid":"maker-2"}"#.utf8).base64EncodedString()
        let stranger = SigningKey.make(id: "maker-2")
        let unknown = SigningKey.make(id: "maker-3")
        let bytes = "these bytes were not signed"
        let who = "signed with a key that is not known, or not valid now"
        return [
            (message(Array(text.replacing(":50,", with: ":90,").utf8), signed(genuine)), bytes),
            (message(genuine + [32], signed(genuine)), bytes),
            (message(genuine, nil), "not signed"),
            (message(genuine, DetachedJWS.sign(genuine, with: stranger)), bytes),
            (message(genuine, DetachedJWS.sign(genuine, with: unknown)), who),
            (message(genuine, DetachedJWS.sign(genuine, with: old)), who),
            (message(genuine, "\(none.replacing("=", with: ""))..\(parts[1])"), "malformed"),
            (message(genuine, "@/etc/hostname"), "malformed"),
            (message(genuine, String(repeating: "W", count: 60_000)), "malformed"),
            (message(genuine, signed(genuine), on: "tsunagi/v1/p/buyer-1/a/level"), "not of this topic"),
            (message(Array("[1,2".utf8), signed(Array("[1,2".utf8))), "malformed"),
        ]
    }
}
