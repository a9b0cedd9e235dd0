import Readings
import Testing

@testable import Intake

@Suite struct SparkplugSessionTests {
    @Test("the session of the vectors makes the readings that its table says", arguments: 0...6)
    func session(upTo last: Int) throws {
        let plant = try SparkplugPlant(role: .passive) { $0.defaults.site = nil }
        var batch = Batch(opened: plant.bench.now)
        for row in sparkplugTable("messages.tsv").prefix(last + 1) {
            plant.bench.now = Instant(milliseconds: try #require(Int64(row[3])))
            plant.bench.take(row[2], sparkplugVector(row[1]))
            batch = plant.bench.settle()
        }
        #expect(batch.deadLetters.isEmpty)
        var wanted = sparkplugTable("expected.tsv").filter { $0[0] == "\(last)" }
        if last == 5 {
            // The table names one of the device's metrics for all.
            for (metric, type, value, unit) in [
                ("Stock/Bin A", "Int32", "-3", "pcs"), ("Offset", "Int8", "-5", ""),
                ("Door", "Boolean", "true", ""),
            ] {
                wanted.append([
                    "5", "suwa", "edge-1", "press-3", metric, type, value, unit, "stale", wanted[0][9], "1",
                ])
            }
        }
        for reading in batch.readings {
            let series = plant.bench.catalogue.series(reading.series)
            let place = wanted.firstIndex { row in
                let asset = row[3].isEmpty ? row[2] : "\(row[2])/\(row[3])"
                let value = plant.bench.said(reading.value)
                return series.key.site == row[1] && series.key.asset == asset && series.key.metric == row[4]
                    && series.unit == row[7] && reading.quality.word == row[8]
                    && "\(reading.instant.milliseconds)" == row[9]
                    && (value == row[6] || value + ".0" == row[6])
            }
            if let place {
                wanted.remove(at: place)
            } else {
                Issue.record("not expected: \(plant.line(reading))")
            }
        }
        #expect(wanted.isEmpty)
    }
}
