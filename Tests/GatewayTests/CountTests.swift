import Bus
import Desk
import Foundation
import Testing

/// A person counts while the plant goes on.
@Suite struct CountTests {
    static let rules = """
        items: {ナット-M8: {unit_weight: 4 g, container: 青箱, cover_min_d: 900}}
        containers: {青箱: 400 g}
        rules:
          - name: moves
            topic: move/{shelf}/{item}
            format: value
            asset: "{shelf}"
            readings: [{metric: "stock/{item}", value: $, type: number, kind: delta, unit: pcs}]
          - name: scale
            topic: scale/{shelf}/{item}
            format: value
            asset: "{shelf}"
            readings: [{metric: "stock_weight/{item}", value: $, type: number, unit: kg}]
        """

    private func stock(_ daemon: Daemon, _ item: String) async throws -> StockRow? {
        try await daemon.client.get("/v1/stock", as: [StockRow].self).first { $0.item == item }
    }

    private func count(_ daemon: Daemon, _ words: [String]) throws -> Outcome {
        try Executable.run(["count"] + words + ["--config", daemon.config])
    }

    @Test("a count is on disk before it is answered, survives a kill, and counts once")
    func counts() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 1000)
        publisher.start()
        for (topic, text) in [
            ("move/棚A/ボルト-M8", "100"), ("move/棚A/ボルト-M8", "-30"), ("scale/計量棚/ナット-M8", "2.4"),
        ] {
            publisher.publish(BusMessage(topic: topic, payload: Array(text.utf8))) { _ in }
        }
        let isTold = try await eventually(within: 20) {
            let bolts = try await stock(daemon, "ボルト-M8")?.quantity
            return try await stock(daemon, "ナット-M8")?.quantity == 500 && bolts == 70
        }
        #expect(isTold)
        let told = try count(daemon, ["ボルト-M8", "65"])
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.output.contains("ボルト-M8 at ota/棚A: counted 65 pcs"), "\(told.output)")
        #expect(told.output.contains("expected 70, difference -5"), "\(told.output)")
        daemon.kill(SIGKILL)
        try await daemon.start()
        let after = try #require(try await stock(daemon, "ボルト-M8"))
        #expect(after.quantity == 65 && after.count?.expected == 70 && after.count?.difference == -5)
        // The same count once more, as if its answer had been lost.
        let stamp = try #require(after.count?.time)
        let again = try count(daemon, ["ボルト-M8", "65", "--at", stamp])
        #expect(again.status == 0 && again.output.contains("difference -5"), "\(again.output)\(again.errors)")
        #expect(try await daemon.samples("ota/棚A/stock_count/ボルト-M8").count == 1)
        let differences = try await daemon.samples("ota/棚A/stock_difference/ボルト-M8")
        #expect(differences.map(\.value) == [.number(-5)])
        publisher.publish(BusMessage(topic: "move/棚A/ボルト-M8", payload: Array("-5".utf8))) { _ in }
        let goesOn = try await eventually(within: 20) { try await stock(daemon, "ボルト-M8")?.quantity == 60 }
        #expect(goesOn)
        publisher.stop()
        let shown = try Executable.run(["stock", "--config", daemon.config])
        let lines = shown.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(
            lines.first
                == ["item", "site", "location", "lot", "qty", "unit", "cover", "age", "quality"]
        )
        let bolts = try #require(lines.first { $0.first == "ボルト-M8" })
        // 30 and 5 within the first day: 35 a day.
        #expect(bolts.prefix(7) == ["ボルト-M8", "ota", "棚A", "-", "60", "pcs", "1.7 d"])
        #expect(lines.contains { $0.prefix(7) == ["ボルト-M8", "ota", "棚A", "-", "65", "70", "-5"] })
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("a count without a place, with two of them, of nobody's item or of nonsense is refused in words")
    func refusals() async throws {
        let workshop = try Workshop()
        // A count needs no broker.
        let port = try Workshop.freePort()
        let daemon = try Daemon(in: workshop, settings: "broker: mqtt://127.0.0.1:\(port)\n\(Self.rules)")
        try daemon.launch()
        let isUp = try await eventually(within: 20) { (try? await daemon.status()) != nil }
        #expect(isUp, "\(daemon.said)")
        for (words, refusal) in [
            (["ボルト-M8", "5"], "no stock of ボルト-M8 is known there"),
            (["ボルト-M8", "nan", "--location", "棚A"], "“nan” is no count"),
            (["ボルト-M8", "many", "--location", "棚A"], "“many” is no count"),
            (["ボルト-M8", "5", "--location", "棚A", "--at", "1999-01-01T00:00:00Z"], "is too far from"),
        ] {
            let outcome = try count(daemon, words)
            #expect(outcome.status == 1 && outcome.errors.contains(refusal), "\(words): \(outcome.errors)")
        }
        #expect(try count(daemon, ["ナット-M8", "5", "--location", "棚A", "--lot", "L1"]).status == 0)
        #expect(try count(daemon, ["ナット-M8", "7", "--location", "棚A", "--lot", "L2"]).status == 0)
        let several = try count(daemon, ["ナット-M8", "9"])
        #expect(several.status == 1)
        #expect(several.errors.contains("ナット-M8 at ota/棚A, lot L1; ナット-M8 at ota/棚A, lot L2"))
        let json = try count(daemon, ["ナット-M8", "9", "--lot", "L2", "--json"])
        let row = try JSONDecoder().decode(CountRow.self, from: Data(json.output.utf8))
        #expect(row.counted == 9 && row.expected == 7 && row.difference == 2)
        #expect(row.line?.lot == "L2" && row.line?.stands == true && row.line?.unit == "pcs")
        #expect(try await daemon.client.get("/v1/stock", as: [StockRow].self).map(\.lot) == ["L1", "L2"])
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }
}
