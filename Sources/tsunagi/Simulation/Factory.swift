import Bus
import Readings

/// A small factory as its sensors would speak: a recorded machine tool, a recorded energy meter, a part counter
/// and a shelf whose barcode reader and scale tell of stock.
///
/// Pure: it is asked what is due at an instant and answers with messages. The same seed tells the same story.
struct Factory {
    private let machine: MachineRecording
    private let energyRows: [Substring]
    private let speed: Double
    private let started: Instant
    private var numbers: SeededNumbers
    private var nextLine = 0
    private var loopsDone: Int64 = 0
    private var nextEnergyAt: Instant
    private var nextEnergyRow = 0
    private var nextPartAt: Instant
    private var nextMoveAt: Instant
    private var nextLevelAt: Instant
    private var isRunning = true
    private var good = 0
    private var reject = 0
    private var moveCount = 0
    private var onShelf: [String: Int] = [:]

    /// The items on the shelf and the most that a movement takes of each.
    private static let items = [("ボルト-M8", 40), ("樹脂-PA66", 12)]
    /// Weight of one nut on the scale, and of its empty bin, in grams.
    private static let nutGrams = 12.5
    private static let binGrams = 350.0

    /// - Parameters:
    ///   - machine: played in a loop, `speed` times as fast as it was recorded.
    ///   - energy: lines of the steel plant's table behind its stamp column, one played every five seconds.
    init(machine: MachineRecording, energy: [Substring], speed: Double, seed: UInt64, now: Instant) {
        self.machine = machine
        energyRows = energy
        self.speed = speed
        started = now
        numbers = SeededNumbers(seed: seed)
        nextEnergyAt = now
        nextPartAt = now
        nextMoveAt = now
        nextLevelAt = now
    }

    /// Everything that was due by `now` and not told yet, in order of its kind.
    mutating func messages(dueAt now: Instant) -> [BusMessage] {
        tool(now) + energy(now) + parts(now) + moves(now) + level(now)
    }

    private mutating func tool(_ now: Instant) -> [BusMessage] {
        guard !machine.lines.isEmpty else { return [] }
        var messages: [BusMessage] = []
        let playedMs = Int64(Double(now.msSince(started)) * speed)
        // A second of pause between two runs keeps a very short recording from spinning.
        let loopMs = machine.lengthMs + 1000
        while true {
            let line = machine.lines[nextLine]
            let dueMs = loopsDone * loopMs + line.afterMs
            guard dueMs <= playedMs, messages.count < 2000 else { return messages }
            if line.item == "execution" { isRunning = line.value == "ACTIVE" }
            let stamp = started.advanced(byMs: Int64(Double(dueMs) / speed))
            let value = Double(line.value).map { "\($0)" } ?? "\"\(escaped(line.value))\""
            messages.append(
                json("factory/mazak-01/tool/\(line.item)", "{\"t\":\"\(stamp.iso8601)\",\"v\":\(value)}")
            )
            nextLine += 1
            if nextLine == machine.lines.count {
                nextLine = 0
                loopsDone += 1
            }
        }
    }

    private mutating func energy(_ now: Instant) -> [BusMessage] {
        guard !energyRows.isEmpty, now >= nextEnergyAt else { return [] }
        nextEnergyAt = nextEnergyAt.advanced(byMs: 5000)
        let row = energyRows[nextEnergyRow % energyRows.count]
        nextEnergyRow += 1
        return [json("factory/steel-01/energy", "\(now.iso8601),\(row)")]
    }

    private mutating func parts(_ now: Instant) -> [BusMessage] {
        guard now >= nextPartAt else { return [] }
        nextPartAt = nextPartAt.advanced(byMs: 4000)
        if isRunning {
            if Int.random(in: 0..<25, using: &numbers) == 0 { reject += 1 } else { good += 1 }
        }
        let text = "{\"t\":\"\(now.iso8601)\",\"good\":\(good),\"reject\":\(reject)}"
        return [json("factory/mazak-01/parts", text)]
    }

    private mutating func moves(_ now: Instant) -> [BusMessage] {
        guard now >= nextMoveAt else { return [] }
        nextMoveAt = nextMoveAt.advanced(byMs: 3000)
        return Factory.items.map { item, most in
            let stock = onShelf[item, default: 0]
            let isIn = stock < most * 5
            let quantity = isIn ? most * 10 : Int.random(in: 1...most, using: &numbers)
            onShelf[item] = isIn ? stock + quantity : stock - quantity
            moveCount += 1
            let id = "\(started.milliseconds)-\(moveCount)"
            return json(
                "stock/棚A/move",
                "{\"t\":\"\(now.iso8601)\",\"item\":\"\(item)\",\"qty\":\(quantity),"
                    + "\"dir\":\"\(isIn ? "in" : "out")\",\"id\":\"\(id)\"}"
            )
        }
    }

    private mutating func level(_ now: Instant) -> [BusMessage] {
        guard now >= nextLevelAt else { return [] }
        nextLevelAt = nextLevelAt.advanced(byMs: 10_000)
        let nuts = Int.random(in: 380...420, using: &numbers)
        let grams = Factory.binGrams + Double(nuts) * Factory.nutGrams
        return [json("stock/ナット-M8/level", "\(grams)")]
    }

    private func json(_ topic: String, _ text: String) -> BusMessage {
        BusMessage(topic: topic, payload: Array(text.utf8))
    }

    private func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0.value < 32 ? " " : "\($0)" }
            .joined()
    }
}
