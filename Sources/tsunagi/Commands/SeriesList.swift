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
