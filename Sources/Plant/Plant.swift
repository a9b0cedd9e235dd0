public import Codec
public import Readings
public import RingStore
import Synchronization

/// What the readings mean on the floor: stock by item and place, machines by state and count.
///
/// It is folded from committed batches only, so that it never shows what a power cut could take back. Its state
/// travels in the store's checkpoint (``keepsake(bytesMax:)``) and is brought up to date by the journal's replay.
public final class Plant: Sendable {
    private let state: Mutex<State>

    /// A plant of which nothing is known yet.
    ///
    /// - Parameters:
    ///   - bytesMax: what its lines may take in a keepsake, the recent movements aside; about 350 bytes each. Items and
    ///     machines beyond it are refused and counted, see ``refusedCount``.
    ///   - options: what no reading says.
    public init(bytesMax: Int = 256 << 10, _ options: PlantOptions = PlantOptions()) {
        state = Mutex(State(bytesMax: bytesMax, options))
    }

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

    /// The store has given ids back: what it knew of their series is gone, and others may get them.
    ///
    /// A line of stock keeps what is on hand and waits for its next reading; one with nothing on hand goes, and so
    /// does a machine that nothing tells of any more.
    public func forget(_ ids: [SeriesID]) {
        state.withLock { $0.forget(Set(ids)) }
    }

    /// What no reading says, as it is gone by.
    public var options: PlantOptions { state.withLock { $0.options } }

    /// Goes by other options from now on. What stands in the ledger stays; a weight that could not be counted is at its
    /// next reading, and an account of the past is told by today's shifts.
    public func adopt(_ options: PlantOptions) {
        state.withLock { $0.adopt(options) }
    }

    /// All lines of stock, sorted by site, item, location and lot.
    public var stock: [StockLine] {
        state.withLock { $0.stock }.sorted { $0.key < $1.key }
    }

    /// Lines of which more went out than was ever there, sorted by site, item, location and lot.
    public var negativeStock: [StockLine] {
        state.withLock { $0.stock.filter(\.isNegative) }.sorted { $0.key < $1.key }
    }

    /// The line of exactly this key, or nil.
    public func stock(at key: StockKey) -> StockLine? {
        state.withLock { $0.line(at: key) }
    }

    /// Another number whenever lines or machines come or go: whoever remembers which of them concern him looks again then.
    public var roster: UInt64 { state.withLock { $0.roster } }

    /// Whose lines there are, in no order.
    public var stockKeys: [StockKey] {
        state.withLock { $0.stock }.map(\.key)
    }

    /// Which machines there are, in no order.
    public var machineKeys: [MachineKey] {
        state.withLock { $0.machines }.map(\.key)
    }

    /// The lines of these keys, as far as there are any.
    public func stock(at keys: some Sequence<StockKey>) -> [StockLine] {
        state.withLock { state in keys.compactMap { state.line(at: $0) } }
    }

    /// The machines of these keys, as far as there are any.
    public func machines(at keys: some Sequence<MachineKey>) -> [MachineLine] {
        state.withLock { state in keys.compactMap { state.machine($0) } }
    }

    /// All machines, sorted by site and asset.
    public var machines: [MachineLine] {
        state.withLock { $0.machines }.sorted { $0.key < $1.key }
    }

    /// Series of stock and machines that found no room since the start; they are history and no more.
    public var refusedCount: Int {
        state.withLock { $0.refusedCount }
    }

    /// Items that are weighed (`stock_weight/ITEM`) but cannot be counted, because the options name no unit weight of
    /// theirs, or no tare of their container, or because the weight's unit is none of mass; ten of them at most, sorted.
    public var unweighed: [String] {
        state.withLock { $0.unweighed }.sorted()
    }

    /// The plant beside the store's history, for measures of closed buckets.
    ///
    /// - Parameter snapshot: of the same moment: no batch may be committed or folded between the two.
    public func view(over snapshot: Snapshot) -> PlantView {
        PlantView(snapshot: snapshot, state: state.withLock { $0 })
    }

    /// The ledger as bytes, for the store's checkpoint.
    ///
    /// - Parameter bytesMax: movements that would not fit are left out, those with the oldest stamps first; a level
    ///   that comes late for one of them is uncertain. The lines themselves always stand whole, see
    ///   ``init(bytesMax:)``.
    public func keepsake(bytesMax: Int) -> [UInt8] {
        var state = state.withLock { $0 }
        state.forgetMovements(toFit: bytesMax)
        return LedgerBytes.write(state)
    }

    /// Puts a ledger back, before the journal is replayed.
    ///
    /// - Throws: ``ByteReader/Failure`` when the bytes are not of this form; the ledger stays empty then.
    public func restore(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        let restored = try LedgerBytes.read(bytes)
        state.withLock { state in
            state = State(bytesMax: state.bytesMax, state.options)
            state.take(restored.stock, restored.machines)
        }
    }
}
