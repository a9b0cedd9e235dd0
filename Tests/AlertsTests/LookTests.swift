import Alerts
import Plant
import Readings
import Testing

/// A plant of a test's own, told by hand.
final class Floor {
    static let noon = Instant(iso8601: "2026-11-30T12:00:00+09:00") ?? .distantPast
    static let japan: @Sendable (Instant) -> Int = { _ in 9 * 3600 }

    let plant: Plant
    private(set) var series: [SeriesID: Series] = [:]
    private(set) var readings: [Reading] = []
    private var words: [String] = []

    init(_ options: PlantOptions = PlantOptions()) {
        plant = Plant(options)
    }

    func word(_ text: TextID) -> String { words[Int(text.index)] }

    /// Some hours after noon.
    static func at(_ hours: Double) -> Instant { noon.advanced(byMs: Int64(hours * 3_600_000)) }

    func tell(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        _ value: Double,
        _ hours: Double,
        unit: String = "pcs"
    ) {
        tell(asset, metric, kind, .number, .number(value), hours, unit)
    }

    func state(_ asset: String, _ word: String, _ hours: Double) {
        if !words.contains(word) { words.append(word) }
        let text = TextID(index: UInt32(words.firstIndex(of: word) ?? 0))
        tell(asset, "state", .state, .text, .text(text), hours, "")
    }

    private func tell(
        _ asset: String,
        _ metric: String,
        _ kind: Kind,
        _ type: ValueType,
        _ value: Scalar,
        _ hours: Double,
        _ unit: String
    ) {
        let key = SeriesKey(site: "ota", asset: asset, metric: metric)
        let known = series.values.first { $0.key == key && $0.unit == unit }
        let id = known?.id ?? SeriesID(index: UInt32(series.count))
        series[id] = known ?? Series(id: id, key: key, kind: kind, type: type, unit: unit)
        let reading = Reading(series: id, instant: Self.at(hours), value: value)
        readings.append(reading)
        var batch = Batch(opened: reading.instant)
        batch.readings.append(reading)
        plant.fold(batch) { [series] in series[$0] }
    }
}

/// What rules see of a plant.
@Suite struct LookTests {
    private func looks(_ floor: Floor, _ rule: AlertRule, _ hours: Double = 0) -> [Look] {
        var looks = PlantLooks(offsetSeconds: Floor.japan)
        looks.find([rule], in: floor.plant)
        return looks.looks(rule, in: floor.plant, word: floor.word, now: Floor.at(hours))
            .sorted { $0.subject < $1.subject }
    }

    @Test("stock of an item at a site is all its places together, and runs out at the plant's own rate")
    func stock() throws {
        let floor = Floor()
        floor.tell("棚A", "stock/ボルト-M8", .gauge, 60, -96)
        floor.tell("棚A", "stock/ボルト-M8", .gauge, 20, -24)
        floor.tell("棚B", "stock/ボルト-M8", .gauge, 18, -24)
        floor.tell("棚A", "stock/ナット-M8", .gauge, 5, -24)
        let look = try #require(looks(floor, AlertRule("low", .lowStock, limit: 50)).last)
        #expect(look.subject == "ota/ボルト-M8" && look.value == 38 && look.unit == "pcs")
        // 40 within four days: ten a day, 3.8 days.
        #expect(abs(look.end?.msSince(Floor.at(3.8 * 24)) ?? 9) <= 1)
        let cover = try #require(looks(floor, AlertRule("cover", .lowCover, limit: 5 * 86_400_000)).last)
        #expect(abs(cover.value - 3.8 * 86_400_000) < 1 && cover.end == look.end)
        // A second unit: nothing of it is told.
        floor.tell("棚B", "stock_level/ボルト-M8", .gauge, 2, -1, unit: "kg")
        #expect(looks(floor, AlertRule("low", .lowStock, limit: 50)).map(\.name) == ["ナット-M8"])
    }

