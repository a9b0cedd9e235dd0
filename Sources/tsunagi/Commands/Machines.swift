import ArgumentParser
import Desk

/// `tsunagi machines --since 8h`: what the machines' time and pieces came to.
struct Machines: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machines",
        abstract: "Machines over a closed period: time by state, pieces, OEE, energy per good piece.",
        discussion: """
            By ISO 22400-2. BUSY is planned busy time: what shifts: plan, less planned stops. RUN, SETUP and DELAY are \
            what is known of it, UNKNOWN what is not. AVAIL is run by busy time, PERF planned cycle × pieces by run \
            time, OEE their product with QUALITY. A - is what cannot be told: no cycle_s in machines:, no counter of \
            rejects. A ~ marks what was shared out by time, because only coarser buckets are left.
            """
    )

    @Option(help: "From when: 8h, 7d, or an ISO 8601 stamp with a zone; cut to the minute.")
    var since: String = "8h"

    @Option(help: "Until when: now, 5m (that long ago), or an ISO 8601 stamp with a zone.")
    var until: String = "now"

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = [("from", since), ("to", until)]
        let rows = try await desk.client().get("/v1/accounts", words, as: [AccountRow].self)
        if desk.json { return try sayJSON(rows) }
        var table = TextTable([
            ("MACHINE", .left), ("SITE", .left), ("BUSY", .right), ("RUN", .right), ("SETUP", .right),
            ("DELAY", .right), ("UNKNOWN", .right), ("GOOD", .right), ("REJECT", .right), ("CYCLE", .right),
            ("AVAIL", .right), ("PERF", .right), ("QUALITY", .right), ("OEE", .right), ("PER GOOD", .right),
        ])
        for row in rows {
            let times = [
                row.plannedBusySeconds, row.productionSeconds, row.setupSeconds, row.delaySeconds,
                row.unknownSeconds,
            ]
            table.add(
                [row.machine + (row.coarse ? " ~" : ""), row.site] + times.map { Words.span(seconds: $0) } + [
                    number(row.goodQuantity), number(row.scrapQuantity), number(row.cycleSeconds, " s"),
                    percent(row.availability), percent(row.effectiveness), percent(row.qualityRatio),
                    percent(row.oee), number(row.energyPerGood, " \(row.energyUnit ?? "")"),
                ]
            )
        }
        Console.show(table)
        if let expired = rows.compactMap(\.expiredBefore).max() {
            Console.trouble("what lies before \(expired) is no longer there")
        }
    }

    private func number(_ value: Double?, _ unit: String = "") -> String {
        value.map { Words.number($0) + unit } ?? "-"
    }

    private func percent(_ ratio: Double?) -> String {
        ratio.map { Words.number($0 * 100, decimals: 1) + " %" } ?? "-"
    }
}
