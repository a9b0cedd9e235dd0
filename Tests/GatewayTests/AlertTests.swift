import Bus
import Desk
import Foundation
import Testing

/// Alerts, from the floor to whoever has to know.
@Suite struct AlertTests {
    /// Somebody's HTTPS server: Python's, with a certificate of its own. It refuses the first call.
    private final class Receiver {
        struct Call: Decodable {
            var status: Int
            var path: String
            var authorization: String?
            var body: AlertCall
        }

        let port: Int
        private let calls: String
        private let child: Child

        init(in workshop: Workshop) async throws {
            port = try Workshop.freePort()
            calls = "\(workshop.path)/calls"
            let made = try Executable.run(
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "9",
                    "-keyout", "\(workshop.path)/hook.key", "-out", "\(workshop.path)/hook.pem", "-subj",
                    "/CN=hook",
                    "-addext", "subjectAltName=DNS:localhost",
                ],
                program: "/usr/bin/openssl"
            )
            guard made.status == 0 else { throw Failure("no certificate: \(made.errors)") }
            let script = try workshop.write(
                """
                import http.server, json, ssl, sys
                folder, port = sys.argv[1], int(sys.argv[2])
                class Receiver(http.server.BaseHTTPRequestHandler):
                    count = 0
                    def do_POST(self):
                        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                        Receiver.count += 1
                        status = 503 if Receiver.count == 1 else 204
                        call = {"status": status, "path": self.path, "body": body,
                                "authorization": self.headers.get("authorization")}
                        with open(folder + "/calls", "a") as calls: calls.write(json.dumps(call) + "\\n")
                        self.send_response(status)
                        self.end_headers()
                server = http.server.HTTPServer(("127.0.0.1", port), Receiver)
                tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                tls.load_cert_chain(folder + "/hook.pem", folder + "/hook.key")
                server.socket = tls.wrap_socket(server.socket, server_side=True)
                print("ready", flush=True)
                server.serve_forever()
                """,
                to: "hook.py"
            )
            let log = "\(workshop.path)/hook.log"
            child = Child("/usr/bin/python3", [script, workshop.path, "\(port)"], output: log, errors: log)
            try child.start()
            let isReady = try await eventually(within: 10) { [child] in child.said.contains("ready") }
            guard isReady else { throw Failure("no receiver: \(child.said)") }
        }

        deinit { child.kill(SIGKILL) }

        /// What it was told of, whatever came twice left out: a call answered just before a kill is made again.
        var changes: [String] {
            var ids: Set<String> = []
            return received.map(\.body).filter { ids.insert($0.id).inserted }.map(\.status)
        }

