import Alerts
import Foundation
import Readings
import Testing

/// A rule, what it sees minute by minute, and what somebody is told when.
struct Course: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var rule: AlertRule
    /// Nil: the subject is not looked at.
    let values: [Double?]
    /// The word and the minute.
    let told: [String]

    init(
        _ what: String,
        _ kind: AlertKind = .lowStock,
        limit: Double = 50,
        clear: Double? = nil,
        for forMinutes: Int64 = 0,
        keep keepMinutes: Int64 = 0,
        sees values: [Double?],
        tells told: [String]
    ) {
        testDescription = what
        rule = AlertRule("low", kind, limit: limit)
        (rule.clear, rule.forMs, rule.keepMs) = (clear, forMinutes * 60_000, keepMinutes * 60_000)
        self.values = values
        self.told = told
    }

    static let all = [
        Course(
            "below the limit it stands at once, at the limit it is over",
            sees: [60, 49, 50],
            tells: ["standing 1", "ended 2"]
        ),
        Course(
            "around the limit it comes and goes",
            sees: [49, 50, 49, 50],
            tells: ["standing 0", "ended 1", "standing 2", "ended 3"]
        ),
        Course(
            "a second limit keeps it standing between both",
            clear: 60,
            sees: [49, 50, 49, 55, 59, 60],
            tells: ["standing 0", "ended 5"]
        ),
        Course("between both limits nothing begins", clear: 60, sees: [55, 50, 59], tells: []),
        Course(
            "it is kept until all was good for a while, in one go",
            keep: 3,
            sees: [49, 50, 50, 49, 50, 50, 50, 50],
            tells: ["standing 0", "ended 7"]
        ),
        Course(
            "kept, and past the second limit all the while",
            clear: 60,
            keep: 2,
            sees: [49, 60, 61, 59, 60, 60, 60],
            tells: ["standing 0", "ended 6"]
        ),
        Course(
            "it stands after a while below, in one go",
            for: 2,
            sees: [49, 49, 50, 49, 49, 49],
            tells: ["standing 5"]
        ),
        Course("a short dip is no alert", for: 2, sees: [60, 49, 49, 60, 60], tells: []),
        Course(
            "of other kinds too much is bad",
            .machineStopped,
            limit: 10,
            sees: [9, 10, 11, 10],
            tells: ["standing 2", "ended 3"]
        ),
        Course(
            "whom nobody looks at any more is forgotten after five minutes",
            sees: [49, nil, nil, nil, nil, nil, nil],
            tells: ["standing 0", "ended 5"]
        ),
        Course(
            "a source that nobody knows since a restart is silent still",
            .sourceSilent,
            limit: 50,
            sees: [51, nil, nil, nil, nil, nil, nil, nil, 0],
            tells: ["standing 0", "ended 8"]
        ),
    ]
}

/// How an alert comes, stands and goes.
@Suite struct CourseTests {
    @Test("an alert goes by what is seen, minute by minute", arguments: Course.all)
    func course(_ course: Course) {
        var book = AlertBook()
        for (minute, value) in course.values.enumerated() {
            let looks = value.map { [Look("ボルト-M8", at: "ota", value: $0)] } ?? []
            book.take(looks, by: course.rule, at: Self.minute(minute))
            book.settle([course.rule], at: Self.minute(minute))
        }
        let told = book.notices.map { "\($0.word) \($0.at.msSince(Self.minute(0)) / 60_000)" }
        #expect(told == course.told)
        #expect(book.notices.map(\.number) == told.indices.map { UInt64($0) + 1 })
    }

    @Test("stands since it began, not since somebody was told; a clock that is set back makes nothing older")
    func since() throws {
        var rule = AlertRule("low", .lowStock, limit: 50)
        rule.forMs = 120_000
        var book = AlertBook()
        for minute in [3, 4, 5] { book.take([Look("a", value: 1)], by: rule, at: Self.minute(minute)) }
        #expect(book.standing.map(\.since) == [Self.minute(3)])
        var other = AlertBook()
        for minute in [9, 1, 2] { other.take([Look("a", value: 1)], by: rule, at: Self.minute(minute)) }
        #expect(other.all.map(\.stage) == [.pending])
        other.take([Look("a", value: 1)], by: rule, at: Self.minute(3))
        #expect(other.standing.map(\.since) == [Self.minute(1)])
    }

