import ArgumentParser
import Desk
import Query

/// `tsunagi query PATTERN --since 6h --every 1m`: history, as samples or folded into steps.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Reads history: samples, or steps of numbers, counters' rates and times in a state."
    )

    @Argument(help: DeskOptions.selectorHelp)
    var pattern: String

    @Option(help: "How far back: 15m, 6h, 2d, or an ISO 8601 stamp with a zone.")
    var since: String = "1h"

    @Option(help: "Until when: now, 5m (that long ago), or an ISO 8601 stamp with a zone.")
    var until: String = "now"

    @Option(help: "Fold into steps of this width, such as 1m: numbers, and how long each state held.")
    var every: String?

    @Option(help: "The most rows, all series together.")
    var limit: Int = 10_000

    @OptionGroup var history: HistoryOptions

    func run() async throws {
        var query = [("select", pattern), ("from", since), ("to", until), ("limit", "\(limit)")]
        if let every { query.append(("every", every)) }
        let answer = try await history.ask("/v1/query", query) { history, question, now in
            try history.query(try question.query(now: now))
        }
        if history.desk.json { return try sayJSON(answer) }
        for column in answer.columns { show(column) }
        if answer.truncated { Console.trouble("cut at \(limit) rows; raise --limit or narrow the range") }
        if let expired = answer.expiredBefore {
            Console.trouble(
                "the ring holds raw history from \(expired) on; use --every 1m, 1h or 1d for what lies before"
            )
        }
    }

    private func show(_ column: QueryAnswer.Column) {
        let name =
            Words.series(column.path, column.tags) + (column.unit.isEmpty ? "" : " (\(column.unit))")
        if let steps = column.steps {
            Console.show(table(of: steps, name))
        } else if let states = column.states {
            var table = TextTable([
                ("SERIES", .left), ("TIME", .left), ("STATE", .left), ("HELD", .right), ("SHARE", .right),
            ])
            for step in states {
                for held in step.states {
                    let share = held.share.map { Words.number($0 * 100, decimals: 1) + " %" } ?? "-"
                    table.add([name, step.time, held.value.words, Words.span(seconds: held.seconds), share])
                }
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

    private func table(of steps: [StepRow], _ name: String) -> TextTable {
        let isCounter = steps.contains { $0.increase != nil }
        var table = TextTable(
            [
                ("SERIES", .left), ("TIME", .left), ("COUNT", .right), ("MIN", .right), ("MEAN", .right),
                ("MAX", .right), ("FIRST", .right), ("LAST", .right),
            ] + (isCounter ? [("INCREASE", .right), ("PER SECOND", .right)] : [])
        )
        for step in steps {
            var numbers = [step.min, step.mean, step.max, step.first, step.last]
            if isCounter { numbers += [step.increase, step.rate] }
            let words = numbers.map { number in number.map { Words.number($0, decimals: 6) } ?? "-" }
            table.add([name, step.time, "\(step.count)"] + words)
        }
        return table
    }
}
