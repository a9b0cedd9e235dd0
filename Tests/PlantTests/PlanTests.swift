import Plant
import Readings
import Testing

/// What is told of the time to come, as of a bucket's end.
@Suite("Plans and free capacity")
struct PlanTests {
    private let end = Instant(milliseconds: 60_000)

    @Test("a plan is what all lines of a site still have to make, done when the last of them is")
    func planned() throws {
        let bench = try StoreBench()
        let line1 = try bench.series("ライン1", "plan/ボルト-M8", .gauge)
        let line2 = try bench.series("ライン2", "plan/ボルト-M8", .gauge)
        let end1 = try bench.series("ライン1", "plan_end/ボルト-M8", .state, type: .text)
        let end2 = try bench.series("ライン2", "plan_end/ボルト-M8", .state, type: .text)
        _ = try bench.series("ライン2", "plan/ナット-M8", .gauge)
        try bench.commit([
            bench.number(line1, 300, 1000), bench.number(line1, 280, 30_000), bench.number(line1, 9, 60_000),
            bench.number(line2, 20, 2000), bench.text(end1, "2026-12-03T17:00:00+09:00", 1000),
            bench.text(end2, "2026-12-02T12:00:00+09:00", 2000),
        ])
        func planned(_ item: String) throws -> (quantity: Measured, completion: Instant?)? {
            try bench.view.planned(item: item, site: "ota", at: end)
        }
        let plan = try #require(try planned("ボルト-M8"))
        #expect(plan.quantity.value == .number(300), "280 and 20; what is told after the end is not in it")
        #expect(plan.quantity.unit == "pcs" && plan.quantity.asOf == Instant(milliseconds: 2000))
        #expect(plan.completion == Instant(iso8601: "2026-12-03T17:00:00+09:00"))
        #expect(try planned("ナット-M8") == nil, "nothing is known of it")
        #expect(try bench.view.planned(item: "ボルト-M8", site: "kobe", at: end) == nil)
        #expect(try bench.view.planned(item: "ボルト-M8\"} or {", site: "ota", at: end) == nil)

        // A line that has nothing to make need not say when it is done.
        try bench.commit([bench.number(line1, 0, 50_000), bench.text(end1, "soon", 50_000)])
        let rest = try #require(try planned("ボルト-M8"))
        #expect(rest.quantity.value == .number(20))
        #expect(rest.completion == Instant(iso8601: "2026-12-02T12:00:00+09:00"))
        try bench.commit([bench.number(line1, 1, 51_000)])
        #expect(try #require(try planned("ボルト-M8")).completion == nil, "\"soon\" is no instant")
    }

    @Test("free capacity is told as it is said; parts in two units are not added up")
    func capacityFree() throws {
        let bench = try StoreBench()
        let first = try bench.series("M1", "capacity_free/5軸", .gauge, unit: "h")
        try bench.commit([bench.number(first, 12.5, 1000)])
        func free() throws -> Measured.Value? {
            try bench.view.capacityFree(of: "5軸", site: "ota", at: end)?.value
        }
        #expect(try free() == .number(12.5))
        let second = try bench.series("M2", "capacity_free/5軸", .gauge, unit: "pcs")
        try bench.commit([bench.number(second, 3, 1000)])
        #expect(try free() == nil)
    }
}
