import Foundation
import Readings
import RingStore
import Testing

@Suite("commands on a directory that no daemon has open", .serialized)
struct StoreCommandTests {
    /// A closed store: a counter that begins again, a state, a level.
    private func filled(_ workshop: Workshop) throws -> String {
        let path = "\(workshop.path)/data"
        let store = try RingStore.open(StoreOptions(directory: path, budgetBytes: 16 << 20)) { _ in }.store
        func series(_ metric: String, _ kind: Kind, _ type: ValueType = .number) throws -> SeriesID {
            let key = SeriesKey(site: "大田", asset: "プレス-1", metric: metric)
            return try store.series(for: key, kind: kind, type: type, unit: "").id
        }
        let (good, state, level) = (
            try series("good_count", .counter), try series("state", .state, .text), try series("温度", .gauge)
        )
        let words = try ["running", "stopped"].map { try store.text(for: Array($0.utf8).span) }
        var batch = Batch(opened: Instant(milliseconds: 0))
        for minute in 0..<120 as Range<Int64> {
            let at = Instant(milliseconds: 1_750_000_000_000 / 3_600_000 * 3_600_000 + minute * 60_000)
            let pieces = Double(minute < 100 ? minute * 5 : (minute - 100) * 5)
            batch.readings.append(Reading(series: good, instant: at, value: .number(pieces)))
            batch.readings.append(Reading(series: level, instant: at, value: .number(20.5)))
            if minute % 30 == 0 {
                let word = words[Int(minute / 30 % 2)]
                batch.readings.append(Reading(series: state, instant: at, value: .text(word)))
            }
        }
        _ = try store.commit(batch)
        store.close()
        return path
    }

    private func run(_ arguments: [String]) throws -> Outcome {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return outcome
    }

    private static let range = ["--since", "2025-06-15T00:00:00Z", "--until", "2025-06-16T00:00:00Z"]

    @Test("query and series read a copied directory: samples, rises, time per state")
    func offline() throws {
        let workshop = try Workshop()
        let path = try filled(workshop)
        let copy = "\(workshop.path)/copy"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        let list = try run(["series", "--offline", copy, "--json"])
        #expect(list.output.contains("大田/プレス-1/温度"))
        let rises = try run(
            ["query", "**/good_count", "--every", "1h", "--offline", copy] + StoreCommandTests.range
        )
        let lines = rises.output.split(separator: "\n")
        #expect(lines.count == 3, "\(rises.output)")
        #expect(lines.first?.contains("\tincrease\t") == true)
        // 59 × 5, then 40 × 5 and 19 × 5 after the restart.
        #expect(lines.dropFirst().map { $0.split(separator: "\t")[8] } == ["295", "295"], "\(rises.output)")
        let held = try run(
            ["query", "**/state", "--every", "1h", "--offline", copy] + StoreCommandTests.range
        )
        #expect(held.output.contains("\trunning\t30 min"), "\(held.output)")
        let wrong = try Executable.run(["query", "**", "--offline", "\(workshop.path)/none"])
        #expect(wrong.status == 1 && wrong.errors.contains("none"))
        let nothing = try Executable.run(["query", "nowhere", "--offline", copy])
        #expect(nothing.status == 1 && nothing.errors.contains("tsunagi series"), "\(nothing.errors)")
    }

    @Test("info, verify, export, import and compact tell what they did")
    func upkeep() throws {
        let workshop = try Workshop()
        let path = try filled(workshop)
        let info = try run(["store", "info", path])
        for ring in ["young.ring", "raw.ring", "minute.ring", "hour.ring", "day.ring"] {
            #expect(info.output.contains(ring), "\(info.output)")
        }
        #expect(try run(["store", "compact", path]).output.contains("before"))
        #expect(try run(["store", "verify", path]).output.contains("244 samples"))
        let (lines, other) = ("\(workshop.path)/all.lines", "\(workshop.path)/other")
        _ = try run(["store", "export", path, "--output", lines])
        _ = try run(["store", "import", other, lines, "--budget", "16"])
        let (one, two) = (
            try run(["store", "export", path, "--format", "csv"]),
            try run(["store", "export", other, "--format", "csv"])
        )
        #expect(one.output == two.output && one.output.contains("大田/プレス-1/state"))
        let raw = URL(fileURLWithPath: "\(path)/raw.ring")
        var bytes = try Data(contentsOf: raw)
        bytes[4096 + 64 + 64 + 40] ^= 1
        try bytes.write(to: raw)
        let verdict = try Executable.run(["store", "verify", path])
        #expect(verdict.status == 1 && verdict.output.contains("raw.ring"), "\(verdict.output)")
    }
}
