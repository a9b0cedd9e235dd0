import Readings

/// What the plant must be told of its items and machines, because no reading says it.
public struct PlantOptions: Hashable, Sendable {
    /// By the item's name in the readings.
    public var items: [String: ItemOptions] = [:]
    /// What empty containers weigh, in grams, by their names.
    public var tareGrams: [String: Double] = [:]
    /// What one of a unit of mass weighs in grams, by the unit's id: the units that weights may come in.
    public var grams: [String: Double] = [:]

    /// By the machine's asset.
    public var machines: [String: MachineOptions] = [:]
    /// When work is planned.
    public var shifts = ShiftCalendar()

    /// A plant without weights, in which all time is planned.
    public init() {}
}

/// One item of the stock.
public struct ItemOptions: Hashable, Sendable {
    /// In which its weights are counted; a unit's id.
    public var unit = "pcs"
    /// What one weighs, in grams, more than 0; nil where it is never weighed.
    public var unitGrams: Double?
    /// The container it is weighed in where the weight's series has no tag `container`; nil for none.
    public var container: String?
    /// A level or weight that differs from what is on hand by no more than this is the scale's noise and no consumption;
    /// 0 or more.
    public var noise = 0.0
    /// Less cover than so many days is too little; nil where nobody minds.
    public var coverDaysMin: Double?
    /// Less on hand at a site, all its places together, is too little: its reorder point; nil where nobody minds.
    public var reorderPoint: Double?
    /// How many usually come and go at once, more than 0: no partner sees finer steps than two of them. Nil if unknown.
    public var lot: Double?

    /// An item of which nothing is said.
    public init() {}
}

/// How a gross weight becomes a count: net weight by unit weight, to the nearest whole one.
struct Weighing: Hashable, Sendable {
    /// Of one of the weight's unit.
    let grams: Double
    let tareGrams: Double
    /// Of one of the item's.
    let unitGrams: Double

    /// Less than nothing when the scale shows less than the empty container.
    func count(gross: Double) -> Double {
        let count = ((gross * grams - tareGrams) / unitGrams).rounded()
        // A scale that swings around the empty container shows nothing, not minus nothing.
        return count == 0 ? 0 : count
    }
}

extension PlantOptions {
    /// How a series of weights is counted.
    ///
    /// - Returns: nil when its item has no unit weight, its container no tare, or its unit is none of mass.
    func weighing(of series: Series, item: String) -> Weighing? {
        guard let unitGrams = items[item]?.unitGrams, let grams = grams[series.unit] else { return nil }
        let container = series.key.tags.first { $0.name == "container" }?.value ?? items[item]?.container
        guard let container else { return Weighing(grams: grams, tareGrams: 0, unitGrams: unitGrams) }
        guard let tare = tareGrams[container] else { return nil }
        return Weighing(grams: grams, tareGrams: tare, unitGrams: unitGrams)
    }
}
