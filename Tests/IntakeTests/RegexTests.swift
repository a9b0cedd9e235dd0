import Intake
import Readings
import Testing

@Suite struct RegexTests {
    /// What the named group `g` catches; nil when nothing matches, `-` when the group takes no part.
    private func caught(_ pattern: String, _ text: String) throws -> String? {
        let options = oneRule("t", format: .value) {
            $0.match = [MatchOptions(path: "$", regex: pattern)]
            $0.readings[0].type = .text
            $0.readings[0].value = Expression("{g}", fallback: "-")
        }
        let bench = try Bench(options)
        let batch = bench.batch("t", text)
        guard let reading = batch.readings.first else {
            #expect(batch.deadLetters.map(\.reason) == [.noMatch])
            return nil
        }
        return String(bench.said(reading.value).dropFirst().dropLast())
    }

    @Test(
        "expressions catch what they say",
        arguments: [
            ("(?<g>a+)", "xaaay", "aaa"), ("(?<g>a+?)", "xaaay", "a"), ("^(?<g>a)", "ba", nil),
            ("(?<g>a)$", "ab", nil),
            ("(?<g>a|ab)(c|bcd)?", "abcd", "a"), ("(?:x|y)(?<g>[0-9]{2,3})", "zy12345", "123"),
            ("(?<g>[^,]+),(?:b|c)", "a a,c", "a a"), ("a(?<g>b)?c", "ac", "-"), ("(?<g>.)理", "管理", "管"),
            ("(?<g>\\d+)\\s*kg", "w 12 kg", "12"), ("(?<g>[\\w-]+)", "段取り-2 x", "段取り-2"),
            ("(?<g>[ァ-ヶ]+)", "機械アイ", "アイ"),
            ("(?<g>a{3})", "aa", nil), ("(?<g>a{2})", "aaa", "aa"), ("(?<g>(?:ab){1,2})", "ababab", "abab"),
            ("(?<g>[]a]+)", "x]a]", "]a]"), ("(?<g>\\.)", "a.b", "."), ("(?<g>\\S+)", "  x ", "x"),
            ("(?<g>a*)", "bbb", ""),
            ("(?<g>(?:a*)*)b", "aab", "aa"), ("^(?<g>ST|US),", "ST,1", "ST"), ("(?<g>\\D+)", "12ab", "ab"),
        ] as [(String, String, String?)]
    )
    func catches(pattern: String, text: String, wanted: String?) throws {
        #expect(try caught(pattern, text) == wanted)
    }

    @Test(
        "what is not supported or not whole is refused at its place",
        arguments: [
            ("(a", 1), ("a)", 2), ("[a", 1), ("*a", 1), ("a**", 3), ("(?=a)", 1), ("(?<g>a)(?<g>b)", 8),
            ("a\\", 2),
            ("\\b", 1), ("[b-a]", 5), ("a{2,1}", 2), ("a{", 2), ("^*", 1), ("(?<>a)", 1),
            ("(a{1000}){1000}", 1),
        ] as [(String, Int)]
    )
    func refused(pattern: String, character: Int) {
        let options = oneRule { $0.match = [MatchOptions(path: "$.v", regex: pattern)] }
        let found = Intake.check(options).first?.message ?? ""
        #expect(found.hasPrefix("\(pattern): character \(character): "), "\(found)")
    }

    @Test("no pattern makes a match slow")
    func noBlowUp() throws {
        for pattern in [
            "(?<g>(?:a|a)*)b", "(?<g>(?:a*)*)b", "(?<g>(?:a+)+)$b",
            "(?<g>a?)" + String(repeating: "a?", count: 200) + "b",
        ] {
            // Where each letter doubles the steps, that shows long before the end of days.
            for length in [16, 20, 24, 28, 32, 400, 4000] {
                let text = String(repeating: "a", count: length)
                let began = threadSeconds()
                #expect(try caught(pattern, text) == nil)
                let seconds = threadSeconds() - began
                try #require(seconds < 10, "\(pattern) on \(length) letters")
            }
        }
    }
}
