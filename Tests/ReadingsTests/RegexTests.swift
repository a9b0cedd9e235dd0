import Readings
import Testing

/// The engine by itself; what rules do with it stands in the intake's tests.
@Suite struct RegexTests {
    private func isMatch(_ pattern: String, _ text: String, isWhole: Bool) throws -> Bool {
        var machine = RegexMachine()
        return machine.search(try Regex(pattern, isWhole: isWhole), in: Array(text.utf8))
    }

    @Test(
        "a whole match leaves nothing over at either end",
        arguments: [
            ("press", "press", true), ("press", "press-1", false), ("ress", "press", false),
            ("a|ab", "ab", true), ("", "", true), ("", "a", false), (".*", "", true), ("棚.", "棚A", true),
        ]
    )
    func whole(pattern: String, text: String, isMatched: Bool) throws {
        #expect(try isMatch(pattern, text, isWhole: true) == isMatched)
    }

    @Test("repeated nothings, nested, are laid out at once")
    func nestedNothings() throws {
        var pattern = ""
        for _ in 0..<40 { pattern = "(?:\(pattern)){999}" }
        #expect(try isMatch(pattern + "a", "a", isWhole: true))
    }

    @Test("a pattern of too many instructions is refused")
    func tooLong() {
        #expect(throws: RegexFailure.self) { try Regex("((a{100}){100}){100}") }
    }
}
