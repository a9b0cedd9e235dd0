import Desk
import Plant
import Readings
import RingStore
import Sharing

/// Draws pages from what the rooms say of themselves.
struct Painter: Sendable {
    let rooms: Rooms
    let time: PlantTime
    /// Whether charts can be zoomed: dygraphs is there.
    let hasCharts: Bool
    /// What is looked at is drawn once a second: rows of the stock stay as they are until they show something else.
    let drawn = ShelfMemory()

    init(_ rooms: Rooms, hasCharts: Bool) {
        self.rooms = rooms
        self.hasCharts = hasCharts
        time = PlantTime(offsetSeconds: rooms.offsetSeconds)
    }

    /// How a page is to be drawn.
    struct Style: Sendable {
        var say: Language
        /// See ``Sheet/isWhole``.
        var isWhole = true
        /// What its forms bring along.
        var token = ""
        /// What came of the last form.
        var note: Note?
        /// The words of its address: which metric is charted, over which range.
        var words: [String: String] = [:]

        init(_ say: Language) {
            self.say = say
        }
    }

    /// What came of a form.
    struct Note: Sendable {
        let text: String
        let isTrouble: Bool
    }

    /// - Returns: nil when there is no such item, machine or partner.
    func paint(_ topic: Topic, _ style: Style) -> Sheet? {
        var sheet = Sheet(style.say, now: rooms.clock(), isWhole: style.isWhole)
        switch topic {
        case .overview: overview(&sheet, style)
        case .item(let name): guard item(name, &sheet, style) else { return nil }
        case .machine(let key): guard machine(key, &sheet, style) else { return nil }
        case .partner(let id): guard partner(id, &sheet, style) else { return nil }
        }
        return sheet
    }

    func title(_ topic: Topic, _ say: Language) -> String {
        switch topic {
        case .overview: say("Overview", "概況")
        case .item(let name): name
        case .machine(let key): key.asset
        case .partner(let id): say("As seen by \(id)", "\(id) から見た画面")
        }
    }

    /// Who receives something, by id.
    var partners: [String] { Set(rooms.feeds().map(\.partner)).sorted() }

    func note(_ style: Style) -> Markup {
        guard let note = style.note else { return "" }
        return
            "<p class=\"note \(note.isTrouble ? "bad" : "ok")\" role=\(note.isTrouble ? "alert" : "status")>\(note.text)"
    }

    /// A table with its caption and heads; rows follow until `</table>`.
    ///
    /// - Parameters:
    ///   - list: the id of its body, which is loaded anew when rows come or go.
    ///   - heads: numbers stand at the right.
    func open(table caption: Markup, list: String, _ heads: [(String, isNumber: Bool)]) -> Markup {
        let cells = heads.map { "<th scope=col\($0.isNumber ? " class=n" : "")>\($0.0)" as Markup }
        return
            "<div class=wide><table><caption>\(caption)</caption><thead><tr>\(cells)<tbody id=\(list) data-list>"
    }

    var closeTable: Markup { "</table></div>" }
}
