public import Plant
public import Readings

/// Looks at stock and machines of a plant, for rules that ask about them.
///
/// A look costs what its subjects cost, not what the plant holds: whom a rule asks about is found out again only when
/// lines of stock or machines come or go, or the plant's options change.
public struct PlantLooks: Sendable {
    /// Whom a rule asks about.
    private struct Subjects {
        var stock: [StockKey] = []
        var machines: [MachineKey] = []
    }

    /// Lines that are looked at in one go, so that no batch waits long for the plant.
    private static let pageCount = 512

    private let offsetSeconds: @Sendable (Instant) -> Int
    private var rules: [AlertRule] = []
    private var roster: UInt64?
    private var options = PlantOptions()
    private var subjects: [String: Subjects] = [:]
    private var machines: [String: MachineLooks] = [:]

    /// - Parameter offsetSeconds: how far the plant's clocks are ahead of UTC, where its shifts lie.
    public init(offsetSeconds: @escaping @Sendable (Instant) -> Int) {
        self.offsetSeconds = offsetSeconds
    }

    /// Finds out whom the rules ask about, where that may have changed since the last look; comes before each.
    public mutating func find(_ rules: [AlertRule], in plant: Plant) {
        // The roster first: what comes between it and the keys is found at the next look.
        let (fresh, options) = (plant.roster, plant.options)
        guard fresh != roster || options != self.options || rules != self.rules else { return }
        (roster, self.options, self.rules) = (fresh, options, rules)
        let (stockKeys, machineKeys) = (plant.stockKeys, plant.machineKeys)
        let stock = StockLooks(options.items)
        subjects = [:]
        for rule in rules {
            switch rule.kind {
            case .lowStock, .lowCover:
                subjects[rule.name] = Subjects(stock: stockKeys.filter { stock.wants($0, by: rule) })
            case .machineStopped:
                let wanted = machineKeys.filter { rule.wants(Look.subject($0.asset, at: $0.site)) }
                subjects[rule.name] = Subjects(machines: wanted)
            default: continue
            }
        }
        machines = machines.filter { subjects[$0.key] != nil }
    }

    /// What a rule of low stock, low cover or stopped machines sees now.
    ///
    /// - Parameter word: the text of a state.
    public mutating func looks(_ rule: AlertRule, in plant: Plant, word: (TextID) -> String, now: Instant)
        -> [Look]
    {
        guard let subjects = subjects[rule.name] else { return [] }
        if rule.kind == .machineStopped {
            return machines[rule.name, default: MachineLooks()].looks(
                at: plant.machines(at: subjects.machines),
                options,
                word: word,
                offsetSeconds: offsetSeconds,
                now: now
            )
        }
        var lines: [StockLine] = []
        for first in stride(from: 0, to: subjects.stock.count, by: PlantLooks.pageCount) {
            let end = min(subjects.stock.count, first + PlantLooks.pageCount)
            lines += plant.stock(at: subjects.stock[first..<end])
        }
        return StockLooks(options.items).looks(rule, at: lines, now: now)
    }
}
