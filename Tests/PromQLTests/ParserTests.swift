import PromQL
import Testing

/// What a query says, and what is said of one that cannot be read.
@Suite struct ParserTests {
    @Test(
        "the whole language of the store's own questions is read",
        arguments: [
            "1", "-.5e3", "0x1F", "inf", "temperature", "temperature{site=\"ota\",asset=~'press-.*'}",
            "{__name__=\"stock/ボルト-M8\"}", "{\"stock/ボルト-M8\", \"lot-no\"!=`\\d`}", "温度{site=\"大田\"}",
            "rate(pieces_total[5m])", "sum by (site) (rate(pieces_total[1h30m] offset 1d))",
            "sum(rate(pieces_total[5m])) without (asset)", "SUM(x) BY (site,)", "topk(3, x)",
            "a / on (site) group_left (lot) b", "a and ignoring (lot) b or c unless d", "1 < bool 2",
            "-a ^ 2 * b", "x offset -5m", "quantile_over_time(0.9, x[5m])", "count", "sum", "time() - 60",
            "max(x) # the highest\n- min(x)", "x　>　1", "clamp(x, 0, 1)", "round(x, 0.1)",
        ]
    )
    func readable(query: String) {
        #expect(refusal(query) == nil)
    }

    @Test(
        "a bad query is told where it is wrong, and what there is instead",
        arguments: [
            ("", "1:1: parse error: the query is empty; the name of a metric is the shortest one"),
            ("sum(x", "1:6: parse error: the end stands where “,” is wanted"),
            ("x{site=ota}", "1:8: parse error: “ota” stands where a text in quotes is wanted"),
            ("x\n  + $y", "2:5: parse error: “$” means nothing here; a metric whose name has it is written"),
            ("x （1)", "1:3: parse error: “（” means nothing here; write the half-width “(”"),
            ("rate(x)", "1:1: parse error: rate is written rate(x[5m])"),
            ("x[5m] + 1", "1:1: parse error: “+” takes no range vector; wrap it, as in rate(…[5m])"),
            ("1 > 2", "1:3: parse error: comparisons between scalars must use bool: 1 < bool 2"),
            (
                "max_over_time(rate(x[5m])[1h:1m])",
                "1:26: parse error: a range stands behind a selector, before its"
            ),
            ("x[1h:1m]", "1:5: parse error: there are no subqueries here"),
            ("x @ 5", "1:3: parse error: there is no @ here"),
            (
                "histogram_quantile(0.9, x)",
                "1:1: parse error: there is no function “histogram_quantile” here; there are"
            ),
            ("{site=~\".*\"}", "1:1: parse error: one condition at least must ask for a label that is there"),
            ("x{a=~\"(\"}", "1:6: parse error: the regular expression cannot be used"),
            ("rate(x[5m]) offset 1h", "1:13: parse error: offset stands behind a selector or its range"),
            ("x[0s]", "1:2: parse error: a range must be longer than nothing"),
            ("5m", "1:1: parse error: a duration stands in [ ] or behind offset"),
            ("5xyz", "1:1: parse error: “5xyz” is neither a number nor a duration such as 5m or 1h30m"),
            ("\"a", "1:1: parse error: the text that begins here has no closing \""),
            ("sum(1)", "1:1: parse error: sum folds an instant vector and is written sum(x)"),
            ("1 and x", "1:3: parse error: “and” is between vectors"),
            (
                "a == on (site) group_left (site) b",
                "1:16: parse error: the label “site” cannot stand in on and"
            ),
        ]
    )
    func unreadable(query: String, text: String) {
        let refusal = refusal(query) ?? "nothing"
        #expect(refusal.hasPrefix(text), "\(refusal)")
    }

    @Test("what is too long or too deep is refused, however it goes on")
    func limits() throws {
        #expect(refusal(String(repeating: "(", count: 5000) + "x")?.contains("brackets") == true)
        #expect(refusal(String(repeating: "-", count: 5000) + "x")?.contains("brackets") == true)
        #expect(refusal("x" + String(repeating: "+x", count: 5000))?.contains("operators") == true)
        #expect(refusal(String(repeating: "x", count: 20_000))?.contains("longer than 16384") == true)
    }

    @Test("no text brings the reader down, seed 3")
    func mutations() throws {
        var random = SeededRandom(seed: 3)
        var maker = QueryMaker(random)
        let pieces = Array("{}[]()\"'`\\,=~!<>+-*/%^:@#.0159emsxのｱ　\u{0}\n".unicodeScalars)
        var readable = 0
        for _ in 0..<5000 {
            var query = Array(maker.query().unicodeScalars)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: query.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: query.remove(at: place)
                case 1: query.insert(pieces.randomElement(using: &random) ?? "x", at: place)
                default: query[place] = pieces.randomElement(using: &random) ?? "x"
                }
                if query.isEmpty { query = ["x"] }
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: query)
            guard let refusal = refusal(String(text)) else {
                readable += 1
                continue
            }
            #expect(refusal.contains(": parse error: "), "\(refusal)")
        }
        #expect((1250..<3750).contains(readable), "\(readable) of 5000 could be read")
    }

    @Test(
        "durations are those of Prometheus",
        arguments: [
            ("5m", 300_000), ("1h30m", 5_400_000), ("1w2d", 777_600_000), ("1y", 31_536_000_000),
            ("250ms", 250), ("0s", 0), ("30m1h", nil), ("5m5m", nil), ("m", nil), ("5", nil), ("", nil),
            ("-5m", nil),
            ("9999999999999y", nil), ("301y", nil),
        ] as [(String, Int64?)]
    )
    func durations(text: String, milliseconds: Int64?) {
        #expect(DurationText.milliseconds(of: text) == milliseconds)
    }

    @Test("a grid is one instant or many, and not too many")
    func grids() throws {
        #expect(try Grid(at: 5).count == 1)
        let grid = try Grid(from: 1000, through: 2999, everyMs: 1000)
        #expect(grid.count == 2 && grid[1] == 2000)
        #expect(throws: PromFailure.self) { try Grid(from: 2, through: 1, everyMs: 1) }
        #expect(throws: PromFailure.self) { try Grid(from: 1, through: 2, everyMs: 0) }
        #expect(throws: PromFailure.self) { try Grid(from: .min, through: .max, everyMs: 1) }
        #expect(try Grid(from: 0, through: 10_999, everyMs: 1).count == 11_000)
        #expect(throws: PromFailure.self) { try Grid(from: 0, through: 11_000, everyMs: 1) }
    }
}