        var received: [Call] {
            let text = (try? String(contentsOfFile: calls, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Call.self, from: Data($0.utf8))
            }
        }
    }

    private static func settings(port: Int, hook: Int) -> String {
        FirstLightTests.settings(port: port) + """

              - name: scale
                topic: scale/{asset}
                format: value
                asset: "{asset}"
                readings: [{metric: stock_level/ボルト-M8, value: $, type: number, unit: pcs}]
            items: {ボルト-M8: {reorder_point: 50}}
            alerts:
              rules: [{name: low-stock, kind: low_stock, clear: 60, below: 50, keep: 0s}]
              off: [source-silent]
              webhook: {url: "https://localhost:\(hook)/hooks/geheim-2", token_file: token, ca_file: hook.pem}
            """
    }

    @Test("low stock is told to the bus, to a webhook and to people, quietened, acknowledged, and over")
    func lowStock() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        try workshop.write(FirstLightTests.agreement, to: "agreements/supply.yaml")
        chmod(try workshop.write("geheim-1\n", to: "token"), 0o600)
        let receiver = try await Receiver(in: workshop)
        let daemon = try Daemon(in: workshop, settings: Self.settings(port: port, hook: receiver.port))
        try await daemon.start()
        let operators = Recorder(
            try workshop.login(port: port, user: "gateway"),
            filters: ["tsunagi/v1/g/+/alert/+"]
        )
        let partner = Recorder(
            try workshop.login(port: port, user: "buyer-1"),
            filters: ["#", "tsunagi/v1/g/#"]
        )
        let sensor = try workshop.publisher(port: port, user: "sensors")
        sensor.start()
        func weigh(_ quantity: Int) {
            sensor.publish(BusMessage(topic: "scale/棚A", payload: Array("\(quantity)".utf8))) { _ in }
        }
        func run(_ words: String...) throws -> Outcome {
            try Executable.run(words + ["--config", daemon.config])
        }
        let topic = "tsunagi/v1/g/test/alert/low-stock"
        func last() -> String? { operators.on(topic).last?.payload }

        weigh(100)
        weigh(38)
        #expect(try await eventually(within: 10) { last()?.isEmpty == false })
        let told = try JSONDecoder().decode(AlertMessage.self, from: Data((last() ?? "").utf8))
        #expect(told.standing == 1 && told.gateway == "test" && told.rule == "low-stock")
        let row = try #require(told.subjects.first)
        #expect(row.id == "low-stock/ota/ボルト-M8" && row.value == 38 && row.limit == 50 && row.unit == "pcs")
        #expect(
            row.text.en.hasPrefix("ボルト-M8 at ota: 38 pcs, below the reorder point of 50 pcs; at today's rate")
        )
        #expect(row.text.ja.hasPrefix("otaのボルト-M8: 在庫38 pcs、発注点50 pcsを下回る。"))
        #expect(try await eventually(within: 10) { receiver.received.map(\.status) == [503, 204] })
        let calls = receiver.received
        #expect(Set(calls.map(\.body.id)).count == 1, "the same call, twice")
        #expect(
            calls.last?.body.status == "standing" && calls.last?.body.text == calls.last?.body.alert.text.en
        )
        #expect(calls.last?.path == "/hooks/geheim-2" && calls.last?.authorization == "Bearer geheim-1")
        let listed = try run("alerts")
        #expect(listed.status == 1 && listed.output.contains("low-stock/ota/ボルト-M8\tstanding\t"), "\(listed)")
        #expect(try run("status").output.contains("alerts   1 stand;"))

        // Quiet for a while, and loud again.
        let quiet = try run("alerts", "silence", "low-*", "--subject", "ota/**", "--for", "1h", "--by", "保全")
        #expect(quiet.status == 0 && quiet.output.hasPrefix("silenced: low-* of ota/**, until "), "\(quiet)")
        #expect(try await eventually(within: 10) { last()?.isEmpty == true })
        #expect(try run("alerts").status == 0)
        #expect(
            try run("alerts", "silence", "low-*", "--subject", "ota/**", "--for", "0", "--by", "保全").status
                == 0
        )
        #expect(try await eventually(within: 10) { last()?.isEmpty == false })

        // Who takes care of it is known to all, and after a kill.
        let none = try run("alerts", "ack", "low-stock/ota/ナット", "--by", "早番")
        #expect(none.status == 1 && none.errors.contains("these do: low-stock/ota/ボルト-M8"), "\(none)")
        #expect(try run("alerts", "ack", "low-stock/ota/ボルト-M8", "--by", "早番").status == 0)
        #expect(try await eventually(within: 10) { last()?.contains("\"acknowledgedBy\":\"早番\"") == true })
        #expect(try await eventually(within: 10) { receiver.received.last?.body.status == "acknowledged" })
        daemon.kill(SIGKILL)
        try await daemon.start()
        let known = try await eventually(within: 10) {
            let answer = try await daemon.client.get("/v1/alerts", as: AlertAnswer.self)
            return answer.alerts.map { $0.acknowledgedBy ?? "" } == ["早番"]
        }
        #expect(known)
        #expect(try run("alerts").status == 0)

        // Between both limits it stands; past the second it is over, and nothing is retained.
        weigh(55)
        weigh(60)
        #expect(try await eventually(within: 20) { receiver.received.last?.body.status == "ended" })
        #expect(try await eventually(within: 10) { operators.on(topic).last?.payload == "" })
        let late = Recorder(try workshop.login(port: port, user: "gateway"), filters: ["tsunagi/v1/g/#"])
        #expect(try await eventually(within: 10) { !late.on("tsunagi/v1/g/test/status").isEmpty })
        #expect(late.on(topic).isEmpty)
        #expect(try run("alerts").output.contains("no alert stands"))
        #expect(receiver.changes == ["standing", "acknowledged", "ended"])
        #expect(
            partner.isOnline && partner.deliveries.allSatisfy { $0.topic.hasPrefix("tsunagi/v1/p/buyer-1/") }
        )
        #expect(!daemon.said.contains("geheim"), "no secret in the log")
        #expect(daemon.said.contains("alert low-stock: ボルト-M8 at ota: 38 pcs"))
        for recorder in [operators, partner, late] { recorder.stop() }
        sensor.stop()
        daemon.kill(SIGTERM)
    }

    @Test(
        "rules are tried against the history of a running gateway, and of its closed store; a reload takes them"
    )
    func rehearsal() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let plant = """
            broker: mqtt://127.0.0.1:\(broker.port)
            rules:
              - {name: moves, topic: "move/{item}", asset: shelf, time: $.t,
                 readings: [{metric: "stock/{item}", value: $.v, type: number, kind: delta, unit: pcs}]}
              - {name: press, topic: "press/{asset}", asset: "{asset}", time: $.t,
                 readings: [{metric: state, value: $.v, kind: state}]}
            """
        let daemon = try Daemon(in: workshop, settings: plant)
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        let now = Int(Date().timeIntervalSince1970) / 60 * 60
        let told: [(topic: String, value: String, minutesAgo: Int)] = [
            ("move/bolt", "100", 300), ("press/p1", "\"running\"", 290), ("move/bolt", "-70", 120),
            ("press/p1", "\"fault\"", 100), ("press/p1", "\"running\"", 70), ("move/bolt", "50", 60),
        ]
        for (topic, value, minutes) in told {
            let payload = "{\"v\":\(value),\"t\":\(now - minutes * 60)}"
            publisher.publish(BusMessage(topic: topic, payload: Array(payload.utf8))) { _ in }
        }
        let isThere = try await eventually(within: 10) {
            let readings = try await daemon.status().intake.readings
            return readings == UInt64(told.count)
        }
        #expect(isThere)
        let rules = try workshop.write(
            """
            alerts:
              rules:
                - {name: bolts, kind: low_stock, of: ota/bolt, below: 50, keep: 0s}
                - {name: stopped, kind: machine_stopped, above: 20m, keep: 0s}
                - {name: silent, kind: source_silent, of: p1, above: 3h, keep: 0s}
            """,
            to: "rules.yaml"
        )
        struct Answer: Decodable {
            struct Span: Decodable {
                var alert: AlertRow
                var from: String
                var until: String?
            }
            var alerts: [Span]
            var rulesPassedOver: [String]
        }
        func test(_ more: String...) throws -> [(id: String, from: Int, until: Int)] {
            let words = ["alerts", "test", rules, "--since", "4h", "--config", daemon.config, "--json"]
            let outcome = try Executable.run(words + more)
            guard outcome.status == 0 else { throw Failure(outcome.errors) }
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            #expect(answer.rulesPassedOver.contains("disk") && !answer.rulesPassedOver.contains("silent"))
            func minutesAgo(_ text: String) throws -> Int {
                let stamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                return Int((Double(now) - (try Date(text, strategy: stamp)).timeIntervalSince1970) / 60)
            }
            return try answer.alerts.map { span in
                (span.alert.id, try minutesAgo(span.from), try minutesAgo(try #require(span.until)))
            }
        }
        // A look a minute: each is told up to a minute late.
        let live = try test()
        #expect(live.map(\.id) == ["bolts/ota/bolt", "silent/p1", "stopped/ota/p1"])
        for (span, (from, until)) in zip(live, [(120, 60), (110, 100), (80, 70)]) {
            #expect(
                (from - 1...from).contains(span.from) && (until - 1...until).contains(span.until),
                "\(span)"
            )
        }
        let missing = try Executable.run([
            "alerts", "test", "\(workshop.path)/none.yaml", "--config", daemon.config,
        ])
        #expect(missing.status == 1 && missing.errors.contains("none.yaml: error: cannot be opened"))
        let table = try Executable.run(["alerts", "test", rules, "--since", "4h", "--config", daemon.config])
        #expect(table.output.hasPrefix("alert\tfrom\tuntil\twhat\n"), "\(table)")
        #expect(table.errors.contains("no history tells of source-silent, clock-skew, feed-late"), "\(table)")

        // The same rules, gone by: 80 bolts are fewer than 90.
        try daemon.write(plant + "\nalerts: {rules: [{name: bolts, kind: low_stock, below: 90}]}")
        let reload = try Executable.run(["reload", "--config", daemon.config])
        #expect(reload.status == 0 && reload.output.contains("alerts"), "\(reload)")
        let alerts = try await daemon.client.get("/v1/alerts", as: AlertAnswer.self)
        #expect(alerts.alerts.filter { $0.stage == "standing" }.map(\.id) == ["bolts/ota/bolt"])
        publisher.stop()
        daemon.kill(SIGTERM)
        #expect(try test("--offline", "\(workshop.path)/data/store").count == 3)
    }
}
