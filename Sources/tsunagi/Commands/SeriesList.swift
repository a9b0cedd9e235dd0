import ArgumentParser
import Desk
import Query

/// `tsunagi series PATTERN`: what is known, and its current values.
struct SeriesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "series",
        abstract: "Lists series with their current values."
    )

    @Argument(help: DeskOptions.selectorHelpOrAll)
    var pattern: String = ""

    @Option(help: "The most rows.")
    var limit: Int = 1000

    @OptionGroup var history: HistoryOptions

    func run() async throws {
        let query = [("select", pattern), ("limit", "\(limit)")]
        let rows = try await history.ask("/v1/series", query) { history, question, _ in
            history.series(try question.selector(), limit: try question.count("limit", or: 1000))
        }
        if history.desk.json { return try sayJSON(rows) }
        var table = TextTable([
            ("SERIES", .left), ("KIND", .left), ("VALUE", .right), ("UNIT", .left), ("AGE", .right),
            ("QUALITY", .left),
        ])
        for row in rows {
            table.add([
                Words.series(row.path, row.tags), row.kind, row.value.words, row.unit,
                row.ageSeconds.map { Words.span(seconds: $0) } ?? "", row.quality ?? "",
            ])
        }
        Console.show(table)
    }
}

/// `tsunagi stock`: on-hand stock by item and place, and what the machines do.
struct Stock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "On-hand stock by item and place, and the machines with their counts."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        let stock = try await client.get("/v1/stock", as: [StockRow].self)
        let machines = try await client.get("/v1/machines", as: [MachineRow].self)
        if desk.json {
            struct Answer: Encodable {
                let stock: [StockRow]
                let machines: [MachineRow]
            }
            return try sayJSON(Answer(stock: stock, machines: machines))
        }
        var items = TextTable([
            ("ITEM", .left), ("SITE", .left), ("LOCATION", .left), ("QTY", .right), ("UNIT", .left),
            ("AGE", .right),
            ("QUALITY", .left),
        ])
        for row in stock {
            items.add([
                row.item, row.site, row.location, Words.number(row.quantity) + (row.negative ? " !" : ""),
                row.unit,
                Words.span(seconds: row.ageSeconds), row.quality,
            ])
        }
        var floor = TextTable([
            ("MACHINE", .left), ("SITE", .left), ("STATE", .left), ("FOR", .right), ("GOOD", .right),
            ("REJECT", .right), ("AGE", .right),
        ])
        for row in machines {
            floor.add([
                row.machine, row.site, row.state ?? "unknown",
                row.stateSeconds.map { Words.span(seconds: $0) } ?? "",
                Words.number(row.good), Words.number(row.reject), Words.span(seconds: row.ageSeconds),
            ])
        }
        Console.show(items)
        Console.say("")
        Console.show(floor)
    }
}

extension AnyScalar {
    /// As people read it.
    var words: String {
        switch self {
        case .number(let number): Words.number(number, decimals: 6)
        case .text(let text): text
        case .flag(let flag): flag ? "true" : "false"
        case .null: "-"
        }
    }
}
