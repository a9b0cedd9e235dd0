import Plant
import Settings
import Testing

@Suite("The machines and their shifts")
struct MachinesTests {
    @Test("cycle, states, meter, shifts over midnight, holidays")
    func loads() throws {
        let plant = try PaperFiles.plant(
            more: """
                machines:
                  プレス1: {cycle_s: 12.5, states: {段取り: setup, 0: unknown}, energy: kWh合計, rollover: 100000}
                shifts:
                  - {days: [mon, tue], from: "08:00", to: "17:00", breaks: ["12:00-13:00", "15:00-15:10"]}
                  - {days: sun, from: "22:00", to: "06:00", breaks: ["23:45-00:15", "02:00-02:30"]}
                  - {days: sat, from: "00:00", to: "24:00"}
                holidays: [2026-01-01]
                """
        ).load().plant
        let press = try #require(plant.machines["プレス1"])
        #expect(press.cycleSeconds == 12.5 && press.energy == "kWh合計" && press.energyRollover == 100_000)
        #expect(press.states == ["段取り": .setup, "0": .unknown])
        #expect(
            plant.shifts.shifts == [
                ShiftCalendar.Shift(days: [1, 2], minutes: 480..<1020, breaks: [720..<780, 900..<910]),
                ShiftCalendar.Shift(days: [7], minutes: 1320..<1800, breaks: [1425..<1455, 1560..<1590]),
                ShiftCalendar.Shift(days: [6], minutes: 0..<1440),
            ]
        )
        #expect(plant.shifts.holidays == [20_454])
        #expect(try PaperFiles.plant().load().plant.shifts == ShiftCalendar())
    }

    @Test(
        "what is wrong is refused where it stands",
        arguments: [
            (
                "machines: {p: {cycle_s: 0}}",
                "5:25: error: machines.p.cycle_s is 0.0: expected more than 0"
            ),
            (
                "machines: {p: {states: {run: producing}}}",
                "5:30: error: machines.p.states.run \"producing\" unknown (did you mean \"production\"?)"
            ),
            (
                "shifts: [{days: mon, from: 8, to: \"17:00\"}]",
                "5:28: error: shifts[0].from must be a time of day such as \"08:00\", not the number 8"
            ),
            (
                "shifts: [{days: mon, from: \"08:00\", to: \"24:30\"}]",
                "5:41: error: shifts[0].to must be a time of day such as \"08:00\", not the text \"24:30\""
            ),
            (
                "shifts: [{days: mon, from: \"08:00\", to: \"08:00\"}]",
                "5:10: error: shifts[0] begins when it ends; write 00:00 and 24:00 for a whole day"
            ),
            (
                "shifts: [{days: moon, from: \"08:00\", to: \"17:00\"}]",
                "5:17: error: shifts[0].days \"moon\" unknown (did you mean \"mon\"?)"
            ),
            (
                "shifts: [{days: mon, from: \"08:00\", to: \"17:00\", breaks: [\"07:00-08:10\"]}]",
                "5:59: error: shifts[0].breaks[0] does not lie within its shift"
            ),
            (
                "shifts: [{days: mon, from: \"08:00\", to: \"17:00\", breaks: [noon]}]",
                "5:59: error: shifts[0].breaks[0] must be a span of time such as \"12:00-13:00\", not the text \"noon\""
            ),
            (
                "shifts: [{days: mon, to: \"17:00\"}]",
                "5:10: error: key \"from\" is missing in shifts[0], e.g. from: \"08:00\""
            ),
            (
                "holidays: [2026-02-30]",
                "5:12: error: holidays[0] must be a date such as 2026-01-01, not the text \"2026-02-30\""
            ),
        ]
    )
    func refused(section: String, finding: String) {
        #expect(PaperFiles.plant(more: section).findings() == ["plant.yaml:\(finding)"])
    }
}
