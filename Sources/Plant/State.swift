import Readings

/// What a series means to the plant; found once, kept by series index.
enum Role {
    case none
    case level(line: Int)
    case weight(line: Int, Weighing)
    case count(line: Int)
    case movement(line: Int)
    case state(machine: Int)
    case good(machine: Int, counter: Int, isDelta: Bool)
    case reject(machine: Int, counter: Int, isDelta: Bool)
}

/// The ledger itself, without its lock.
struct State {
    private(set) var stock: [StockLine] = []
    private(set) var machines: [MachineLine] = []
    /// See ``Plant/roster``.
    private(set) var roster: UInt64 = 0
    /// Series that found no room.
    private(set) var refusedCount = 0
    /// Weights that cannot be counted; see ``Plant/unweighed``.
    private(set) var unweighed: Set<String> = []
    let bytesMax: Int
    private(set) var options: PlantOptions
    /// What the lines take in a keepsake at most, ``StockLine/recent`` aside.
    private var bytes = 0
    private var roles: [Role?] = []
    private var lineOf: [StockKey: Int] = [:]
    private var linesOf: [ItemAtSite: [Int]] = [:]
    private var machineOf: [MachineKey: Int] = [:]

    /// A line of stock and one of a machine without their texts, a further series of a line, and a movement, in a
    /// keepsake: at most so many bytes.
    private static let lineBytes = 260
    private static let machineBytes = 110
    private static let seriesBytes = 30
    private static let movementBytes = 18

    /// More items than this are not named; one is enough to go and look.
    private static let unweighedMax = 10

    private struct ItemAtSite: Hashable {
        var item: String
        var site: String
    }

    init(bytesMax: Int, _ options: PlantOptions) {
        self.bytesMax = bytesMax
        self.options = options
    }

    /// Goes by other options from now on: what a series means is found anew at its next reading.
    mutating func adopt(_ fresh: PlantOptions) {
        options = fresh
        for place in roles.indices { roles[place] = nil }
        unweighed = []
        refusedCount = 0
    }

    /// The lines of an item at a site, one for each place.
    func lines(item: String, site: String) -> [StockLine] {
        (linesOf[ItemAtSite(item: item, site: site)] ?? []).map { stock[$0] }
    }

    /// The line of exactly this key, or nil.
    func line(at key: StockKey) -> StockLine? {
        lineOf[key].map { stock[$0] }
    }

    /// What is known of a machine, or nil.
    func machine(_ key: MachineKey) -> MachineLine? {
        machineOf[key].map { machines[$0] }
    }

    mutating func fold(_ reading: Reading, _ series: (SeriesID) -> Series?) {
        let index = Int(reading.series.index)
        if index >= roles.count {
            roles.append(contentsOf: repeatElement(nil, count: index + 1 - roles.count))
        }
        guard let role = roles[index] ?? series(reading.series).map({ learn($0) }) else { return }
        switch (role, reading.value) {
        case (.none, _):
            return
        case (.level(let line), .number(let value)) where reading.quality != .bad:
            setLevel(of: line, value, reading)
        case (.weight(let line, let weighing), .number(let gross)) where reading.quality != .bad:
            setLevel(of: line, weighing.count(gross: gross), reading)
        case (.count(let line), .number(let value)) where reading.quality != .bad:
            // Nobody can count less than nothing, and a retained count of unknown age is no count.
            guard value >= 0, !reading.currentOnly, !reading.historyOnly else { return }
            stock[line].setCount(value, at: reading.instant, quality: reading.quality)
        case (.movement(let line), .number(let value)) where reading.quality != .bad:
            stock[line].move(by: value, at: reading.instant, quality: reading.quality)
        case (.state(let machine), .text(let text)):
            machines[machine].enter(state: text, at: reading.instant)
        case (.good(let machine, let counter, let isDelta), .number(let value)) where reading.quality != .bad:
            machines[machine].good.take(value, at: reading.instant, counter: counter, isDelta: isDelta)
            machines[machine].asOf = max(machines[machine].asOf, reading.instant)
        case (.reject(let machine, let counter, let isDelta), .number(let value))
        where reading.quality != .bad:
            machines[machine].reject.take(value, at: reading.instant, counter: counter, isDelta: isDelta)
            machines[machine].asOf = max(machines[machine].asOf, reading.instant)
        default:
            return
        }
    }

    private mutating func setLevel(of line: Int, _ value: Double, _ reading: Reading) {
        // A retained level of unknown age fills an empty line, and never displaces what is known.
        guard !reading.currentOnly || stock[line].asOf == .distantPast else { return }
        guard !reading.historyOnly else { return }
        let noise = options.items[stock[line].key.item]?.noise ?? 0
        stock[line].setLevel(value, at: reading.instant, quality: reading.quality, noise: noise)
    }

    /// Finds what a series means, by the words that ISA-95 and ISO 22400 use on the floor.
    private mutating func learn(_ series: Series) -> Role {
        let role = role(of: series)
        if role == nil { refusedCount += 1 }
        roles[Int(series.id.index)] = role ?? Role.none
        return role ?? Role.none
    }