    @Test(
        "who has seen what, what is silenced and what is to be told survive a restart; what is pending begins anew"
    )
    func restart() throws {
        let rule = AlertRule("low", .lowStock, limit: 50)
        var slow = AlertRule("slow", .lowStock, limit: 50)
        slow.forMs = 600_000
        var book = AlertBook()
        book.take([Look("a", value: 1), Look("b", value: 2)], by: rule, at: Self.minute(0))
        book.take([Look("a", value: 1)], by: slow, at: Self.minute(0))
        book.settle([rule, slow], at: Self.minute(0))
        let seen = book.acknowledge("low/a", by: "早番", at: Self.minute(1))
        #expect(seen.map(\.subject) == ["a"])
        let unknown = book.acknowledge("low/c", by: "早番", at: Self.minute(1))
        #expect(unknown.isEmpty)
        let silence = Silence(rule: "low", subject: "b", until: Self.minute(30), by: "保全")
        let isSilenced = book.silence(silence, at: Self.minute(1))
        #expect(isSilenced)
        book.forget(through: 1)
        let bytes = try JSONEncoder().encode(book.memory)
        var fresh = AlertBook(try JSONDecoder().decode(AlertMemory.self, from: bytes), at: Self.minute(20))
        #expect(fresh.all.map(\.id) == ["low/a", "low/b"])
        #expect(fresh.standing.first?.acknowledgement == .init(by: "早番", at: Self.minute(1)))
        #expect(fresh.silences == [silence])
        #expect(
            fresh.notices.map { "\($0.number) \($0.word) \($0.alert.id)" } == [
                "2 standing low/b", "3 acknowledged low/a",
            ]
        )
        fresh.take([Look("a", value: 60), Look("b", value: 2)], by: rule, at: Self.minute(20))
        fresh.take([Look("a", value: 60), Look("b", value: 2)], by: rule, at: Self.minute(21))
        fresh.settle([rule, slow], at: Self.minute(21))
        #expect(fresh.notices.last.map { "\($0.number) \($0.word) \($0.alert.id)" } == "4 ended low/a")
    }

    @Test("nobody is told of what is silenced; what still stands at its end is told then")
    func silence() {
        var rule = AlertRule("low", .lowStock, limit: 50)
        rule.keepMs = 0
        var book = AlertBook()
        func look(_ values: [String: Double], _ minute: Int) {
            book.take(
                values.map { Look($0.key, at: "ota", value: $0.value) },
                by: rule,
                at: Self.minute(minute)
            )
            book.settle([rule], at: Self.minute(minute))
        }
        var told: [String] { book.notices.map { "\($0.word) \($0.alert.name)" } }
        let isQuiet = book.silence(
            Silence(rule: "*", subject: "ota/b*", until: Self.minute(5), by: "早番"),
            at: Self.minute(0)
        )
        #expect(isQuiet)
        look(["a": 1, "b1": 1, "b2": 1], 1)
        #expect(told == ["standing a"])
        #expect(book.standing.map { book.silence(of: $0) != nil } == [false, true, true])
        look(["a": 1, "b1": 1, "b2": 60], 2)
        #expect(told == ["standing a"], "what came and went in silence was never told")
        look(["a": 1, "b1": 1, "b2": 60], 5)
        #expect(told == ["standing a", "standing b1"] && book.silences.isEmpty)
        let whole = Silence(rule: "low", subject: "", until: Self.minute(20), by: "早番")
        let isWhole = book.silence(whole, at: Self.minute(6))
        #expect(isWhole)
        look(["a": 60, "b1": 1], 7)
        #expect(
            told == ["standing a", "standing b1", "ended a"],
            "who was told of it is told that it is over"
        )
        let isLoud = book.silence(
            Silence(rule: "low", subject: "", until: Self.minute(8), by: "保全"),
            at: Self.minute(8)
        )
        #expect(isLoud)
        #expect(book.silences.isEmpty)
    }

    @Test("a rule that is taken out takes its alerts with it, one that is another kind begins anew")
    func rules() {
        let rule = AlertRule("low", .lowStock, limit: 50)
        var book = AlertBook()
        book.take([Look("a", value: 1)], by: rule, at: Self.minute(0))
        book.settle([rule], at: Self.minute(0))
        var other = AlertRule("low", .disk, limit: 10)
        other.forMs = 60_000
        book.take([Look("a", value: 1)], by: other, at: Self.minute(1))
        #expect(book.all.map(\.kind) == [.disk] && book.standing.isEmpty)
        book.take([Look("b", value: 1)], by: rule, at: Self.minute(2))
        book.settle([], at: Self.minute(3))
        #expect(book.all.isEmpty)
    }

    @Test("however many subjects trip, the book stays small, and says how many found no room")
    func bounds() {
        let rule = AlertRule("low", .lowStock, limit: 50)
        var book = AlertBook()
        let looks = (0..<AlertBook.alertsMax + 7).map { Look("item-\($0)", value: 1) }
        book.take(looks, by: rule, at: Self.minute(0))
        #expect(book.all.count == AlertBook.alertsMax && book.refusedCount == 7)
        book.settle([rule], at: Self.minute(0))
        #expect(book.notices.count == AlertBook.noticesMax)
        #expect(book.lostCount == AlertBook.alertsMax - AlertBook.noticesMax)
        #expect(book.lastNumber == UInt64(AlertBook.alertsMax))
        for number in 0..<AlertBook.silencesMax {
            let silence = Silence(rule: "low", subject: "item-\(number)", until: Self.minute(9), by: "x")
            let hasRoom = book.silence(silence, at: Self.minute(0))
            #expect(hasRoom)
        }
        let one = Silence(rule: "low", subject: "item", until: Self.minute(9), by: "x")
        let isOneMore = book.silence(one, at: Self.minute(0))
        #expect(!isOneMore)
    }

    static func minute(_ number: Int) -> Instant {
        Instant(milliseconds: 1_800_000_000_000 + Int64(number) * 60_000)
    }
}
