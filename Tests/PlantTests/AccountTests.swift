import Plant
import Readings
import RingStore
import Testing

/// A machine's time and pieces over closed periods, in the terms of ISO 22400-2.
@Suite struct AccountTests {
    /// 2026-06-17, a Wednesday, 08:00 in Japan.
    static let eight = Instant(milliseconds: 1_781_650_800_000)
    static let hour: Int64 = 3_600_000
    static let japan: @Sendable (Instant) -> Int = { _ in 32_400 }

    /// A day shift with a break at noon, and a press that is to make a piece in 12 s.
    private func options() -> PlantOptions {
        var options = PlantOptions()
        options.shifts.shifts = [
            ShiftCalendar.Shift(days: [1, 2, 3, 4, 5], minutes: 480..<1020, breaks: [720..<780])
        ]
        var press = MachineOptions()
        press.cycleSeconds = 12
        press.states = ["アラーム": .delay]
        press.energyRollover = 100_000
        options.machines["press-1"] = press
        return options
    }

    private func stamp(_ hours: Double) -> Int64 {
        Self.eight.milliseconds + Int64(hours * Double(Self.hour))
    }

    private func account(_ bench: StoreBench, _ from: Double, _ to: Double) throws -> MachineAccount {
        try #require(
            try bench.view.account(
                of: MachineKey(site: "ota", asset: "press-1"),
                from: Instant(milliseconds: stamp(from)),
                to: Instant(milliseconds: stamp(to)),
                offsetSeconds: Self.japan
            )
        )
    }

    @Test("a shift's time falls into production, setup, delay and what nobody knows, and makes its OEE")
    func shift() throws {
        let bench = try StoreBench(options())
        let state = try bench.series("press-1", "state", .state, type: .text)
        let good = try bench.series("press-1", "good_count", .counter)
        let reject = try bench.series("press-1", "reject_count", .counter)
        // Nothing is known before nine; it runs through the break and after the shift.
        try bench.commit([
            bench.text(state, "段取り", stamp(1)), bench.text(state, "運転", stamp(1.5)),
            bench.text(state, "アラーム", stamp(6)), bench.text(state, "運転", stamp(6.5)),
        ])
        // 54 good pieces and 6 bad ones a quarter of an hour; the counter begins anew at two o'clock.
        try bench.commit([bench.number(good, 5000, stamp(0)), bench.number(reject, 70, stamp(0))])
        for quarter in 1...40 {
            let hours = Double(quarter) / 4
            let isRunning = hours > 1.5 && !(hours > 6 && hours <= 6.5)
            guard isRunning else { continue }
            let pieces = Double(quarter) * 54
            try bench.commit([
                bench.number(good, hours <= 6 ? 5000 + pieces : pieces, stamp(hours) - 1000),
                bench.number(reject, 70 + Double(quarter) * 6, stamp(hours) - 1000),
            ])
        }
        let account = try account(bench, 0, 9)
        #expect(account.plannedBusyMs == 8 * Self.hour)
        #expect(account.setupMs == Self.hour / 2 && account.delayMs == Self.hour / 2)
        #expect(account.unknownMs == Self.hour)
        #expect(account.productionMs == 6 * Self.hour)
        #expect(account.unplannedProductionMs == Self.hour)
        #expect(account.availability == 6.0 / 7)
        // 1296 until two o'clock without the 216 of the break, then 1458 after the restart and 486.
        #expect(account.goodQuantity == 3024 && account.scrapQuantity == 192)
        #expect(account.qualityRatio == 3024.0 / 3216)
        #expect(account.effectiveness == 12 * 3216 / 21_600.0)
        #expect(account.cycleSeconds == 21_600.0 / 3216)
        #expect(account.oee == 6.0 / 7 * (12 * 3216 / 21_600.0) * (3024.0 / 3216))
        #expect(!account.isCoarse && account.expiredBefore == nil)
    }

    @Test("good and rejected pieces count over restarts, and only within planned time")
    func pieces() throws {
        let bench = try StoreBench(options())
        let good = try bench.series("press-1", "good_count", .counter)
        let reject = try bench.series("press-1", "reject_count", .delta)
        for (hours, shown) in [(-1.0, 100.0), (0.5, 110), (2, 130), (3, 4), (4.5, 50), (6, 60), (9.5, 90)] {
            try bench.commit([bench.number(good, shown, stamp(hours)), bench.number(reject, 1, stamp(hours))])
        }
        let account = try account(bench, 0, 10)
        // 10 + 20, 4 after the restart, 46 in the break at noon, 10, and 30 after the shift.
        #expect(account.goodQuantity == 44 && account.goodOverall == 120)
        #expect(account.scrapQuantity == 4 && account.producedQuantity == 48)
        #expect(account.qualityRatio == 44.0 / 48)
        #expect(account.availability == nil && account.oee == nil, "no state was ever told")
        #expect(account.unknownMs == account.plannedBusyMs)
    }

    @Test("without a counter of rejects there is no quality, and no OEE that looks better than it is")
    func unknownRejects() throws {
        let bench = try StoreBench(options())
        let state = try bench.series("press-1", "state", .state, type: .text)
        let good = try bench.series("press-1", "good_count", .counter)
        try bench.commit([
            bench.text(state, "running", stamp(0)), bench.number(good, 0, stamp(0)),
            bench.number(good, 100, stamp(1)),
        ])
        let account = try account(bench, 0, 2)
        #expect(account.availability == 1 && account.goodQuantity == 100)
        #expect(account.qualityRatio == nil && account.oee == nil && account.effectiveness == nil)
    }

    @Test("a planned stop is no planned busy time, and a state without a value is unknown")
    func plannedStop() throws {
        let bench = try StoreBench(options())
        let state = try bench.series("press-1", "state", .state, type: .text)
        try bench.commit([
            bench.text(state, "運転", stamp(0)), bench.text(state, "保全", stamp(1)),
            Reading(series: state, instant: Instant(milliseconds: stamp(2)), value: .absent),
            bench.text(state, "停止", stamp(3)),
        ])
        let account = try account(bench, 0, 4)
        #expect(account.plannedBusyMs == 3 * Self.hour)
        #expect(account.productionMs == Self.hour && account.delayMs == Self.hour)
        #expect(account.unknownMs == Self.hour)
        #expect(account.availability == 0.5)
    }

    @Test(
        "energy per good piece goes over the meter's end, within a minute and between two",
        arguments: [30_000, Self.hour]
    )
    func energy(stepMs: Int64) throws {
        let bench = try StoreBench(options())
        let good = try bench.series("press-1", "good_count", .counter)
        let meter = try bench.series("press-1", "energy", .counter, unit: "kWh")
        let start = stamp(0)
        for (step, shown) in [99_980.0, 99_990, 5, 15].enumerated() {
            try bench.commit([
                bench.number(meter, shown, start + Int64(step) * stepMs),
                bench.number(good, Double(step) * 10, start + Int64(step) * stepMs),
            ])
        }
        let account = try account(bench, 0, 9)
        #expect(account.energy == 35 && account.energyUnit == "kWh")
        #expect(account.energyPerGood == 35.0 / 30)
        // A meter that was exchanged fell from below the half: it began anew.
        try bench.commit([bench.number(meter, 2, start + 5 * Self.hour)])
        #expect(try self.account(bench, 0, 9).energy == 37)
    }

    @Test("a period of months is told by hours, and what is cut is marked")
    func longPeriods() throws {
        let bench = try StoreBench(options())
        let state = try bench.series("press-1", "state", .state, type: .text)
        try bench.commit([bench.text(state, "運転", stamp(-24 * 100))])
        let whole = try account(bench, -24 * 90, 0)
        #expect(!whole.isCoarse && whole.availability == 1)
        // Ninety days before a Wednesday: 64 working days of eight hours.
        #expect(whole.plannedBusyMs == 64 * 8 * Self.hour)
        #expect(whole.productionMs == whole.plannedBusyMs)
        let cut = try account(bench, -24 * 90 - 0.25, 0)
        #expect(cut.isCoarse && cut.availability == 1)
    }

    @Test("shifts go over midnight, overlap, and rest on holidays")
    func calendar() {
        var calendar = ShiftCalendar()
        let day = Self.eight.advanced(byMs: -8 * Self.hour)
        func planned(_ fromHours: Int64, _ toHours: Int64) -> [[Int64]] {
            calendar.planned(
                from: day.advanced(byMs: fromHours * Self.hour),
                to: day.advanced(byMs: toHours * Self.hour),
                offsetSeconds: Self.japan
            ).map { [$0.lowerBound.msSince(day) / Self.hour, $0.upperBound.msSince(day) / Self.hour] }
        }
        #expect(planned(0, 24) == [[0, 24]], "without shifts all time is planned")
        calendar.shifts = [
            ShiftCalendar.Shift(days: [2, 3], minutes: 1320..<1800),
            ShiftCalendar.Shift(days: [3], minutes: 300..<600, breaks: [420..<480, 540..<700]),
        ]
        #expect(planned(0, 48) == [[0, 7], [8, 9], [22, 30]])
        calendar.holidays = [Int(day.milliseconds / 86_400_000) + 1]
        #expect(planned(0, 48) == [[0, 6]])
        #expect(planned(6, 6).isEmpty)
    }
}
