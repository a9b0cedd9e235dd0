import Codec
import Readings

/// The ledger's form in the store's checkpoint, version 1:
///
///     version u8 │ line count varint │ lines │ machine count varint │ machines
///     line     site text │ location text │ item text │ unit text │ quantity f64 │ asOf zigzag │ quality u8
///              │ level flag u8 [│ levelAt zigzag] │ movements varint │ series count varint │ ids varint…
///              │ recent count varint │ (instant zigzag │ quantity f64)…
///     machine  site text │ asset text │ state flag u8 [│ text varint │ since zigzag] │ good │ reject
///              │ asOf zigzag │ three optional series (flag u8 [│ id varint])
///     count    made f64 │ shown flag u8 [│ shown f64] │ shownAt zigzag
enum LedgerBytes {
    private static let version: UInt8 = 1

    static func write(_ state: State) -> [UInt8] {
        var out = ByteWriter(capacity: 64 + state.stock.count * 96 + state.machines.count * 96)
        out.put(version)
        out.putVarint(UInt64(state.stock.count))
        for line in state.stock { write(line, to: &out) }
        out.putVarint(UInt64(state.machines.count))
        for machine in state.machines { write(machine, to: &out) }
        return out.bytes
    }

    static func read(_ bytes: [UInt8]) throws(ByteReader.Failure) -> State {
        var state = State()
        var input = ByteReader(bytes)
        guard try input.byte() == version else { return state }
        for _ in 0..<(try input.varint()) { state.stock.append(try line(&input)) }
        for _ in 0..<(try input.varint()) { state.machines.append(try machine(&input)) }
        state.index()
        return state
    }

    private static func write(_ line: StockLine, to out: inout ByteWriter) {
        out.putText(line.key.site)
        out.putText(line.key.location)
        out.putText(line.key.item)
        out.putText(line.unit)
        out.putDouble(line.quantity)
        out.putZigZag(line.asOf.milliseconds)
        out.put(line.quality.rawValue)
        put(line.levelAt, to: &out)
        out.putVarint(line.movementCount)
        out.putVarint(UInt64(line.series.count))
        for id in line.series { out.putVarint(UInt64(id.index)) }
        out.putVarint(UInt64(line.recent.count))
        for movement in line.recent {
            out.putZigZag(movement.instant.milliseconds)
            out.putDouble(movement.quantity)
        }
    }

    private static func line(_ input: inout ByteReader) throws(ByteReader.Failure) -> StockLine {
        let key = StockKey(site: try input.text(), location: try input.text(), item: try input.text())
        var line = StockLine(key: key, unit: try input.text())
        line.quantity = try input.double()
        line.asOf = Instant(milliseconds: try input.zigZag())
        line.quality = Quality(rawValue: try input.byte()) ?? .bad
        line.levelAt = try instant(&input)
        line.movementCount = try input.varint()
        for _ in 0..<(try input.varint()) { line.series.append(try id(&input)) }
        for _ in 0..<(try input.varint()) {
            let instant = Instant(milliseconds: try input.zigZag())
            line.recent.append(RecentMovement(instant: instant, quantity: try input.double()))
        }
        return line
    }

    private static func write(_ machine: MachineLine, to out: inout ByteWriter) {
        out.putText(machine.key.site)
        out.putText(machine.key.asset)
        out.put(machine.state == nil ? 0 : 1)
        if let state = machine.state { out.putVarint(UInt64(state.index)) }
        put(machine.stateSince, to: &out)
        write(machine.good, to: &out)
        write(machine.reject, to: &out)
        out.putZigZag(machine.asOf.milliseconds)
        for id in [machine.stateSeries, machine.goodSeries, machine.rejectSeries] {
            out.put(id == nil ? 0 : 1)
            if let id { out.putVarint(UInt64(id.index)) }
        }
    }

    private static func machine(_ input: inout ByteReader) throws(ByteReader.Failure) -> MachineLine {
        var machine = MachineLine(key: MachineKey(site: try input.text(), asset: try input.text()))
        if try input.byte() == 1 {
            machine.state = TextID(index: UInt32(truncatingIfNeeded: try input.varint()))
        }
        machine.stateSince = try instant(&input)
        machine.good = try count(&input)
        machine.reject = try count(&input)
        machine.asOf = Instant(milliseconds: try input.zigZag())
        machine.stateSeries = try optionalID(&input)
        machine.goodSeries = try optionalID(&input)
        machine.rejectSeries = try optionalID(&input)
        return machine
    }

    private static func write(_ count: PieceCount, to out: inout ByteWriter) {
        out.putDouble(count.made)
        out.put(count.shown == nil ? 0 : 1)
        if let shown = count.shown { out.putDouble(shown) }
        out.putZigZag(count.shownAt.milliseconds)
    }

    private static func count(_ input: inout ByteReader) throws(ByteReader.Failure) -> PieceCount {
        var count = PieceCount()
        count.made = try input.double()
        if try input.byte() == 1 { count.shown = try input.double() }
        count.shownAt = Instant(milliseconds: try input.zigZag())
        return count
    }

    private static func put(_ instant: Instant?, to out: inout ByteWriter) {
        out.put(instant == nil ? 0 : 1)
        if let instant { out.putZigZag(instant.milliseconds) }
    }

    private static func instant(_ input: inout ByteReader) throws(ByteReader.Failure) -> Instant? {
        try input.byte() == 1 ? Instant(milliseconds: try input.zigZag()) : nil
    }

    private static func id(_ input: inout ByteReader) throws(ByteReader.Failure) -> SeriesID {
        SeriesID(index: UInt32(truncatingIfNeeded: try input.varint()))
    }

    private static func optionalID(_ input: inout ByteReader) throws(ByteReader.Failure) -> SeriesID? {
        try input.byte() == 1 ? try id(&input) : nil
    }
}
