import Intake
import Plant

/// `items:` and `containers:`, what no reading says of the stock.
enum ItemsPart {
    static let keys =
        ["unit", "unit_weight", "container", "noise", "cover_min_d", "reorder_point", "lot"]
        + TradePart.itemKeys

    /// - Parameter table: the whole configuration.
    static func read(_ table: YamlTable, _ options: inout PlantOptions) {
        options.grams = UnitNames.grams
        for (name, value) in table["containers"]?.pairs() ?? [] { options.tareGrams[name] = value.grams() }
        for (name, value) in table["items"]?.pairs() ?? [] {
            options.items[name] = YamlTable(value, keys: keys).map { read($0, options.tareGrams) }
        }
    }

    private static func read(_ table: YamlTable, _ containers: [String: Double]) -> ItemOptions {
        var item = ItemOptions()
        if let entry = table["unit"], let spelling = entry.name() {
            if let id = UnitNames.id(of: spelling) {
                item.unit = id
            } else {
                entry.refuse("\"\(Entry.short(spelling))\" has several meanings; write the one that is meant")
            }
        }
        if let entry = table["unit_weight"], let grams = entry.grams() {
            if grams == 0 { entry.refuse("is nothing: nobody could count by it") }
            item.unitGrams = grams
        }
        if let entry = table["container"], let name = entry.name() {
            if containers[name] == nil {
                let near = NearestWord.hint(name, among: containers.keys.sorted())
                entry.refuse("\"\(Entry.short(name))\" is no container under containers:\(near)")
            }
            if table["unit_weight"] == nil {
                entry.refuse("needs a unit_weight: in the same table, by which the net weight is counted")
            }
            item.container = name
        }
        if let noise = table["noise"]?.notNegative() { item.noise = noise }
        item.reorderPoint = table["reorder_point"]?.notNegative()
        item.coverDaysMin = table["cover_min_d"]?.notNegative()
        if let entry = table["lot"], let lot = entry.notNegative() {
            if lot == 0 { entry.refuse("is nothing: leave the key out where no lot is usual") }
            item.lot = lot
        }
        return item
    }
}

extension Entry {
    /// A weight with its unit, `12.5 g` or `0.35 kg`, in grams; 0 or more.
    fileprivate func grams() -> Double? {
        let text = writing ?? ""
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), !unit.isEmpty, let grams = UnitNames.grams(in: String(unit)) else {
            refuse(expected: "a weight with its unit such as 12.5 g or 0.35 kg")
            return nil
        }
        return number * grams
    }

    /// A number that is 0 or more.
    fileprivate func notNegative() -> Double? {
        guard let number = number() else { return nil }
        guard number >= 0 else {
            refuse("is \(number): expected 0 or more")
            return nil
        }
        return number
    }
}
