import Codec
import Readings

/// The ledger's form in the store's checkpoint, version 3:
///
///     version u8 │ line count varint │ lines │ machine count varint │ machines
///     line     site text │ location text │ item text │ lot text │ unit text │ quantity f64 │ asOf zigzag
///              │ quality u8 │ mixed u8 │ level flag u8 [│ levelAt zigzag] │ movements varint │ firstAt zigzag
///              │ forgotten through zigzag │ series count varint │ ids varint…
///              │ recent count varint │ (instant zigzag │ quantity f64)…
///              │ settled f64 │ day count varint │ (day zigzag │ quantity f64)…
///              │ count flag u8 [│ at zigzag │ counted f64 │ expected flag u8 [│ expected f64] │ since zigzag]
///     machine  site text │ asset text │ state flag u8 [│ text varint] │ since flag u8 [│ since zigzag]
///              │ stateAt zigzag │ state series flag u8 [│ id varint] │ good │ reject │ asOf zigzag
///     count    made f64 │ counter count varint │ (id varint │ shown flag u8 [│ shown f64] │ shownAt zigzag)…
enum LedgerBytes {
    private static let version: UInt8 = 3

    static func write(_ state: State) -> [UInt8] {
        var out = ByteWriter(capacity: 64 + state.stock.count * 96 + state.machines.count * 96)
        out.put(version)
        out.putVarint(UInt64(state.stock.count))
        for line in state.stock { write(line, to: &out) }
        out.putVarint(UInt64(state.machines.count))
        for machine in state.machines { write(machine, to: &out) }
        return out.bytes
    }

    static func read(
        _ bytes: [UInt8]
    ) throws(ByteReader.Failure) -> (stock: [StockLine], machines: [MachineLine]) {
        var stock: [StockLine] = []
        var machines: [MachineLine] = []
        var input = ByteReader(bytes)
        guard try input.byte() == version else {
            throw ByteReader.Failure(offset: 0, expected: "a ledger of version \(version)")
        }
        for _ in 0..<(try input.varint()) { stock.append(try line(&input)) }
        for _ in 0..<(try input.varint()) { machines.append(try machine(&input)) }
        return (stock, machines)
    }

    private static func write(_ line: StockLine, to out: inout ByteWriter) {
        out.putText(line.key.site)
        out.putText(line.key.location)
        out.putText(line.key.item)
        out.putText(line.key.lot)
        out.putText(line.unit)
        out.putDouble(line.quantity)
        out.putZigZag(line.asOf.milliseconds)
        out.put(line.quality.rawValue)
        out.put(line.isMixed ? 1 : 0)
        put(line.levelAt, to: &out)
        out.putVarint(line.movementCount)
        out.putZigZag(line.firstAt.milliseconds)
        out.putZigZag(line.forgottenThrough.milliseconds)
        out.putVarint(UInt64(line.series.count))
        for id in line.series { out.putVarint(UInt64(id.index)) }
        out.putVarint(UInt64(line.recent.count))
        for movement in line.recent {
            out.putZigZag(movement.instant.milliseconds)
            out.putDouble(movement.quantity)
        }
        out.putDouble(line.settled)
        out.putVarint(UInt64(line.outgoings.days.count))
        for day in line.outgoings.days {
            out.putZigZag(day.number)
            out.putDouble(day.quantity)
        }
        out.put(line.count == nil ? 0 : 1)
        if let count = line.count { write(count, to: &out) }
    }

    private static func write(_ count: StockCount, to out: inout ByteWriter) {
        out.putZigZag(count.at.milliseconds)
        out.putDouble(count.counted)
        out.put(count.expected == nil ? 0 : 1)
        if let expected = count.expected { out.putDouble(expected) }
        out.putZigZag(count.since.milliseconds)
    }

