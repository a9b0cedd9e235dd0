public import Codec
public import Readings
import Synchronization

/// What the readings mean on the floor: stock by item and place, machines by state and count.
///
/// It is folded from committed batches only, so that it never shows what a power cut could take back. Its state
/// travels in the store's checkpoint (``keepsake()``) and is brought up to date by the journal's replay.
public final class Plant: Sendable {
    private let state = Mutex(State())

    /// A plant of which nothing is known yet.
    public init() {}

    /// Takes a committed batch in. Called by one thread, in commit order.
    ///
    /// - Parameter series: looks a series up; asked once for each id. An id without a series means nothing to us.
    public func fold(_ batch: Batch, series: (SeriesID) -> Series?) {
        state.withLock { state in
            for reading in batch.readings {
                state.fold(reading, series)
            }
        }
    }

    /// All lines of stock, sorted by site, item and location.
    public var stock: [StockLine] {
        state.withLock { $0.stock }.sorted { $0.key < $1.key }
    }

    /// All machines, sorted by site and asset.
    public var machines: [MachineLine] {
        state.withLock { $0.machines }.sorted { $0.key < $1.key }
    }
}

/// What a series means to the plant; found once, kept by series index.
enum Role {
    case none
    case level(line: Int)
    case movement(line: Int)
    case state(machine: Int)
    case good(machine: Int)
    case reject(machine: Int)
}

/// The ledger itself, without its lock.
struct State {
    var stock: [StockLine] = []
    var machines: [MachineLine] = []
    private var roles: [Role?] = []
    private var lineOf: [StockKey: Int] = [:]
    private var machineOf: [MachineKey: Int] = [:]

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
            // A retained level of unknown age fills an empty line, and never displaces what is known.
            guard !reading.currentOnly || stock[line].asOf == .distantPast else { return }
            stock[line].setLevel(value, at: reading.instant, quality: reading.quality)
        case (.movement(let line), .number(let value)) where reading.quality != .bad:
            stock[line].move(by: value, at: reading.instant, quality: reading.quality)
        case (.state(let machine), .text(let text)):
            machines[machine].enter(state: text, at: reading.instant)
        case (.good(let machine), .number(let value)) where reading.quality != .bad:
            machines[machine].good.show(value, at: reading.instant)
            machines[machine].asOf = max(machines[machine].asOf, reading.instant)
        case (.reject(let machine), .number(let value)) where reading.quality != .bad:
            machines[machine].reject.show(value, at: reading.instant)
            machines[machine].asOf = max(machines[machine].asOf, reading.instant)
        default:
            return
        }
    }

    /// Finds what a series means, by the words that ISA-95 and ISO 22400 use on the floor.
    private mutating func learn(_ series: Series) -> Role {
        let role = role(of: series)
        roles[Int(series.id.index)] = role
        return role
    }

    private mutating func role(of series: Series) -> Role {
        if let key = StockKey(counting: series) {
            let line = line(for: key, unit: series.unit)
            if !stock[line].series.contains(series.id) { stock[line].series.append(series.id) }
            return series.kind == .delta ? .movement(line: line) : .level(line: line)
        }
        switch (series.key.metric, series.type) {
        case ("state", .text):
            let machine = machine(of: series)
            machines[machine].stateSeries = series.id
            return .state(machine: machine)
        case ("good_count", .number):
            let machine = machine(of: series)
            machines[machine].goodSeries = series.id
            return .good(machine: machine)
        case ("reject_count", .number), ("bad_count", .number):
            let machine = machine(of: series)
            machines[machine].rejectSeries = series.id
            return .reject(machine: machine)
        default:
            return .none
        }
    }

    private mutating func line(for key: StockKey, unit: String) -> Int {
        if let line = lineOf[key] { return line }
        stock.append(StockLine(key: key, unit: unit))
        lineOf[key] = stock.count - 1
        return stock.count - 1
    }

    private mutating func machine(of series: Series) -> Int {
        let key = MachineKey(site: series.key.site, asset: series.key.asset)
        if let machine = machineOf[key] { return machine }
        machines.append(MachineLine(key: key))
        machineOf[key] = machines.count - 1
        return machines.count - 1
    }

    /// Rebuilds the look-ups after the lines were read back.
    mutating func index() {
        for (line, stocked) in stock.enumerated() { lineOf[stocked.key] = line }
        for (machine, line) in machines.enumerated() { machineOf[line.key] = machine }
    }
}

extension Plant {
    /// The ledger as bytes, for the store's checkpoint.
    public func keepsake() -> [UInt8] {
        state.withLock { LedgerBytes.write($0) }
    }

    /// Puts a ledger back, before the journal is replayed.
    ///
    /// - Throws: ``ByteReader/Failure`` when the bytes are not of this form; the ledger stays empty then.
    public func restore(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        let restored = try LedgerBytes.read(bytes)
        state.withLock { $0 = restored }
    }
}
