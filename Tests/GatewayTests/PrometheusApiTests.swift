import Bus
import Desk
import Foundation
import Testing

/// The desk as a data source of Grafana, and as what a Prometheus scrapes.
@Suite struct PrometheusApiTests {
    private static func settings(port: Int) -> String {
        """
        broker: mqtt://127.0.0.1:\(port)
        rules:
          - name: press
            topic: press/{asset}
            asset: "{asset}"
            time: $.t
            readings:
              - {metric: pieces_total, value: $.good, kind: counter, unit: pcs}
              - {metric: "stock/ボルト-M8", value: $.stock, unit: pcs}
              - {metric: state, value: $.state, kind: state, type: text}
        """
    }

    /// A daemon that has heard a machine every half minute for ten minutes, from `startMs` on.
    private struct Scene {
        let workshop: Workshop
        let daemon: Daemon
        let broker: OutsideBroker
        let startMs: Int64
        var socket: String { "\(workshop.path)/desk.sock" }
    }

    private func scene() async throws -> Scene {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        let daemon = try Daemon(in: workshop, settings: Self.settings(port: broker.port))
        try await daemon.start()
        let sensor = broker.publisher(queueLimit: 100)
        sensor.start()
        let startMs = Int64(Date().timeIntervalSince1970) * 1000 - 700_000
        for step in 0...20 {
            let state = step < 10 ? "運転" : "停止"
            let text =
                "{\"t\":\(startMs + Int64(step) * 30_000),\"good\":\(step * 6),\"stock\":\(500 - step),"
                + "\"state\":\"\(state)\"}"
            sensor.publish(BusMessage(topic: "press/press-1", payload: Array(text.utf8))) { _ in }
        }
        let isStored = try await eventually(within: 10) {
            try await daemon.samples("ota/press-1/pieces_total").count == 21
        }
        #expect(isStored, "\(daemon.said)")
        sensor.stop()
        return Scene(workshop: workshop, daemon: daemon, broker: broker, startMs: startMs)
    }

