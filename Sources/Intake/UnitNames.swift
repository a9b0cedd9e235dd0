/// What other rooms may ask of the unit table.
public enum UnitNames {
    /// The id under which series carry a unit: the table's for a known spelling, the text itself for an unknown one.
    ///
    /// - Returns: nil when the spelling has several meanings.
    public static func id(of spelling: String) -> String? {
        switch UnitTable.standard.meaning(of: spelling) {
        case .known(let unit): unit.id
        case .ambiguous: nil
        case .unknown: spelling
        }
    }

    /// What one of a unit of mass weighs, in grams; nil for everything else.
    public static func grams(in spelling: String) -> Double? {
        guard case .known(let unit) = UnitTable.standard.meaning(of: spelling) else { return nil }
        return grams[unit.id]
    }

    /// The units of mass by their ids, in grams.
    public static let grams: [String: Double] = {
        guard let gram = UnitTable.standard.unit(id: "g") else {
            preconditionFailure("the unit table has the gram")
        }
        var found: [String: Double] = [:]
        for unit in UnitTable.standard.units {
            found[unit.id] = UnitTable.standard.conversion(from: unit, to: gram)?.of(.ratio(1, 1)).double
        }
        return found
    }()
}