    /// Nil when there is no room for its line.
    private mutating func role(of series: Series) -> Role? {
        if let word = StockWord(of: series), let key = StockKey(of: series) {
            return stockRole(of: series, word, key)
        }
        let isDelta = series.kind == .delta
        switch (series.key.metric, series.type) {
        case ("state", .text):
            guard let machine = machine(of: series) else { return nil }
            machines[machine].stateSeries = series.id
            return .state(machine: machine)
        case ("good_count", .number):
            guard let machine = machine(of: series),
                let counter = counter(of: series, in: \.good, of: machine)
            else { return nil }
            return .good(machine: machine, counter: counter, isDelta: isDelta)
        case ("reject_count", .number), ("bad_count", .number):
            guard let machine = machine(of: series),
                let counter = counter(of: series, in: \.reject, of: machine)
            else { return nil }
            return .reject(machine: machine, counter: counter, isDelta: isDelta)
        default:
            return Role.none
        }
    }

    private mutating func stockRole(of series: Series, _ word: StockWord, _ key: StockKey) -> Role? {
        var unit = series.unit
        var weighing: Weighing?
        if case .weight = word {
            guard let known = options.weighing(of: series, item: key.item) else {
                if unweighed.count < State.unweighedMax { unweighed.insert(key.item) }
                return Role.none
            }
            weighing = known
            unit = options.items[key.item]?.unit ?? unit
        }
        guard let line = line(for: key, unit: unit) else { return nil }
        guard stock[line].unit == unit else {
            stock[line].isMixed = true
            return Role.none
        }
        if !stock[line].series.contains(series.id) {
            guard reserve(State.seriesBytes) else { return nil }
            stock[line].series.append(series.id)
        }
        return switch word {
        case .movement: .movement(line: line)
        case .count: .count(line: line)
        case .level, .weight: weighing.map { .weight(line: line, $0) } ?? .level(line: line)
        }
    }

    /// What a series' value says of the level; nil for a weight that cannot be counted and for a count below nothing.
    func level(of series: Series, _ item: String, _ value: Double) -> Double? {
        switch StockWord(of: series) {
        case .level: value
        case .count: value < 0 ? nil : value
        case .weight: options.weighing(of: series, item: item)?.count(gross: value)
        case .movement, nil: nil
        }
    }

    private mutating func line(for key: StockKey, unit: String) -> Int? {
        if let line = lineOf[key] { return line }
        guard reserve(State.lineBytes + key.textBytes + unit.utf8.count) else { return nil }
        stock.append(StockLine(key: key, unit: unit))
        index(line: stock.count - 1)
        return stock.count - 1
    }

    private mutating func machine(of series: Series) -> Int? {
        let key = MachineKey(site: series.key.site, asset: series.key.asset)
        if let machine = machineOf[key] { return machine }
        guard reserve(State.machineBytes + key.site.utf8.count + key.asset.utf8.count) else { return nil }
        machines.append(MachineLine(key: key))
        machineOf[key] = machines.count - 1
        roster += 1
        return machines.count - 1
    }

    private mutating func counter(
        of series: Series,
        in count: WritableKeyPath<MachineLine, PieceCount>,
        of machine: Int
    ) -> Int? {
        let counters = machines[machine][keyPath: count].counters
        if let known = counters.firstIndex(where: { $0.series == series.id }) { return known }
        guard reserve(State.seriesBytes) else { return nil }
        machines[machine][keyPath: count].counters.append(PieceCounter(series: series.id))
        return counters.count
    }

    private mutating func reserve(_ count: Int) -> Bool {
        guard bytes + count <= bytesMax else { return false }
        bytes += count
        return true
    }

    private mutating func index(line: Int) {
        let key = stock[line].key
        roster += 1
        lineOf[key] = line
        linesOf[ItemAtSite(item: key.item, site: key.site), default: []].append(line)
    }
}

extension State {
    /// Takes the series of given back ids out of all lines.
    mutating func forget(_ ids: Set<SeriesID>) {
        // What a series means is found again when it comes.
        roles.removeAll()
        for line in stock.indices { stock[line].series.removeAll { ids.contains($0) } }
        for machine in machines.indices { machines[machine].forget(ids) }
        take(
            stock.filter { !$0.series.isEmpty || $0.quantity != 0 },
            machines.filter { !$0.isUntold }
        )
    }

    /// Takes lines over that were read back; they had room when they were written.
    mutating func take(_ stock: [StockLine], _ machines: [MachineLine]) {
        self.stock = stock
        self.machines = machines
        roster += 1
        bytes = 0
        lineOf.removeAll()
        linesOf.removeAll()
        machineOf.removeAll()
        for (place, line) in stock.enumerated() {
            let key = line.key
            index(line: place)
            bytes += State.lineBytes + line.series.count * State.seriesBytes
            bytes += key.textBytes + line.unit.utf8.count
        }
        for (place, machine) in machines.enumerated() {
            machineOf[machine.key] = place
            let series = machine.good.counters.count + machine.reject.counters.count
            bytes += State.machineBytes + series * State.seriesBytes
            bytes += machine.key.site.utf8.count + machine.key.asset.utf8.count
        }
    }

    /// Forgets recent movements until the whole takes at most so many bytes: those with the oldest stamps first.
    mutating func forgetMovements(toFit bytesMax: Int) {
        let room = max(0, bytesMax - bytes - 2 * State.lineBytes) / State.movementBytes
        let count = stock.reduce(0) { $0 + $1.recent.count }
        guard count > room else { return }
        let stamps = stock.flatMap { $0.recent.map(\.instant) }.sorted()
        let last = stamps[count - room - 1]
        for line in stock.indices where !stock[line].recent.isEmpty {
            stock[line].forgetMovements(through: last)
        }
    }
}

extension StockKey {
    /// Of all its texts.
    fileprivate var textBytes: Int {
        site.utf8.count + location.utf8.count + item.utf8.count + lot.utf8.count
    }
}