    @Test("Grafana's questions are answered in the form of Prometheus, by GET and by a form")
    func answers() async throws {
        let scene = try await scene()
        defer { _ = scene.daemon.kill(SIGTERM) }
        let (start, end) = (scene.startMs / 1000 + 300, scene.startMs / 1000 + 600)
        func json(_ reply: DeskReply) throws -> [String: Any] {
            #expect(reply.header("content-type") == "application/json")
            return try #require(try JSONSerialization.jsonObject(with: reply.body) as? [String: Any])
        }
        let form = "query=rate(pieces_total%5B5m%5D)&start=\(start)&end=\(end)&step=150"
        let range = try DeskReply.post("/api/v1/query_range", form, socket: scene.socket)
        #expect(range.status == 200)
        let matrix = try #require(try json(range)["data"] as? [String: Any])
        #expect(matrix["resultType"] as? String == "matrix")
        let row = try #require((matrix["result"] as? [[String: Any]])?.first)
        #expect(row["metric"] as? [String: String] == ["asset": "press-1", "site": "ota"])
        let values = try #require(row["values"] as? [[Any]])
        #expect(values.map { "\($0[0])" } == ["\(start)", "\(start + 150)", "\(end)"])
        // Six every half minute.
        let rates = values.compactMap { ($0.last as? String).flatMap { Double($0) } }
        #expect(rates.count == 3 && rates.allSatisfy { abs($0 - 0.2) < 1e-12 }, "\(rates)")

        let instant = "query=%7B__name__%3D%22stock%2F%E3%83%9C%E3%83%AB%E3%83%88-M8%22%7D&time=\(end).5"
        let vector = try DeskReply.get("/api/v1/query?\(instant)", socket: scene.socket)
        let text = String(decoding: vector.body, as: UTF8.self)
        let metric = "{\"__name__\":\"stock/ボルト-M8\",\"asset\":\"press-1\",\"site\":\"ota\"}"
        let result = "[{\"metric\":\(metric),\"value\":[\(end).500,\"480\"]}]"
        #expect(
            text == "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":\(result)}}"
        )
        let scalar = try DeskReply.get("/api/v1/query?query=1%2B1&time=0", socket: scene.socket)
        let two = "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[0,\"2\"]}}"
        #expect(String(decoding: scalar.body, as: UTF8.self) == two)

        let lists = [
            ("labels", ["__name__", "asset", "site", "state"]), ("label/asset/values", ["press-1"]),
            (
                "label/__name__/values?match[]=%7Basset=%22press-1%22%7D",
                ["pieces_total", "state", "stock/ボルト-M8"]
            ),
            ("label/state/values", ["停止"]), ("label/%E5%93%81%E7%9B%AE/values", []),
            ("label/__name__/values?limit=1", ["pieces_total"]),
        ]
        for (path, wanted) in lists {
            let list =
                try json(try DeskReply.get("/api/v1/\(path)", socket: scene.socket))["data"] as? [String]
            #expect(list == wanted, "\(path)")
        }
        let series = try DeskReply.post(
            "/api/v1/series",
            "match[]=pieces_total&match[]=nothing",
            socket: scene.socket
        )
        let labels = ["__name__": "pieces_total", "asset": "press-1", "site": "ota"]
        #expect(try json(series)["data"] as? [[String: String]] == [labels])
        let metadata = try json(try DeskReply.get("/api/v1/metadata", socket: scene.socket))["data"]
        let counter = (metadata as? [String: [[String: String]]])?["pieces_total"]?.first
        #expect(counter?["type"] == "counter" && counter?["unit"] == "pcs")
        let build = try json(try DeskReply.get("/api/v1/status/buildinfo", socket: scene.socket))["data"]
        #expect((build as? [String: String])?["version"] == "2.42.0")
    }

    @Test("what is not answered is refused in the form of Prometheus, with its place")
    func refusals() async throws {
        let scene = try await scene()
        defer { _ = scene.daemon.kill(SIGTERM) }
        let cases: [(String, Int, String, String)] = [
            ("query?query=sum(", 400, "bad_data", "1:5: parse error: the end stands where"),
            (
                "query?query=deriv(x%5B5m%5D)", 400, "bad_data",
                "there is no function “deriv” here; there are rate"
            ),
            ("query", 400, "bad_data", "\"query\": it is missing"),
            ("query?query=1&time=noon", 400, "bad_data", "cannot parse \"noon\" to a valid timestamp"),
            ("query?query=1&time=1e300", 400, "bad_data", "cannot parse"),
            ("query_range?query=1&start=0&end=1", 400, "bad_data", "\"step\": it is missing"),
            ("query_range?query=1&start=0&end=1e9&step=1", 400, "bad_data", "11,000 points"),
            ("query_range?query=1&start=2&end=1&step=1", 400, "bad_data", "end timestamp"),
            ("query_range?query=x%5B5m%5D&start=0&end=1&step=1", 400, "bad_data", "range vector"),
            (
                "query?query=%7Bsite=%22ota%22%7D%2B%20on()%20%7Bsite=%22ota%22%7D&time=\(scene.startMs / 1000)",
                422,
                "execution", "found duplicate series"
            ),
            ("series", 400, "bad_data", "no match[]"),
            ("series?match[]=1", 400, "bad_data", "a selector is wanted"),
        ]
        for (path, status, kind, text) in cases {
            let reply = try DeskReply.get("/api/v1/\(path)", socket: scene.socket)
            #expect(reply.status == status, "\(path)")
            let refusal = try JSONDecoder().decode([String: String].self, from: reply.body)
            #expect(refusal["status"] == "error" && refusal["errorType"] == kind, "\(path)")
            #expect(refusal["error"]?.contains(text) == true, "\(path): \(refusal["error"] ?? "")")
        }
        let long = String(repeating: "x", count: 100_000)
        #expect(try DeskReply.post("/api/v1/query", "query=\(long)", socket: scene.socket).status == 413)
        #expect(try DeskReply.get("/api/v1/rules", socket: scene.socket).status == 404)
    }

    @Test("the page of figures is OpenMetrics, and what older Prometheus reads, and the command prints it")
    func metrics() async throws {
        let scene = try await scene()
        defer { _ = scene.daemon.kill(SIGTERM) }
        let open = try DeskReply.get("/metrics", socket: scene.socket)
        let form = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        #expect(open.status == 200 && open.header("content-type") == form)
        let page = try scene.workshop.write(String(decoding: open.body, as: UTF8.self), to: "metrics.om")
        let reader = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
            for family in read(open(sys.argv[1]).read()):
                for sample in family.samples: print(family.type, family.unit, sample.name, sample.labels, float(sample.value))
            """
        let told = try Executable.run(["-c", reader, page], program: "/usr/bin/python3")
        #expect(told.status == 0, "\(told.errors)")
        let bolts = "'item': 'ボルト-M8', 'site': 'ota', 'location': 'press-1', 'lot': '', 'unit': 'pcs'"
        for line in [
            "counter  tsunagi_readings_total {} 63.0\n", "gauge  tsunagi_store_series {} 3.0\n",
            "'gateway': 'test'} 1.0\n", "gauge  tsunagi_healthy {} ",
            "gauge seconds tsunagi_uptime_seconds {} ",
            "counter  tsunagi_source_messages_total {'source': 'press-1', 'rule': 'press'} 21.0\n",
            "gauge  tsunagi_stock_on_hand {\(bolts)} 480.0\n",
            "gauge seconds tsunagi_stock_cover_seconds {\(bolts)} ",
        ] {
            #expect(told.output.contains(line), "\(line) in \(told.output)")
        }
        let old = try DeskReply.get("/metrics", socket: scene.socket, accept: "text/plain")
        #expect(old.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        let text = try scene.workshop.write(String(decoding: old.body, as: UTF8.self), to: "metrics.txt")
        let check = "/usr/bin/promtool check metrics < '\(text)'"
        let found = try Executable.run(["-c", check], program: "/bin/sh")
        #expect(found.status == 0 && found.errors.isEmpty, "\(found.output) \(found.errors)")
        let printed = try Executable.run(["metrics", "--config", scene.daemon.config])
        #expect(printed.status == 0 && printed.output.hasSuffix("# EOF\n"), "\(printed.errors)")
        #expect(printed.output.contains("tsunagi_readings_total 63\n"))
    }
}
