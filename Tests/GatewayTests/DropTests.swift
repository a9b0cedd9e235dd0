import Bus
import Desk
import Foundation
import Testing

/// A shop that keeps its stock in a spreadsheet drops it into a folder.
@Suite struct DropTests {
    static let rules = """
        rules:
          - name: stock-sheet
            drop: inbox
            format: csv
            options: {encoding: cp932}
            each: $[*]
            asset: "@.棚"
            readings:
              - {metric: "stock/{@.品番}", value: "@.数量", type: number, unit: 個}
          - name: moves
            drop: moves
            format: csv
            each: $[*]
            asset: "@.棚"
            readings:
              - {metric: "stock/{@.品番}", value: "@.増減", type: number, unit: 個, kind: delta}
          - {name: live, topic: "move/{asset}", asset: "{asset}", readings: [{metric: stock/ピン, value: $.n, kind: delta, unit: 個}]}
        """

    private func result(_ workshop: Workshop, _ name: String) async throws -> [Substring] {
        let path = "\(workshop.path)/\(name).result"
        let isThere = try await eventually(within: 20) { FileManager.default.fileExists(atPath: path) }
        guard isThere else { throw Failure("no outcome at \(path)") }
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    /// Starts a daemon without a broker.
    private func launch(_ daemon: Daemon) async throws {
        try daemon.launch()
        let isUp = try await eventually(within: 20) { (try? await daemon.status()) != nil }
        guard isUp else { throw Failure("the daemon did not come up: \(daemon.said)") }
    }

    @Test("a CP932 sheet that is dropped while the daemon runs is in the stock, and its outcome beside it")
    func sheet() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try await daemon.start()
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        publisher.publish(BusMessage(topic: "move/棚A", payload: Array("{\"n\":3}".utf8))) { _ in }
        let text = "棚,品番,数量\r\n棚A,ボルト－Ｍ８,１２０\r\n棚A,樹脂ペレット,多数\r\n倉庫２,表示器,8\r\n"
        let sheet = try #require(text.data(using: .shiftJIS))
        try sheet.write(to: URL(filePath: "\(workshop.path)/inbox/在庫表.csv"))
        let outcome = try await result(workshop, "inbox/在庫表.csv")
        #expect(outcome.contains("readings: 2") && outcome.contains("dead letters: 1"), "\(outcome)")
        #expect(outcome.contains { $0.hasPrefix("line 3: type: ") }, "\(outcome)")
        let shown = try Executable.run(["stock", "--config", daemon.config])
        let rows = shown.output.split(separator: "\n").map { $0.split(separator: "\t").prefix(6) }
        #expect(rows.contains(["ボルト－Ｍ８", "ota", "棚A", "-", "120", "pcs"]), "\(shown.output)")
        #expect(rows.contains(["表示器", "ota", "倉庫２", "-", "8", "pcs"]), "\(shown.output)")
        let live = try await eventually(within: 20) { try await daemon.stock("ピン") == 3 }
        #expect(live, "messages come in beside files")
        publisher.stop()
        #expect(try await daemon.status().intake.deadByReason == ["type": 1])
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }

    @Test("movements in a file count once, however often the daemon is killed and the outcome taken away")
    func once() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        // No broker is needed for it.
        let daemon = try Daemon(in: workshop, settings: "broker: mqtt://127.0.0.1:\(port)\n\(Self.rules)")
        let file = try workshop.write("棚,品番,増減\n棚A,ボルト,5\n棚A,ボルト,5\n", to: "moves/入庫.csv")
        for round in 1...3 {
            try await launch(daemon)
            let outcome = try await result(workshop, "moves/入庫.csv")
            if round == 1 { #expect(outcome.contains("readings: 2")) }
            #expect(try await daemon.stock("ボルト") == 10, "round \(round)")
            daemon.kill(SIGKILL)
            if round == 2 { try FileManager.default.removeItem(atPath: file + ".result") }
        }
        #expect(try await result(workshop, "moves/入庫.csv").contains { $0.hasPrefix("nothing was done") })
        // The same rows in another file are other movements.
        try workshop.write("棚,品番,増減\n棚A,ボルト,5\n棚A,ボルト,5\n", to: "moves/入庫2.csv")
        try await launch(daemon)
        _ = try await result(workshop, "moves/入庫2.csv")
        #expect(try await daemon.stock("ボルト") == 20)
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }

    @Test("a kill in the middle of a hundred files loses none and counts none twice")
    func killed() async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        let daemon = try Daemon(in: workshop, settings: "broker: mqtt://127.0.0.1:\(port)\n\(Self.rules)")
        for number in 1...100 {
            try workshop.write("棚,品番,増減\n棚A,ボルト,1\n棚B,ボルト,1\n", to: "moves/\(number).csv")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(workshop.path)/moves")
        for _ in 0..<8 {
            try daemon.launch()
            try await Task.sleep(for: .milliseconds(Int.random(in: 1000...1500)))
            daemon.kill(SIGKILL)
        }
        try await launch(daemon)
        for name in names {
            let outcome = try await result(workshop, "moves/\(name)")
            #expect(outcome.contains("readings: 2"), "\(outcome)")
        }
        let rows = try await daemon.client.get("/v1/stock", as: [StockRow].self)
        #expect(rows.map(\.quantity) == [100, 100])
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }
}
