import Foundation
import Intake
import Readings
import Testing

/// The rows of a table of the vectors, by column.
private func rows(_ name: String) -> [[String: String]] {
    let lines = vector(name).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let columns = lines[0].split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    return lines.dropFirst().map { line in
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return Dictionary(
            uniqueKeysWithValues: zip(columns, cells + Array(repeating: "", count: columns.count))
        )
    }
}

private func vector(_ path: String) -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
    return Array((try? Data(contentsOf: folder.appending(path: path))) ?? Data())
}

private func folder(_ mapping: String) -> String {
    String(mapping.prefix { $0 != "/" })
}

private let caseNames = rows("cases.tsv").map { $0["case"] ?? "" }

@Suite struct VectorTests {
    @Test("every mapping of the vectors passes the check", arguments: Mappings.all.keys.sorted())
    func check(name: String) {
        #expect(Intake.check(Mappings.all[name] ?? RuleSetOptions()) == [])
    }

    @Test("a message makes the readings and dead letters that the tables say", arguments: caseNames)
    func vectorCase(name: String) throws {
        let message = try #require(rows("cases.tsv").first { $0["case"] == name })
        let bench = try Bench(try #require(Mappings.all[folder(message["mapping"] ?? "")]))
        bench.now = Instant(milliseconds: try #require(Int64(message["received_ms"] ?? "")))
        let isRetained = message["retain"] == "1"
        bench.take(message["topic"] ?? "", vector(message["file"] ?? ""), retain: isRetained)
        let batch = bench.settle()

        var wanted = rows("expected.tsv").filter { $0["case"] == name }
        for reading in batch.readings {
            let series = bench.catalogue.series(reading.series)
            let place = wanted.firstIndex { row in
                row["site"] == series.key.site && row["asset"] == series.key.asset
                    && row["metric"] == series.key.metric && row["kind"] == series.kind.word
                    && row["unit"] == series.unit && row["timestamp"] == reading.instant.iso8601
                    && row["ts_source"] == "\(reading.timeSource)" && row["quality"] == reading.quality.word
                    && equals(reading.value, row["value"] ?? "", bench.catalogue)
            }
            if let place {
                wanted.remove(at: place)
            } else {
                Issue.record(
                    "not expected: \(series) \(bench.said(reading.value)) \(reading)"
                )
            }
        }
        #expect(wanted.isEmpty)

        let dead = rows("dead.tsv").filter { $0["case"] == name }
        #expect(batch.deadLetters.count == dead.count, "\(batch.deadLetters.map(\.detail))")
        for (letter, row) in zip(batch.deadLetters, dead) {
            #expect(letter.rule == row["rule"])
            #expect(letter.reason.rawValue == row["reason"])
            #expect(letter.detail.hasPrefix(row["detail"] ?? ""), "\(letter.detail)")
            #expect(letter.payload == vector(message["file"] ?? ""))
        }
    }

    private func equals(_ value: Scalar, _ json: String, _ catalogue: Catalogue) -> Bool {
        switch value {
        case .absent: return json == "null"
        case .flag(let flag): return json == "\(flag)"
        case .text(let id):
            let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8))
            return text == catalogue.text(id)
        case .number(let number):
            guard let wanted = Double(json) else { return false }
            return abs(number - wanted) <= 1e-12 * max(abs(wanted), abs(number))
        }
    }

    @Test("repeated movements count once, retained copies never; levels are left to the store")
    func repeats() throws {
        let run = rows("repeats.tsv")
        let mappings = Set(run.map { folder($0["mapping"] ?? "") })
        let catalogue = Catalogue()
        var benches: [String: Bench] = [:]
        for name in mappings {
            benches[name] = try Bench(try #require(Mappings.all[name]), catalogue: catalogue)
        }
        var said: [String] = []
        for row in run {
            let bench = try #require(benches[folder(row["mapping"] ?? "")])
            bench.now = Instant(milliseconds: try #require(Int64(row["received_ms"] ?? "")))
            bench.take(row["topic"] ?? "", row["payload"] ?? "", retain: row["retain"] == "1")
            let batch = bench.settle()
            let stored = batch.readings.map { "\(bench.line($0))\($0.currentOnly ? " current only" : "")" }
            said.append((stored + batch.deadLetters.map(\.reason.rawValue)).joined(separator: ", "))
        }
        #expect(
            said == [
                "temp=21.5", "temp=21.5", "temp=21.75", "temp=20.5", "temp=21.75",
                "speed=1450 rpm", "speed=1450 rpm stale current only",
                "stock/P-100=5 pcs", "duplicate_delta", "stock/P-100=5 pcs", "retained_delta",
            ]
        )
    }
}
