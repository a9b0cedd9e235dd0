import Readings

/// A page under construction: its HTML, and those of its elements that change while it is looked at.
///
/// One painter serves both: whoever opens the page gets all of it, those who look at it already get the pieces that are
/// otherwise than before.
struct Sheet: Sendable {
    /// An element that lives, known by its id.
    struct Piece: Hashable, Sendable {
        let id: String
        let kind: String
        let content: Markup
    }

    let say: Language
    let now: Instant
    /// False when only the pieces that live are wanted: there is no HTML then, no chart is drawn, and no age told, for it
    /// is another one each second, and the page counts on by itself.
    let isWhole: Bool
    private(set) var html: Markup = ""
    private(set) var pieces: [Piece] = []

    init(_ say: Language, now: Instant, isWhole: Bool) {
        (self.say, self.now, self.isWhole) = (say, now, isWhole)
    }

    mutating func add(_ markup: Markup) {
        if isWhole { html += markup }
    }

    /// Adds an element that lives.
    ///
    /// - Parameters:
    ///   - tag: a name, and attributes that stay.
    ///   - kind: its class, which may change.
    mutating func live(_ tag: Markup, _ id: String, kind: String = "", _ content: Markup) {
        live(tag, Piece(id: id, kind: kind, content: content))
    }

    /// The same of a piece that is drawn already.
    mutating func live(_ tag: Markup, _ piece: Piece) {
        pieces.append(piece)
        guard isWhole else { return }
        let name = tag.text.prefix { $0 != " " }
        // Rows and what is in them come anew with their list; all else is known by this.
        let mark: Markup = ["tr", "td", "li"].contains(name) ? "" : " data-live"
        html += "<\(tag)\(mark) id=\(piece.id) class=\"\(piece.kind)\">\(piece.content)"
        if name != "tr" { html += "</\(name)>" }
    }

    /// How long ago something was; the page counts on.
    func age(_ instant: Instant) -> Markup {
        let seconds = max(0, Double(now.msSince(instant)) / 1000)
        return "<time data-t=\(instant.milliseconds / 1000)>\(isWhole ? say.span(seconds) : "")</time>"
    }

    /// A short id for what a row tells of: 48 bits of FNV-1a; among a thousand rows two meet once in half a billion pages.
    static func id(_ kind: Character, _ name: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\(kind)\(String(hash & 0xFFFF_FFFF_FFFF, radix: 36))"
    }
}
