/// A unit of the table: what it measures, and the way to the hub unit of its quantity.
struct KnownUnit: Hashable, Sendable {
    /// `Cel`, `kg`, `pcs`: the name under which series carry it.
    let id: String
    let quantity: String
    /// hub = value × scale + offset.
    let toHub: Affine
}

/// What a spelling stands for.
enum UnitMeaning: Hashable, Sendable {
    case known(KnownUnit)
    /// Several units, named in the text.
    case ambiguous(String)
    case unknown
}

/// The units that factories write, by every spelling of them; read from the tables in the code.
///
/// Where a spelling is several units' the table's order decides: a unit's own id, then its other spellings,
/// its UCUM, SenML and UN/ECE Rec 20 codes. Spellings that even people cannot tell apart are refused.
struct UnitTable: Sendable {
    /// The tables that came with this program.
    static let standard = UnitTable(
        units: String(decoding: PackageResources.units_tsv, as: UTF8.self),
        ambiguous: String(decoding: PackageResources.units_ambiguous_tsv, as: UTF8.self)
    )

    /// In the table's order.
    let units: [KnownUnit]
    private let byID: [String: Int]
    /// By the spelling after compatibility folding.
    private let bySpelling: [String: Int]
    private let refused: [String: String]

    init(units: String, ambiguous: String) {
        var known: [KnownUnit] = []
        var byID: [String: Int] = [:]
        var spellings: [[(String, Int)]] = [[], [], [], [], []]
        for row in Self.rows(units) {
            guard row.count >= 9, let scale = Fraction(text: row[7]), let offset = Fraction(text: row[8])
            else {
                preconditionFailure("the unit table has a row that is not one: \(row)")
            }
            let index = known.count
            known.append(KnownUnit(id: row[0], quantity: row[5], toHub: Affine(scale: scale, offset: offset)))
            byID[row[0]] = index
            spellings[0].append((row[0], index))
            for alias in row[4].split(separator: ",") { spellings[1].append((String(alias), index)) }
            for (place, column) in [(2, 1), (3, 3), (4, 2)] where !row[column].isEmpty {
                spellings[place].append((row[column], index))
            }
        }
        var bySpelling: [String: Int] = [:]
        for (text, index) in spellings.joined() {
            let folded = SpellingFold.folded(text)
            if bySpelling[folded] == nil { bySpelling[folded] = index }
        }
        var refused: [String: String] = [:]
        for row in Self.rows(ambiguous) where row.count >= 3 {
            let folded = SpellingFold.folded(row[0])
            if row[2].hasPrefix("refused") {
                refused[folded] = row[1]
            } else if let index = byID[row[2]] {
                bySpelling[folded] = index
            }
        }
        self.units = known
        self.byID = byID
        self.bySpelling = bySpelling
        self.refused = refused
    }

    private static func rows(_ table: String) -> [[String]] {
        table.split(separator: "\n").dropFirst().map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// What a spelling stands for: blanks around it and a prefix `unit:` do not matter, width and ligatures
    /// (`㎏`, `ＭＰａ`, `℃`) neither, upper and lower case do.
    func meaning(of spelling: String) -> UnitMeaning {
        let folded = SpellingFold.folded(spelling)
        if let meaning = find(folded) { return meaning }
        if folded.hasPrefix("unit:"), let meaning = find(String(folded.dropFirst(5))) { return meaning }
        return .unknown
    }

    private func find(_ folded: String) -> UnitMeaning? {
        if let choices = refused[folded] { return .ambiguous(choices) }
        return bySpelling[folded].map { .known(units[$0]) }
    }

    /// The unit of that id.
    func unit(id: String) -> KnownUnit? {
        byID[id].map { units[$0] }
    }

    /// The exact way from one unit to another.
    ///
    /// - Returns: nil between different quantities.
    func conversion(from: KnownUnit, to: KnownUnit) -> Affine? {
        guard from.quantity == to.quantity else { return nil }
        if from.id == to.id { return .identity }
        return to.toHub.inverse.flatMap { from.toHub.followed(by: $0) }
    }
}
