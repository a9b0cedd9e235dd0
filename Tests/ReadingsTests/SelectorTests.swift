import Readings
import Testing

@Suite struct SelectorTests {
    private static let press = SeriesKey(
        site: "ota",
        asset: "press-1",
        metric: "temperature",
        tags: [Tag(name: "lot", value: "L1"), Tag(name: "段取り", value: "A 'x' \"y\"")]
    )

    @Test(
        "conditions select by labels",
        arguments: [
            (#"{}"#, true), (#"  { }  "#, true), (#"{site="ota"}"#, true), (#"{site="osaka"}"#, false),
            (#"{site='ota', asset=~"press-.*", metric!="x", lot!~"L[2-9]"}"#, true),
            (#"temperature{site="ota"}"#, true), (#" temperature {site="ota",}"#, true),
            (#"pressure{site="ota"}"#, false), (#"{asset=~"press"}"#, false), (#"{asset=~"ress-1"}"#, false),
            (#"{asset=~"press-1|press-2"}"#, true), (#"{asset=~"press-2|press-3"}"#, false),
            (#"{asset!~"press-.+"}"#, false), (#"{asset!="press-2",asset!="press-3"}"#, true),
            (#"{nosuch=""}"#, true), (#"{nosuch!=""}"#, false), (#"{lot!=""}"#, true), (#"{lot=""}"#, false),
            (#"{nosuch=~".*"}"#, true), (#"{nosuch=~".+"}"#, false), (#"{nosuch!~"x"}"#, true),
            (#"{nosuch!="x"}"#, true), (#"{段取り='A \'x\' "y"'}"#, true), (##"{"段取り"=`A 'x' "y"`}"##, true),
            (#"{lot="\x4c\061"}"#, true), (#"{lot="\u004C1"}"#, true), (#"{lot="\U0000004C1"}"#, true),
            (#"{lot=~"\\w\\d"}"#, true), (#"{lot=~`\w\d`}"#, true), (#"{"lot"="L1"}"#, true),
        ]
    )
    func labels(pattern: String, isSelected: Bool) throws {
        let selector = try Selector(pattern)
        #expect(selector.description == pattern)
        #expect(selector.matches(Self.press) == isSelected)
    }

    @Test("bytes written by their numbers come together as text")
    func bytes() throws {
        let key = SeriesKey(site: "大", asset: "", metric: "")
        #expect(try Selector(#"{site="\xE5\xA4\xA7"}"#).matches(key))
        #expect(try Selector(#"{site="\345\244\247"}"#).matches(key))
    }

    @Test(
        "a mistake is named with its column and what may stand there",
        arguments: [
            ("{", SelectorFailure.expected(.label, column: 2, found: "")),
            (#"{site="ota""#, .expected(.comma, column: 12, found: "")),
            (#"{site="ota"; }"#, .expected(.comma, column: 12, found: ";")),
            (#"{site="ota}"#, .expected(.closingQuote, column: 12, found: "")),
            (#"{site=ota}"#, .expected(.text, column: 7, found: "o")),
            (#"{site "ota"}"#, .expected(.operation, column: 7, found: "\"")),
            (#"{棚A !< "ota"}"#, .expected(.operation, column: 5, found: "!")),
            (#"{,}"#, .expected(.label, column: 2, found: ",")),
            (#"{site="ota",,}"#, .expected(.label, column: 13, found: ",")),
            (#"{=""}"#, .expected(.label, column: 2, found: "=")),
            (#"{""="x"}"#, .expected(.label, column: 2, found: "\"")),
            (#"{} x"#, .expected(.end, column: 4, found: "x")),
            (#"temp*{}"#, .expected(.metric, column: 5, found: "*")),
            (#"{a="\q"}"#, .expected(.escape, column: 5, found: "\\")),
            (#"{a="\'"}"#, .expected(.escape, column: 5, found: "\\")),
            (#"{a="\xZ0"}"#, .expected(.escape, column: 5, found: "\\")),
            (#"{a="\777"}"#, .expected(.escape, column: 5, found: "\\")),
            (#"{a="\uD800"}"#, .expected(.escape, column: 5, found: "\\")),
            (#"{a="\xff"}"#, .expected(.unicode, column: 4, found: "\"")),
        ]
    )
    func mistakes(pattern: String, failure: SelectorFailure) {
        #expect(throws: failure) { try Selector(pattern) }
    }

    @Test("a bad expression is named with the place of its text and the place within")
    func badExpression() {
        do throws(SelectorFailure) {
            _ = try Selector(#"{site="ota", asset=~"a(b"}"#)
            Issue.record("an open group must not pass")
        } catch {
            #expect(error.description == "column 21: character 2 of the expression: a ( without its )")
        }
    }

    @Test("what is longer than any person writes is refused")
    func limits() {
        let long = String(repeating: "x", count: Selector.bytesMax + 1)
        #expect(throws: SelectorFailure.tooLong(bytes: 4097)) { try Selector(long) }
        let many = "{" + String(repeating: #"a="",b="","#, count: 17) + "}"
        #expect(throws: SelectorFailure.tooManyMatchers(column: 162)) { try Selector(many) }
    }

    @Test("expressions answer alike with and without their short cuts")
    func shortCuts() throws {
        var machine = RegexMachine()
        let texts = ["", "a", "ab", "abc", "b", "p-1", "p-12", "p", "棚A", "棚AB"]
        let patterns = [
            "a", "a|b", "a|", "", "ab*", "ab+c?", "ab?c", "p-1{2}", "p-(1|12)", "(?:a|b)c*", "棚A.?",
        ]
        for pattern in patterns {
            let matcher = try LabelMatcher(.site, .matches, pattern)
            let regex = try Regex("(?:\(pattern))", isWhole: true)
            for text in texts {
                let isNamed = machine.search(regex, in: Array(text.utf8))
                #expect(matcher.names(text, with: &machine) == isNamed, "\(pattern) on \(text)")
            }
        }
    }

    @Test("no text brings the reader down, seed 41")
    func hostile() {
        var state: UInt64 = 41
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        let pieces: [[UInt8]] = [
            "{", "}", "=", "!=", "=~", "!~", "\"", "'", "`", ",", "site", "asset", "metric", "lot", "\\",
            "\\x4",
            "\\u00", "(", ")", "[", "]", "*", "?", "{2,3}", "|", ".", "+", "棚", " ", "\n", "/", "^", "$", "a",
            "\\d",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var bytes: [UInt8] = Array(random(2) == 0 ? "{site=~\"".utf8 : "".utf8)
            for _ in 0..<random(24) {
                bytes += random(9) == 0 ? [UInt8(random(256))] : pieces[random(pieces.count)]
            }
            if random(3) == 0 { bytes += Array("\"}".utf8) }
            exercise(selector: bytes)
        }
    }
}
