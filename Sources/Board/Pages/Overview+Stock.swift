import Desk
import Plant
import Readings
import Synchronization

/// What a row of the stock shows. How old it is counts the page itself.
struct Shelf: Hashable, Sendable {
    let key: StockKey
    let quantity: Double
    let unit: String
    let asOf: Instant
    let quality: Quality
    /// How long it lasts, to a tenth of a day; nil when nothing is consumed.
    let coverDays: Double?
    /// It lasts less long than it should.
    let isLow: Bool

    init(_ line: StockLine, coverDaysMin: Double?, now: Instant) {
        (key, quantity, unit, asOf, quality) = (line.key, line.quantity, line.unit, line.asOf, line.quality)
        let cover = line.coverDays(asOf: now)
        coverDays = cover.map { ($0 * 10).rounded() / 10 }
        isLow = cover.map { $0 < coverDaysMin ?? 0 } ?? false
    }

    /// First what is less than nothing, then what is low, then by how long it lasts.
    var urgency: (Int, Double, String) {
        (quantity < 0 ? 0 : isLow ? 1 : 2, coverDays ?? .infinity, key.item)
    }
}

/// The rows of the stock as they were drawn last, in each language; of ages they tell nothing.
final class ShelfMemory: Sendable {
    typealias Row = (shelf: Shelf, piece: Sheet.Piece)

    private let rows = Mutex<[Language: [StockKey: Row]]>([:])

    /// Hands them out, and keeps none: who draws them anew gives them back.
    func take(_ say: Language) -> [StockKey: Row] {
        rows.withLock { $0.removeValue(forKey: say) } ?? [:]
    }

    func keep(_ fresh: [StockKey: Row], _ say: Language) {
        rows.withLock { $0[say] = fresh }
    }
}

extension Painter {
    /// What is on hand; what runs out first stands first.
    func stock(_ sheet: inout Sheet) {
        guard sheet.isWhole else { return shelfRows(&sheet) }
        let say = sheet.say
        let rows = shelves(sheet.now).sorted { $0.urgency < $1.urgency }
        sheet.add(
            """
            <section aria-labelledby=h-stock><header><h2 id=h-stock>\(say("Stock", "在庫"))</h2>\
            <label class=find>\(say("Find", "検索")) <input type=search id=find autocomplete=off></label></header>
            """
        )
        sheet.add(
            open(
                table: "\(say("What runs out first stands first.", "先に尽きるものから順に表示。"))",
                list: "stock",
                [
                    (say("Item", "品目"), false), (say("Place", "場所"), false), (say("On hand", "在庫数"), true),
                    (say("Lasts", "在庫日数"), true), (say("Age", "経過"), true),
                ]
            )
        )
        for shelf in rows { sheet.live("tr", piece(shelf, sheet)) }
        sheet.add(closeTable)
        if rows.isEmpty {
            sheet.add("<p class=none>\(say("Nothing has been told of any stock yet.", "在庫の情報はまだありません。"))")
        }
        sheet.add("</section>")
    }

    /// The rows alone, in no order: those that show what they showed before are not drawn again.
    private func shelfRows(_ sheet: inout Sheet) {
        let before = drawn.take(sheet.say)
        var rows: [StockKey: ShelfMemory.Row] = [:]
        rows.reserveCapacity(before.count)
        for shelf in shelves(sheet.now) {
            var row = (shelf, piece: Sheet.Piece(id: "", kind: "", content: ""))
            if let known = before[shelf.key], known.shelf == shelf {
                row.piece = known.piece
            } else {
                row.piece = piece(shelf, sheet)
            }
            rows[shelf.key] = row
            sheet.live("tr", row.piece)
        }
        drawn.keep(rows, sheet.say)
    }

    private func shelves(_ now: Instant) -> [Shelf] {
        let items = rooms.plant.options.items
        return rooms.plant.stock(at: rooms.plant.stockKeys).filter { $0.asOf > .distantPast }.map { line in
            Shelf(line, coverDaysMin: items[line.key.item]?.coverDaysMin, now: now)
        }
    }

    private func piece(_ shelf: Shelf, _ sheet: Sheet) -> Sheet.Piece {
        let key = shelf.key
        return Sheet.Piece(
            id: Sheet.id("s", [key.site, key.location, key.item, key.lot].joined(separator: "\u{1F}")),
            kind: shelf.quantity < 0 ? "bad" : shelf.isLow ? "warn" : "",
            content: cells(shelf, sheet)
        )
    }

    private func cells(_ shelf: Shelf, _ sheet: Sheet) -> Markup {
        let say = sheet.say
        let key = shelf.key
        let place = [key.site, key.location].filter { !$0.isEmpty }.joined(separator: "/")
        let mark: Markup =
            shelf.quantity < 0
            ? " <b class=tag>\(say("less than nothing", "マイナス"))</b>"
            : shelf.isLow
                ? " <b class=tag>\(say("low", "不足"))</b>"
                : shelf.quality == .good ? "" : " <small>\(say.quality(shelf.quality))</small>"
        // Twenty steps of two weeks: a bar beneath the number.
        let bar = shelf.coverDays.map { "\(Int(min(1, $0 / 14) * 20))" } ?? "0"
        let cover: Markup = shelf.coverDays.map { "\(say.days($0)) <small>\(say("d", "日"))</small>" } ?? "–"
        let lot: Markup = key.lot.isEmpty ? "" : " <small>\(key.lot)</small>"
        return """
            <th scope=row><a href="\(Topic.item(key.item).place)">\(key.item)</a>\(lot)\(mark)<td>\(place)<td class=n>\
            \(say.number(shelf.quantity)) <small>\(shelf.unit)</small><td class="n b\(bar)">\(cover)<td class=n>\
            \(sheet.age(shelf.asOf))
            """
    }
}
