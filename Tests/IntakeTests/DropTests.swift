import Foundation
import Intake
import Readings
import Testing

/// Files that people drop into a folder.
@Suite struct DropTests {
    private static let place = DropPlace(rule: "stock-sheet", folder: "/somewhere")

    /// A spreadsheet's rows: shelf, item, quantity.
    private func options(_ encoding: TextEncoding = .utf8) -> RuleSetOptions {
        var reading = ReadingOptions()
        reading.metric = "stock/{@.品番}"
        reading.value = Expression("@.数量")
        reading.type = .number
        reading.unit = Expression("個")
        var rule = RuleOptions(name: "stock-sheet", topic: DropPlace.pattern(rule: "stock-sheet"))
        rule.drop = "/somewhere"
        rule.format = .csv
        rule.options.encoding = encoding
        rule.each = ["$[*]"]
        rule.common.asset = Expression("@.棚")
        rule.readings = [reading]
        var everything = RuleOptions(name: "rest", topic: "#")
        everything.ignore = true
        var options = RuleSetOptions()
        options.rules = [everything, rule]
        return options
    }

    private func take(_ bench: Bench, _ text: String, as file: String = "在庫.csv") -> FileOutcome {
        take(bench, Array(text.utf8), as: file)
    }

    private func take(_ bench: Bench, _ content: [UInt8], as file: String = "在庫.csv") -> FileOutcome {
        bench.intake.takeFile(in: Self.place, file, content.span, ContentHash(content.span))
    }

    @Test(
        "a sheet comes to readings, whatever its encoding, byte order mark, line ends and digits",
        arguments: [(TextEncoding.utf8, "\u{FEFF}", "\n"), (.utf8, "", "\r\n"), (.cp932, "", "\r\n")]
    )
    func sheet(encoding: TextEncoding, mark: String, end: String) throws {
        let bench = try Bench(options(encoding))
        let rows = ["棚,品番,数量", "棚A,ボルト－Ｍ８,１，２００", "棚B,ﾅｯﾄ-M8,\"1,234\"", ""]
        // A full-width comma is no delimiter.
        let text = mark + rows.joined(separator: end)
        let content = try #require(text.data(using: encoding == .cp932 ? .shiftJIS : .utf8))
        let outcome = take(bench, Array(content))
        #expect(outcome.isNew && outcome.readings == 2 && outcome.faultCount == 0)
        let batch = bench.settle()
        #expect(batch.readings.map(bench.line) == ["stock/ボルト－Ｍ８=1200 pcs", "stock/ﾅｯﾄ-M8=1234 pcs"])
        #expect(bench.intake.status.files == 1 && bench.intake.status.messages == 0)
        #expect(bench.intake.sources(limit: 5).map(\.rule) == ["stock-sheet"])
    }

    @Test("each bad line is told with its number, and spoils no neighbour")
    func badLines() throws {
        let bench = try Bench(options())
        let outcome = take(
            bench,
            """
            棚,品番,数量
            棚A,ボルト-M8,12

            棚A,"座金
            大",3
            棚A,ナット-M8,たくさん
            棚A,ナット-M10,5,余り
            棚A,ピン
            棚B,ピン,7

            """
        )
        #expect(outcome.readings == 3 && outcome.faultCount == 3)
        #expect(outcome.faults.map(\.line) == [6, 7, 8])
        #expect(outcome.faults.map(\.reason) == [.type, .decode, .pathMissing])
        let content = ContentHash([1].span)
        let text = outcome.text(file: "在庫.csv", content: content, at: Bench.noon).split(separator: "\n")
        #expect(text.prefix(2) == ["file: 在庫.csv", "read: 2025-06-17T01:15:30.500Z"])
        #expect(text.dropFirst(2).prefix(2) == ["content: \(content)", "rule: stock-sheet"])
        #expect(text.dropFirst(4).prefix(2) == ["readings: 3", "dead letters: 3"])
        #expect(
            text.count == 9 && text[6].hasPrefix("line 6: type: ")
                && text[6].hasSuffix("; check type and each")
        )
        #expect("\(content)".count == 32)
        #expect(bench.settle().deadLetters.first?.topic == "$drop/stock-sheet/在庫.csv")
    }

    @Test("a file that cannot be read at all says so, and one that is too large says its size")
    func hopeless() throws {
        let bench = try Bench(options(.cp932))
        let outcome = take(bench, [0x82, 0xFF, 0xFF])
        #expect(outcome.readings == 0 && outcome.faults.map(\.line) == [nil])
        #expect(outcome.faults.first?.reason == .decode)
        let large = bench.intake.refuseFile(in: Self.place, "大.csv", bytes: 9_000_000, ContentHash([2].span))
        #expect(large.faults.map(\.reason) == [.tooLarge])
        #expect(bench.settle().deadLetters.map(\.bytes) == [3, 9_000_000])
        // An empty one is no fault.
        #expect(take(bench, [], as: "空.csv").faultCount == 0)
    }

    @Test("a name and its content are read once, over restarts too; either alone is something new")
    func once() throws {
        let bench = try Bench(options())
        let sheet = "棚,品番,数量\n棚A,ボルト-M8,12\n"
        #expect(take(bench, sheet).isNew)
        let first = bench.settle()
        #expect(!take(bench, sheet).isNew)
        #expect(bench.settle().isEmpty)
        #expect(take(bench, sheet, as: "別.csv").isNew)
        #expect(take(bench, sheet + "棚A,ナット-M8,1\n").isNew)
        bench.settle()
        let restored = try Bench(options())
        try restored.intake.restore(bench.intake.keepsake(bytesMax: 1 << 20))
        #expect(!take(restored, sheet).isNew)
        let replayed = try Bench(options())
        replayed.intake.replay(first)
        #expect(!take(replayed, sheet).isNew && take(replayed, sheet, as: "別.csv").isNew)
    }

    @Test("a file whose batch did not become durable was not read")
    func abandoned() throws {
        let bench = try Bench(options())
        let sheet = "棚,品番,数量\n棚A,ボルト-M8,12\n"
        #expect(take(bench, sheet).isNew)
        bench.intake.abandoned()
        #expect(bench.intake.status.files == 0)
        #expect(take(bench, sheet).isNew)
        #expect(bench.settle().readings.count == 1)
        #expect(bench.intake.status.files == 1)
    }

    @Test("a folder is no topic: nobody is asked for it, and no message gets into it")
    func noTopic() throws {
        let table = try RuleTable(options())
        #expect(table.filters == [])
        #expect(table.drops == [Self.place])
        #expect(Intake.check(options()) == [])
    }
}