    @Test("without a limit of its own a rule asks about items that have one")
    func ownLimits() {
        var options = PlantOptions()
        options.items["ボルト-M8"] = ItemOptions()
        options.items["ボルト-M8"]?.reorderPoint = 50
        options.items["ナット-M8"] = ItemOptions()
        options.items["ナット-M8"]?.coverDaysMin = 2
        let floor = Floor(options)
        for item in ["ボルト-M8", "ナット-M8", "座金"] { floor.tell("棚A", "stock/\(item)", .gauge, 9, -1) }
        #expect(
            looks(floor, AlertRule("a", .lowStock)).map { "\($0.name) \($0.limit ?? 0)" } == ["ボルト-M8 50.0"]
        )
        #expect(looks(floor, AlertRule("b", .lowCover)).map(\.limit) == [2 * 86_400_000])
        var some = AlertRule("c", .lowStock, limit: 1)
        some.subjects = [PathGlob("ota/*M8")]
        #expect(looks(floor, some).map(\.name) == ["ナット-M8", "ボルト-M8"])
    }

    @Test("whom a rule asks about is found out again when lines come, options change, or rules do")
    func roster() {
        let floor = Floor()
        let rule = AlertRule("low", .lowStock, limit: 50)
        var looks = PlantLooks(offsetSeconds: Floor.japan)
        func names(_ rule: AlertRule) -> [String] {
            looks.find([rule], in: floor.plant)
            return looks.looks(rule, in: floor.plant, word: floor.word, now: Floor.at(1)).map(\.name).sorted()
        }
        #expect(names(rule) == [])
        floor.tell("棚A", "stock/a", .gauge, 1, 0)
        #expect(names(rule) == ["a"])
        floor.tell("棚A", "stock/b", .gauge, 1, 0)
        #expect(names(rule) == ["a", "b"])
        var narrow = rule
        narrow.subjects = [PathGlob("ota/b")]
        #expect(names(narrow) == ["b"])
        var options = PlantOptions()
        options.items["a"] = ItemOptions()
        options.items["a"]?.reorderPoint = 3
        #expect(names(AlertRule("low", .lowStock)) == [])
        floor.plant.adopt(options)
        #expect(names(AlertRule("low", .lowStock)) == ["a"])
    }

    @Test("a machine stands from its first delay on, whatever the word, and planned time alone counts")
    func machines() throws {
        var options = PlantOptions()
        // Monday 2026-11-30, 08:00 to 17:00 with a break at noon.
        options.shifts.shifts = [.init(days: [1, 2], minutes: 480..<1020, breaks: [720..<780])]
        let floor = Floor(options)
        floor.state("press-1", "running", -2)
        floor.state("press-1", "fault", -0.5)
        floor.state("press-2", "休憩", -0.5)
        let rule = AlertRule("stopped", .machineStopped, limit: 600_000)
        var looks = PlantLooks(offsetSeconds: Floor.japan)
        func minutes(_ hours: Double) -> [Double] {
            looks.find([rule], in: floor.plant)
            return looks.looks(rule, in: floor.plant, word: floor.word, now: Floor.at(hours))
                .sorted { $0.name < $1.name }.map { $0.value / 60_000 }
        }
        #expect(minutes(0) == [30, 0])
        #expect(minutes(1) == [30, 0], "the break is no planned time")
        floor.state("press-1", "stopped", 1.5)
        #expect(minutes(2) == [90, 0], "from one delay to the next it goes on standing")
        #expect(minutes(20) == [30 + 240, 0], "nor is the night")
        #expect(minutes(21) == [30 + 240 + 60, 0])
        floor.state("press-1", "運転中", 21)
        #expect(minutes(21.5) == [0, 0])
        floor.state("press-1", "stopped", 21.75)
        #expect(minutes(22) == [15, 0])
    }
}

/// What rules would have said of the past.
@Suite struct RehearsalTests {
    @Test("history is gone over look by look: when each alert would have stood, and until when")
    func spans() throws {
        var options = PlantOptions()
        options.items["ボルト-M8"] = ItemOptions()
        options.items["ボルト-M8"]?.reorderPoint = 50
        let floor = Floor(options)
        for (hours, level) in [(-30.0, 80.0), (-20, 45), (-18, 70), (-2, 30)] {
            floor.tell("棚A", "stock/ボルト-M8", .gauge, level, hours)
        }
        floor.state("press-1", "running", -30)
        floor.state("press-1", "stopped", -10)
        floor.state("press-1", "running", -9)
        var stopped = AlertRule("stopped", .machineStopped, limit: 1_800_000)
        stopped.keepMs = 0
        let heard = ["秤": [-24.0, -23, -12, -11, 0].map { Floor.at($0) }]
        let silent = AlertRule("silent", .sourceSilent, limit: 3 * 3_600_000)
        let rules = AlertRule.usual + [stopped, silent]
        var rehearsal = Rehearsal(rules, options, offsetSeconds: Floor.japan)
        rehearsal.run(
            floor.series,
            floor.readings.shuffled(),
            heard: heard,
            from: Floor.at(-24),
            to: Floor.at(0),
            everyMs: 60_000,
            word: floor.word
        )
        func hours(_ instant: Instant?) -> String {
            instant.map { AlertTests.tenths(Double($0.msSince(Floor.noon)) / 3_600_000) } ?? "-"
        }
        let told = rehearsal.spans.map { "\($0.alert.id) \(hours($0.from)) \(hours($0.until))" }
        // A minute of keeping is shorter than a tenth of an hour.
        #expect(
            told == [
                "low-stock/ota/ボルト-M8 -20 -18", "silent/秤 -20 -12", "stopped/ota/press-1 -9.5 -9",
                "silent/秤 -8 -", "low-stock/ota/ボルト-M8 -2 -",
            ]
        )
        #expect(rehearsal.spans.first?.alert.value == 45)
        #expect(!Rehearsal.tells(of: AlertRule("source-silent", .sourceSilent)))
        #expect(!Rehearsal.tells(of: AlertRule("disk", .disk, limit: 1)))
    }
}
