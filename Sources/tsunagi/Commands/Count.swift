import ArgumentParser
import Desk
import Query
import Readings

/// `tsunagi count ITEM QTY`: what a person counted becomes what is on hand.
struct Count: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Tells the ledger what you counted; what it expected stays visible beside it.",
        discussion: """
            Answers when the count is on disk. Movements after it go on from there; the difference stands in \
            tsunagi stock until the next count, and in the history of stock_difference/ITEM.
            """
    )

    @Argument(help: "The item, as tsunagi stock names it.")
    var item: String

    @Argument(help: "What lies there, 0 or more, in the item's unit.")
    var quantity: String

    @Option(help: "The site; the one that has the item when left out.")
    var site: String?

    @Option(help: "The shelf, dock or bin; needed where the item lies at several, or at none yet.")
    var location: String?

    @Option(help: "The lot; needed where a place has several.")
    var lot: String?

    @Option(help: "When it was counted: 10m (that long ago), or an ISO 8601 stamp with a zone.")
    var at: String?

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        // The stamp is made here: told again with it, a count whose answer was lost counts once.
        let stamp = try TimeWords.instant(at ?? "now", now: WallClock.now).iso8601
        var words = [("item", item), ("quantity", quantity), ("at", stamp)]
        if let site { words.append(("site", site)) }
        if let location { words.append(("location", location)) }
        if let lot { words.append(("lot", lot)) }
        let row: CountRow
        do {
            row = try await desk.client().post("/v1/count", words)
        } catch let failure as DeskFailure where !failure.leavesDoubt {
            throw failure
        } catch let trouble as Trouble {
            throw trouble
        } catch {
            // It broke off, or the link did.
            throw Trouble(
                "error: the daemon ended before it answered, so the count may stand or not; tell it again with"
                    + " --at \(stamp): it counts once"
            )
        }
        if desk.json { return try sayJSON(row) }
        for line in Count.lines(row) { Console.say(line) }
    }

    private static func lines(_ row: CountRow) -> [String] {
        guard let line = row.line else { return [] }
        let place = [line.site, line.location].filter { !$0.isEmpty }.joined(separator: "/")
        let lot = line.lot.map { ", lot \($0)" } ?? ""
        let head = "\(line.item) at \(place)\(lot): counted \(Words.number(row.counted)) \(line.unit)"
        var told = head + " at \(row.time)"
        if let expected = row.expected, let difference = row.difference {
            told += ", expected \(Words.number(expected)), difference \(Words.number(difference))"
        } else {
            told += ", expected nothing that is known"
        }
        if line.stands { return [told, "on hand: \(Words.number(line.quantity)) \(line.unit)"] }
        return [
            told,
            "a later level or count stands, so this one is history; on hand: \(Words.number(line.quantity))"
                + " \(line.unit)",
        ]
    }
}

extension DeskFailure {
    /// Whether the daemon may have done what it was told, though it did not say so.
    fileprivate var leavesDoubt: Bool {
        if case .unreadable = self { true } else { false }
    }
}