    private static func line(_ input: inout ByteReader) throws(ByteReader.Failure) -> StockLine {
        let key = StockKey(
            site: try input.text(),
            location: try input.text(),
            item: try input.text(),
            lot: try input.text()
        )
        var line = StockLine(key: key, unit: try input.text())
        line.quantity = try input.double()
        line.asOf = Instant(milliseconds: try input.zigZag())
        line.quality = Quality(rawValue: try input.byte()) ?? .bad
        line.isMixed = try input.byte() == 1
        line.levelAt = try instant(&input)
        line.movementCount = try input.varint()
        line.firstAt = Instant(milliseconds: try input.zigZag())
        line.forgottenThrough = Instant(milliseconds: try input.zigZag())
        for _ in 0..<(try input.varint()) { line.series.append(try id(&input)) }
        for _ in 0..<(try input.varint()) {
            let instant = Instant(milliseconds: try input.zigZag())
            line.recent.append(RecentMovement(instant: instant, quantity: try input.double()))
        }
        line.settled = try input.double()
        var days: [Outgoings.Day] = []
        for _ in 0..<(try input.varint()) {
            days.append(Outgoings.Day(number: try input.zigZag(), quantity: try input.double()))
        }
        line.outgoings = Outgoings(days)
        if try input.byte() == 1 { line.count = try stockCount(&input) }
        return line
    }

    private static func stockCount(_ input: inout ByteReader) throws(ByteReader.Failure) -> StockCount {
        let at = Instant(milliseconds: try input.zigZag())
        let counted = try input.double()
        let expected = try input.byte() == 1 ? try input.double() : nil
        return StockCount(
            at: at,
            counted: counted,
            expected: expected,
            since: Instant(milliseconds: try input.zigZag())
        )
    }

    private static func write(_ machine: MachineLine, to out: inout ByteWriter) {
        out.putText(machine.key.site)
        out.putText(machine.key.asset)
        out.put(machine.state == nil ? 0 : 1)
        if let state = machine.state { out.putVarint(UInt64(state.index)) }
        put(machine.stateSince, to: &out)
        out.putZigZag(machine.stateAt.milliseconds)
        out.put(machine.stateSeries == nil ? 0 : 1)
        if let id = machine.stateSeries { out.putVarint(UInt64(id.index)) }
        write(machine.good, to: &out)
        write(machine.reject, to: &out)
        out.putZigZag(machine.asOf.milliseconds)
    }

    private static func machine(_ input: inout ByteReader) throws(ByteReader.Failure) -> MachineLine {
        var machine = MachineLine(key: MachineKey(site: try input.text(), asset: try input.text()))
        if try input.byte() == 1 {
            machine.state = TextID(index: UInt32(truncatingIfNeeded: try input.varint()))
        }
        machine.stateSince = try instant(&input)
        machine.stateAt = Instant(milliseconds: try input.zigZag())
        if try input.byte() == 1 { machine.stateSeries = try id(&input) }
        machine.good = try count(&input)
        machine.reject = try count(&input)
        machine.asOf = Instant(milliseconds: try input.zigZag())
        return machine
    }

    private static func write(_ count: PieceCount, to out: inout ByteWriter) {
        out.putDouble(count.made)
        out.putVarint(UInt64(count.counters.count))
        for counter in count.counters {
            out.putVarint(UInt64(counter.series.index))
            out.put(counter.shown == nil ? 0 : 1)
            if let shown = counter.shown { out.putDouble(shown) }
            out.putZigZag(counter.shownAt.milliseconds)
        }
    }

    private static func count(_ input: inout ByteReader) throws(ByteReader.Failure) -> PieceCount {
        var count = PieceCount()
        count.made = try input.double()
        for _ in 0..<(try input.varint()) {
            var counter = PieceCounter(series: try id(&input))
            if try input.byte() == 1 { counter.shown = try input.double() }
            counter.shownAt = Instant(milliseconds: try input.zigZag())
            count.counters.append(counter)
        }
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
}
