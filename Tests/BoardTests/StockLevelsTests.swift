import Readings
import Testing

@testable import Board

/// What was on hand over time, carried from levels and movements.
@Suite struct StockLevelsTests {
    private func turn(_ second: Int64, moved: Double = 0, level: Double? = nil, movedLater: Bool = false)
        -> StockLevels.Turn
    {
        let at = Instant(milliseconds: second * 1000)
        var turn = StockLevels.Turn(at: at, moved: moved)
        turn.movedAt = at.advanced(byMs: movedLater ? 20 : 5)
        turn.level = level.map { ($0, at.advanced(byMs: 10)) }
        return turn
    }

    @Test("movements alone are told back from what is there now")
    func movements() {
        let turns = [turn(1, moved: -5), turn(2, moved: 20), turn(3, moved: -1)]
        #expect(StockLevels.carried(turns, to: 114, isNow: true) == [95, 115, 114])
    }

    @Test("a level or a count sets it, and movements go on from there")
    func levels() {
        let turns = [
            turn(1, level: 100), turn(2, moved: -5), turn(3, moved: -5), turn(4, level: 92),
            turn(5, moved: -5),
        ]
        #expect(StockLevels.carried(turns, to: 87, isNow: true) == [100, 95, 90, 92, 87])
    }

    @Test("before the first level in sight, movements lead up to it")
    func before() {
        let turns = [turn(1, moved: 10), turn(2, moved: -2), turn(3, level: 50)]
        #expect(StockLevels.carried(turns, to: 50, isNow: true) == [52, 50, 50])
    }

    @Test("movements in a level's own step count when they came after it, and the end is what the ledger has")
    func within() {
        let turns = [
            turn(1, level: 100), turn(2, moved: -30, level: 80, movedLater: true), turn(3, moved: -1),
        ]
        #expect(StockLevels.carried(turns, to: 49, isNow: false) == [100, 50, 49])
        // Of the thirty, only ten went after the level: the ledger knows.
        #expect(StockLevels.carried(turns, to: 69, isNow: true) == [100, 70, 69])
        #expect(StockLevels.carried([], to: 69, isNow: true).isEmpty)
    }

    @Test(
        "a chart has some hundred points, from the narrowest steps that do",
        arguments: [(2, 1), (24, 5), (24 * 30, 60), (24 * 365, 1440), (24 * 365 * 5, 10_080)]
            as [(Int64, Int64)]
    )
    func widths(hours: Int64, minutes: Int64) {
        let from = Instant(milliseconds: 1_700_000_000_000)
        let to = from.advanced(byMs: hours * 3_600_000)
        #expect(ChartLine.width(from, to) == minutes * 60_000)
    }
}
