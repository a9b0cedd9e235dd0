import Foundation
import Intake
import Readings
import Testing

/// The unit tables themselves, row by row.
@Suite struct UnitTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let cells: [String]
        var id: String { cells[0] }
        var hub: String { cells[6] }
        var factor: String { cells[7] }
        var offset: String { cells[8] }
        var testDescription: String { id }

        /// All that may be written for it, the surest first: its id, other spellings, UCUM, SenML, Rec 20.
        var spellings: [[String]] {
            [[id], cells[4].split(separator: ",").map(String.init), [cells[1]], [cells[3]], [cells[2]]]
        }
    }

    private static func table(_ name: String) -> [Row] {
        let file = #filePath.components(separatedBy: "/Tests/")[0] + "/Sources/Intake/Tables/\(name).tsv"
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map {
            Row(cells: $0.components(separatedBy: "\t"))
        }
    }

    static let units = table("units")
    static let ambiguous = table("units-ambiguous")
    static let refused = ambiguous.filter { $0.cells[2].hasPrefix("refused") }

    /// Who is meant by a spelling that several rows list: the surest of them, the first in the table.
    static let owners: [String: String] = {
        var owners: [String: String] = [:]
        for place in 0..<5 {
            for row in units {
                for spelling in row.spellings[place] where !spelling.isEmpty {
                    if owners[folded(spelling)] == nil { owners[folded(spelling)] = row.id }
                }
            }
        }
        return owners
    }()

    static func folded(_ text: String) -> String { text.precomposedStringWithCompatibilityMapping }

    /// ASCII as a machine with a Japanese keyboard writes it.
    static func wide(_ text: String) -> String {
        var wide = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isPlain = (0x21...0x7E).contains(scalar.value)
            wide.append(isPlain ? Unicode.Scalar(scalar.value + 0xFEE0) ?? scalar : scalar)
        }
        return String(wide)
    }

    /// The unit of the series that a reading with such a unit makes, or the dead letter's reason and detail.
    private func meaning(of spelling: String, _ trial: RuleTrial) throws -> String {
        let payload = try JSONEncoder().encode(["u": spelling])
        let outcome = trial.take(topic: Array("t".utf8), payload: Array(payload), at: Bench.noon)
        if let letter = outcome.deadLetters.first { return "\(letter.reason.rawValue) \(letter.detail)" }
        return try #require(outcome.readings.first).series.unit
    }

    /// Each spelling a series of its own, so that none is converted to the unit of another.
    private func trial() throws -> RuleTrial {
        try RuleTrial(
            oneRule("t") {
                $0.common.asset = Expression("{$.u}")
                $0.readings[0].value = Expression("1")
                $0.readings[0].unit = Expression("$.u")
            }
        )
    }

    @Test("there are as many units as the table says")
    func count() {
        #expect(Self.units.count == 208)
        #expect(Set(Self.units.map(\.id)).count == 208)
    }

    @Test("every spelling of every unit stands for it, in full width too")
    func spellings() throws {
        let trial = try trial()
        var shared: Set<String> = []
        for row in Self.units {
            for spelling in row.spellings.joined() where !spelling.isEmpty {
                let owner = try #require(Self.owners[Self.folded(spelling)])
                if owner != row.id { shared.insert(Self.folded(spelling)) }
                guard !Self.refused.contains(where: { Self.folded($0.cells[0]) == Self.folded(spelling) })
                else { continue }
                #expect(try meaning(of: spelling, trial) == owner, "\(spelling)")
                #expect(try meaning(of: Self.wide(spelling), trial) == owner, "\(spelling) in full width")
                #expect(try meaning(of: " \(spelling)\u{3000}", trial) == owner, "\(spelling) between blanks")
            }
        }
        // What several rows list; everything else belongs to one.
        #expect(
            shared == ["C", "K", "KEL", "キロ", "HP", "PS", "gal", "G", "1/s", "C62", "P1", "count"]
        )
    }

    @Test(
        "squared and full-width forms are plain ones",
        arguments: [
            ("㎏", "kg"), ("℃", "Cel"), ("℉", "degF"), ("％", "%"), ("㍑", "L"), ("㎜", "mm"), ("㎝", "cm"),
            ("㎞", "km"),
            ("㎎", "mg"), ("㎡", "m2"), ("㎥", "m3"), ("㎪", "kPa"), ("㎫", "MPa"), ("㎾", "kW"), ("㎐", "Hz"),
            ("㎸", "kV"),
            ("ＭＰａ", "MPa"), ("ｋｇｆ／ｃｍ²", "kgf/cm2"), ("ｍ³／ｈ", "m3/h"),
        ]
    )
    func compatibility(spelling: String, id: String) throws {
        #expect(try meaning(of: spelling, try trial()) == id)
    }

    @Test("what even people cannot tell apart is refused with its choices", arguments: refused)
    func refusal(row: Row) throws {
        for spelling in [row.cells[0], Self.wide(row.cells[0])] {
            #expect(try meaning(of: spelling, try trial()) == "unit_ambiguous \(spelling): \(row.cells[1])")
            let found = Intake.check(oneReading { $0.unit = Expression(spelling) })
            #expect(found.count == 1 && found[0].message.contains(row.cells[1]), "\(found)")
        }
    }

    @Test("what has several meanings but one on the floor stands for that one")
    func settled() throws {
        let meanings = [
            "C": "Cel", "K": "K", "count": "count", "g": "g", "ppm": "ppm", "kg/cm2": "kgf/cm2", "PS": "PS",
            "度": "Cel",
            "PCE": "pcs", "Nm3": "Nm3", "N.m": "N.m",
        ]
        let listed = Self.ambiguous.flatMap { $0.cells[0].components(separatedBy: ", ") }
        #expect(Set(listed) == Set(meanings.keys).union(Self.refused.map { $0.cells[0] }))
        for (spelling, id) in meanings { #expect(try meaning(of: spelling, try trial()) == id) }
    }

    /// Those whose hub is a unit of the table itself: of some quantities, pieces above all, it is a UCUM code alone.
    static let hubbed = units.filter { row in
        units.contains { $0.id == row.hub && $0.cells[5] == row.cells[5] }
    }

    @Test("every unit leads to its hub and back, exactly", arguments: hubbed)
    func exact(row: Row) throws {
        func rule(_ asset: String, _ change: (inout ReadingOptions) -> Void) -> [RuleOptions] {
            oneRule(asset) {
                $0.name = asset
                $0.readings[0].value = Expression("$.v")
                change(&$0.readings[0])
                $0.readings[0].metric = asset
            }.rules
        }
        var options = RuleSetOptions()
        options.rules = rule("there") {
            $0.unit = Expression("$.id")
            $0.to = row.hub
        }
        // The same by the rule's own arithmetic: value × factor + offset, of the table's texts.
        options.rules += rule("table") {
            $0.unit = Expression("$.hub")
            $0.scale = Expression(row.factor)
            $0.offset = row.offset
        }
        options.rules += rule("back") {
            $0.unit = Expression("$.hub")
            $0.to = row.id
            $0.scale = Expression(row.factor)
            $0.offset = row.offset
        }
        let trial = try RuleTrial(options)
        func value(_ topic: String, _ text: String) throws -> Double? {
            // In a rule's own text braces would be a capture's.
            let payload = Array("{\"v\":\(text),\"id\":\"\(row.id)\",\"hub\":\"\(row.hub)\"}".utf8)
            let outcome = trial.take(topic: Array(topic.utf8), payload: payload, at: Bench.noon)
            return try #require(outcome.readings.first, "\(outcome.deadLetters)").reading.value.number
        }
        for text in ["1", "0.1", "-40", "12345.678"] {
            let there = try value("there", text)
            #expect(there == (try value("table", text)), "\(text) \(row.id)")
            // Never rounded on the way: the very number that went comes back.
            #expect(try value("back", text) == Double(text), "\(text) \(row.id)")
        }
        if row.offset == "0" { #expect(try value("there", "1") == Double(row.cells[9])) }
    }
}
