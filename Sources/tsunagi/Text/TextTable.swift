/// A table for people: columns as wide as their widest cell, numbers to the right, full-width characters counted
/// as the two columns they take on a terminal.
struct TextTable {
    /// How a column's cells stand.
    enum Side {
        case left, right
    }

    private let heads: [(title: String, side: Side)]
    private var rows: [[String]] = []

    init(_ heads: [(String, Side)]) {
        self.heads = heads.map { (title: $0.0, side: $0.1) }
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == heads.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// The lines, head first; trailing blanks are cut.
    var lines: [String] {
        let titles = heads.map(\.title)
        let widths = heads.indices.map { column in
            ([titles] + rows).map { TextTable.width(of: $0[column]) }.max() ?? 0
        }
        return ([titles] + rows).map { row in
            var line = ""
            for column in heads.indices {
                let blank = String(repeating: " ", count: widths[column] - TextTable.width(of: row[column]))
                line += heads[column].side == .left ? row[column] + blank : blank + row[column]
                line += "   "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The same rows as tab-separated text, for pipes.
    var tabbed: [String] {
        ([heads.map { $0.title.lowercased() }] + rows).map { $0.joined(separator: "\t") }
    }

    /// Terminal columns that a text takes.
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    /// As much of a text as fits into so many columns.
    static func cut(_ text: String, to columns: Int) -> String {
        var left = columns
        var end = text.unicodeScalars.startIndex
        for scalar in text.unicodeScalars {
            left -= width(of: scalar)
            if left < 0 { return String(text.unicodeScalars[..<end]) }
            end = text.unicodeScalars.index(after: end)
        }
        return text
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // The wide and full-width ranges of Unicode's East Asian Width.
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default:
            return 1
        }
    }
}
