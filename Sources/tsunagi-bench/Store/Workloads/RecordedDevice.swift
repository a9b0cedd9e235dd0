/// Every distinct text of the recordings, and what each means as a number.
struct TextBook {
    private var ids: [String: UInt32] = [:]
    private var entries: [Entry] = []
    /// Texts that stand in a text series, by the id that its samples have.
    private(set) var texts: [String] = []

    private struct Entry {
        var text: String
        var number: Double?
        var isAbsent: Bool
        var textID: UInt32?
    }

    /// A text beyond this is cut, as none of the stores takes it whole. Mending may lengthen it by a few bytes.
    private static let bytesMax = 4000

    /// The text's number in this book; not the id that samples get.
    mutating func entry(_ whole: String) -> UInt32 {
        let isLong = whole.utf8.count > TextBook.bytesMax
        let text = isLong ? String(decoding: whole.utf8.prefix(TextBook.bytesMax), as: UTF8.self) : whole
        if let id = ids[text] { return id }
        let id = UInt32(entries.count)
        let isAbsent = text.isEmpty || text.uppercased() == "UNAVAILABLE"
        let number = Double(text).flatMap { $0.isFinite ? $0 : nil }
        entries.append(Entry(text: text, number: number, isAbsent: isAbsent, textID: nil))
        ids[text] = id
        return id
    }

    /// Its value as a number, or nil.
    func number(_ id: UInt32) -> Double? { entries[Int(id)].number }

    /// Whether it says that there is no value.
    func isAbsent(_ id: UInt32) -> Bool { entries[Int(id)].isAbsent }

    /// The id that samples get.
    mutating func textID(_ id: UInt32) -> UInt32 {
        if let found = entries[Int(id)].textID { return found }
        let found = UInt32(texts.count)
        texts.append(entries[Int(id)].text)
        entries[Int(id)].textID = found
        return found
    }
}

/// The samples of one file as they are read.
struct RecordedDevice {
    let name: String
    private var slots: [String: Int] = [:]
    private var raw: [Raw] = []

    /// One series while it is read.
    private struct Raw {
        var name: String
        var rows: [(instant: Int64, entry: UInt32)] = []
    }

    /// Movements of one minute are one sample, their sum; anything else is replaced by the later line.
    var sumsAlike = false

    init(name: String) {
        self.name = name
    }

    /// The slot of a series.
    mutating func slot(_ series: String) -> Int {
        if let slot = slots[series] { return slot }
        slots[series] = raw.count
        raw.append(Raw(name: series))
        return raw.count - 1
    }

    mutating func add(_ instant: Int64, _ entry: UInt32, slot: Int) {
        raw[slot].rows.append((instant, entry))
    }

    /// The finished series, marks of absence dropped from the numeric ones.
    ///
    /// A series is numeric when all that it says is a number; one that never says anything is a text series.
    func lines(book: inout TextBook) -> (lines: [Workload.Line], absent: Int, replaced: Int) {
        var lines: [Workload.Line] = []
        var absent = 0
        var replaced = 0
        for series in raw where !series.rows.isEmpty {
            let said = Set(series.rows.map(\.entry)).filter { !book.isAbsent($0) }
            let isNumeric = !said.isEmpty && said.allSatisfy { book.number($0) != nil }
            var line = Workload.Line(name: series.name, isNumeric: isNumeric)
            // The order of the lines decides among equal stamps.
            let order = series.rows.indices.sorted {
                (series.rows[$0].instant, $0) < (series.rows[$1].instant, $1)
            }
            for index in order {
                let row = series.rows[index]
                if isNumeric, book.isAbsent(row.entry) {
                    absent += 1
                    continue
                }
                var bits =
                    isNumeric ? (book.number(row.entry) ?? 0).bitPattern : UInt64(book.textID(row.entry))
                if let last = line.instants.last, last == row.instant {
                    replaced += 1
                    if sumsAlike, isNumeric, let before = line.bits.last {
                        bits = (Double(bitPattern: before) + Double(bitPattern: bits)).bitPattern
                    }
                    line.bits[line.bits.count - 1] = bits
                } else {
                    line.instants.append(row.instant)
                    line.bits.append(bits)
                }
            }
            lines.append(line)
        }
        return (lines, absent, replaced)
    }
}
