import Bus
import Desk
import Foundation
import Readings
import Testing

/// What a shift came to, asked of a running daemon.
@Suite struct MachinesTests {
    static let rules = """
        machines: {プレス1: {cycle_s: 10, states: {手待ち: delay}}}
        rules:
          - name: press
            topic: line/{asset}
            asset: "{asset}"
            time: $.t
            readings:
              - {metric: state, value: $.state, kind: state, type: text, optional: true}
              - {metric: good_count, value: $.good, kind: counter, unit: 個, optional: true}
              - {metric: reject_count, value: $.reject, kind: counter, unit: 個, optional: true}
              - {metric: energy, value: $.kwh, kind: counter, unit: kWh, optional: true}
        """

    @Test("an hour of a press: run, setup, what nobody knows, pieces, OEE and energy per good piece")
    func hour() async throws {
        let workshop = try Workshop()
        let broker = try OutsideBroker(in: workshop)
        defer { broker.stop() }
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: mqtt://127.0.0.1:\(broker.port)\n\(Self.rules)"
        )
        try await daemon.start()
        // Two hours ago, on the minute.
        let start = Int64(Date().timeIntervalSince1970 / 60 - 120) * 60_000
        func at(_ minutes: Int64) -> Int64 { start + minutes * 60_000 }
        let publisher = broker.publisher(queueLimit: 100)
        publisher.start()
        for text in [
            #"{"t":\#(at(10)),"state":"段取り","good":500,"reject":7,"kwh":10}"#,
            #"{"t":\#(at(20)),"state":"運転"}"#,
            #"{"t":\#(at(50)),"state":"手待ち","good":600,"reject":17,"kwh":65}"#,
        ] {
            publisher.publish(BusMessage(topic: "line/プレス1", payload: Array(text.utf8))) { _ in }
        }
        let isTold = try await eventually(within: 20) {
            try await daemon.samples("ota/プレス1/energy").count == 2
        }
        #expect(isTold)
        publisher.stop()
        let span = [
            "--since", Instant(milliseconds: at(0)).iso8601, "--until", Instant(milliseconds: at(60)).iso8601,
            "--config", daemon.config,
        ]
        let json = try Executable.run(["machines", "--json"] + span)
        let rows = try JSONDecoder().decode([AccountRow].self, from: Data(json.output.utf8))
        let row = try #require(rows.first)
        #expect(row.machine == "プレス1" && row.site == "ota" && !row.coarse)
        #expect(row.plannedBusySeconds == 3600 && row.unknownSeconds == 600)
        #expect(row.setupSeconds == 600 && row.productionSeconds == 1800 && row.delaySeconds == 600)
        #expect(row.goodQuantity == 100 && row.scrapQuantity == 10)
        #expect(row.availability == 0.6 && row.qualityRatio == 100.0 / 110)
        #expect(row.effectiveness == 10 * 110.0 / 1800)
        #expect(row.oee == 0.6 * (10 * 110.0 / 1800) * (100.0 / 110))
        #expect(row.energyPerGood == 0.55 && row.energyUnit == "kWh")
        let table = try Executable.run(["machines"] + span)
        let cells = table.output.split(separator: "\n").last.map { $0.split(separator: "\t") } ?? []
        #expect(cells.prefix(7) == ["プレス1", "ota", "1 h 0 min", "30 min", "10 min", "10 min", "10 min"])
        #expect(cells.suffix(4) == ["61.1 %", "90.9 %", "33.3 %", "0.55 kWh"], "\(table.output)")
        let empty = try Executable.run(["machines", "--since", "now", "--config", daemon.config])
        #expect(empty.status == 1 && empty.errors.contains("the range is empty"))
        #expect(daemon.kill(SIGTERM) == 0, "\(daemon.said)")
    }
}
