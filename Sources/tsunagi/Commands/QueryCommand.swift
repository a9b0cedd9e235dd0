import ArgumentParser
import Desk

/// `tsunagi query PATTERN --since 6h --every 1m`: history, as samples or folded into steps.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Reads history: samples, or steps with count, min, mean, max, first and last."
    )

    @Argument(help: DeskOptions.selectorHelp)
    var pattern: String

    @Option(help: "How far back: 15m, 6h, 2d, or an ISO 8601 stamp with a zone.")
    var since: String = "1h"

    @Option(help: "Until when: now, 5m (that long ago), or an ISO 8601 stamp with a zone.")
    var until: String = "now"

    @Option(help: "Fold numbers into steps of this width, such as 1m.")
    var every: String?

    @Option(help: "The most rows, all series together.")
    var limit: Int = 10_000

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        var query = [("select", pattern), ("from", since), ("to", until), ("limit", "\(limit)")]
        if let every { query.append(("every", every)) }
        let answer = try await desk.client().get("/v1/query", query, as: QueryAnswer.self)
        if desk.json { return try sayJSON(answer) }
        for column in answer.columns { show(column) }
        if answer.truncated { Console.trouble("cut at \(limit) rows; raise --limit or narrow the range") }
        if let expired = answer.expiredBefore {
            Console.trouble(
                "the ring holds raw history from \(expired) on; use --every 1m for what lies before"
            )
        }
    }

    private func show(_ column: QueryAnswer.Column) {
        let name =
            Words.series(column.path, column.tags) + (column.unit.isEmpty ? "" : " (\(column.unit))")
        if let steps = column.steps {
            var table = TextTable([
                ("SERIES", .left), ("TIME", .left), ("COUNT", .right), ("MIN", .right), ("MEAN", .right),
                ("MAX", .right), ("FIRST", .right), ("LAST", .right),
            ])
            for step in steps {
                let numbers = [step.min, step.mean, step.max, step.first, step.last].map { number in
                    number.map { Words.number($0, decimals: 6) } ?? "-"
                }
                table.add([name, step.time, "\(step.count)"] + numbers)
            }
            Console.show(table)
        } else {
            var table = TextTable([("SERIES", .left), ("TIME", .left), ("VALUE", .right), ("QUALITY", .left)])
            for sample in column.samples ?? [] {
                table.add([name, sample.time, sample.value.words, sample.quality])
            }
            Console.show(table)
        }
    }
}
