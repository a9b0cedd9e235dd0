import ArgumentParser
import Desk

/// `tsunagi stock`: on-hand stock by item, place and lot, what people counted, and what the machines do.
struct Stock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "On-hand stock by item, place and lot, what people counted, and the machines.",
        discussion: """
            COVER is how many days what is on hand lasts, at the consumption of today and the seven days before; a ! \
            marks less than the item's cover_min_d. A ! behind QTY marks stock that is less than nothing, or that \
            something counts in another unit. DIFFERENCE is what a count found, less what was expected.
            """
    )

    @OptionGroup var repeated: WatchOptions
    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let client = try desk.client()
        try await repeated.show { try await look(client) }
    }

    private func look(_ client: DeskClient) async throws {
        let stock = try await client.get("/v1/stock", as: [StockRow].self)
        let machines = try await client.get("/v1/machines", as: [MachineRow].self)
        if desk.json {
            struct Answer: Encodable {
                let stock: [StockRow]
                let machines: [MachineRow]
            }
            return try sayJSON(Answer(stock: stock, machines: machines))
        }
        Console.show(Stock.items(stock))
        if stock.contains(where: { $0.count != nil }) {
            Console.say("")
            Console.show(Stock.counts(stock))
        }
        Console.say("")
        Console.show(Stock.floor(machines))
    }

    private static func items(_ stock: [StockRow]) -> TextTable {
        var table = TextTable([
            ("ITEM", .left), ("SITE", .left), ("LOCATION", .left), ("LOT", .left), ("QTY", .right),
            ("UNIT", .left), ("COVER", .right), ("AGE", .right), ("QUALITY", .left),
        ])
        for row in stock {
            let cover = row.coverDays.map { Words.number($0, decimals: 1) + " d" + (row.low ? "!" : "") }
            table.add([
                row.item, row.site, row.location, row.lot ?? "-",
                Words.number(row.quantity) + (row.negative || row.mixed ? " !" : ""), row.unit, cover ?? "-",
                Words.span(seconds: row.ageSeconds), row.quality,
            ])
        }
        return table
    }

    private static func counts(_ stock: [StockRow]) -> TextTable {
        var table = TextTable([
            ("COUNTED", .left), ("SITE", .left), ("LOCATION", .left), ("LOT", .left), ("QTY", .right),
            ("EXPECTED", .right), ("DIFFERENCE", .right), ("UNIT", .left), ("WHEN", .left),
        ])
        for row in stock {
            guard let count = row.count else { continue }
            table.add([
                row.item, row.site, row.location, row.lot ?? "-", Words.number(count.counted),
                count.expected.map { Words.number($0) } ?? "-",
                count.difference.map { Words.number($0) } ?? "-", row.unit, count.time,
            ])
        }
        return table
    }

    private static func floor(_ machines: [MachineRow]) -> TextTable {
        var table = TextTable([
            ("MACHINE", .left), ("SITE", .left), ("STATE", .left), ("FOR", .right), ("GOOD", .right),
            ("REJECT", .right), ("AGE", .right),
        ])
        for row in machines {
            table.add([
                row.machine, row.site, row.state ?? "unknown",
                row.stateSeconds.map { Words.span(seconds: $0) } ?? "",
                Words.number(row.good), Words.number(row.reject), Words.span(seconds: row.ageSeconds),
            ])
        }
        return table
    }
}
