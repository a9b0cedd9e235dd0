import Intake
import Readings
import Testing

@Suite struct RuleCheckTests {
    private func failures(_ change: (inout RuleOptions) -> Void) -> [String] {
        Intake.check(oneRule { change(&$0) }).map(\.description)
    }

    @Test(
        "an impossible topic pattern is named with its place",
        arguments: [
            "", "a/#/b", "x+", "a/b#", "{a", "a}", "{}", "{a}{b}", "{a*}x", "{a}/{a}", "{key}", "a\u{1}b",
        ]
    )
    func topics(pattern: String) {
        let found = Intake.check(oneRule(pattern) { _ in })
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.place == [.key("rules"), .index(0), .key("topic")])
    }

    @Test("each failure stands where the configuration says it")
    func places() {
        let options = oneRule { rule in
            rule.each = ["$.list[*]", "^^.x"]
            rule.match = [MatchOptions(path: "@", regex: "(a")]
            rule.skip = ["*"]
            rule.common.asset = Expression("{nobody}")
            rule.common.offset = "x"
            rule.readings[0].unit = Expression("gal")
            rule.readings[0].scale = Expression("1/0")
            rule.names["n"] = ReadingOptions()
            rule.names["n"]?.to = "parsec"
            rule.when["@.x"] = .exists
            rule.readings[0].quality = Expression("$.q", scale: "opc")
            rule.readings[0].time = TimeOptions(paths: ["$.t"], format: "%Q", zone: "Mars/Olympus")
        }
        let places = Set(Intake.check(options).map { String("\($0)".prefix { $0 != ":" }) })
        #expect(
            places == [
                "rules[0].each[1]", "rules[0].match[0].regex", "rules[0].skip[0]", "rules[0].asset",
                "rules[0].offset", "rules[0].readings[0].unit", "rules[0].readings[0].scale",
                "rules[0].names.n.to",
                "rules[0].when.@.x", "rules[0].readings[0].quality.scale", "rules[0].readings[0].time.format",
                "rules[0].readings[0].time.zone",
            ]
        )
    }

    @Test(
        "an encoding of texts has no meaning for a format of bytes",
        arguments: [PayloadFormat.cbor, .senmlCbor]
    )
    func encodingOfBytes(format: PayloadFormat) {
        let found = failures {
            $0.format = format
            $0.options.encoding = .cp932
        }
        let why = "\(format.rawValue) says itself how its texts are written: leave encoding: out"
        #expect(found == ["rules[0].options.encoding: \(why)"])
    }

    @Test("what is missing is asked for")
    func missing() {
        #expect(
            failures { $0.readings = [] } == ["rules[0].readings: a rule needs readings, or ignore: true"]
        )
        #expect(failures { $0.readings[0].metric = nil }.count == 1)
        #expect(failures { $0.readings[0].value = nil }.count == 1)
        #expect(
            failures {
                $0.ignore = true
                $0.readings = []
            } == []
        )
    }

    @Test("references to items that there are not are refused")
    func items() {
        #expect(failures { $0.readings[0].metric = "{key}" }.count == 1)
        #expect(failures { $0.readings[0].metric = "{index}" }.count == 1)
        #expect(failures { $0.readings[0].value = Expression("^.v") }.count == 1)
        #expect(failures { $0.readings[0].value = Expression("$.*") }.count == 1)
        #expect(failures { $0.readings[0].metric = "{path}" }.count == 1)
        #expect(failures { $0.readings[0].value = Expression("$.a b") }.count == 1)
        #expect(failures { $0.readings[0].value = Expression("$.[\"a b\"].c") }.count == 1)
        #expect(failures { $0.readings[0].value = Expression("$[\"a b\"].c") } == [])
    }

    @Test("units and quality are checked against their tables")
    func tables() {
        #expect(
            failures { $0.readings[0].to = "kg" }.first?.hasPrefix(
                "rules[0].readings[0].to: to: needs a unit"
            ) == true
        )
        let wrong = failures {
            $0.readings[0].unit = Expression("m")
            $0.readings[0].to = "kg"
        }
        #expect(wrong == ["rules[0].readings[0].to: kg measures mass, m measures length"])
        #expect(failures { $0.readings[0].quality = Expression("fine") }.count == 1)
        #expect(failures { $0.readings[0].quality = Expression("$.q", map: ["1": "fine"]) }.count == 1)
        #expect(
            failures { $0.readings[0].quality = Expression("$.q", fallback: "true", map: ["1": "bad"]) } == []
        )
        #expect(
            failures {
                $0.common.kind = .delta
                $0.common.type = .text
            }.count == 1
        )
    }

    @Test("a rule that no message can reach is named")
    func unreachable() {
        func check(_ topics: [(String, Bool)]) -> [String] {
            var options = RuleSetOptions()
            for (number, (topic, hasWhen)) in topics.enumerated() {
                var rule = RuleOptions(name: "r\(number)", topic: topic)
                rule.ignore = true
                if hasWhen { rule.when["$.x"] = .exists }
                options.rules.append(rule)
            }
            return Intake.check(options).map { "\($0.place[1])" }
        }
        #expect(check([("a/+", false), ("a/b", false)]) == ["index(1)"])
        #expect(check([("a/+", true), ("a/b", false)]) == [])
        #expect(check([("a/b", false), ("a/+", false)]) == [])
        #expect(
            check([("a/#", false), ("a", false), ("a/{x*}", false), ("b/#", false)]) == [
                "index(1)", "index(2)",
            ]
        )
        #expect(check([("{x*}", false), ("a/{y}/c", false)]) == ["index(1)"])
        #expect(check([("{x}/b", false), ("+/b", false)]) == [])
        #expect(check([("s:{x}", false), ("s:1", false), ("t:1", false)]) == ["index(1)"])
        #expect(check([("+/+", false), ("$SYS/x", false)]) == ["index(1)"])
    }

    @Test("filters are few, cover the patterns, and let no topic through twice")
    func filters() throws {
        func filters(_ topics: [String]) throws -> [String] {
            var options = RuleSetOptions()
            for topic in topics {
                var rule = RuleOptions(name: topic, topic: topic)
                rule.readings = oneRule { _ in }.rules[0].readings
                options.rules.append(rule)
            }
            return try RuleTable(options).filters
        }
        #expect(try filters(["plant/{a}/{b}/x", "plant/{a}/b/{m}"]) == ["plant/+/+/+"])
        #expect(try filters(["a/{n}", "b/c", "b/{n*}"]) == ["a/+", "b/#"])
        #expect(try filters(["umh/v1/{s}/{a*}/_historian"]) == ["umh/v1/+/#"])
        #expect(try filters(["x/switch:{ch}", "y/1"]) == ["x/+", "y/1"])
        #expect(try filters(["$SYS/a", "{n}/a"]) == ["$SYS/a", "+/a"])
        var ignored = oneRule("a/b") { $0.ignore = true }
        ignored.rules += oneRule("c") { _ in }.rules
        #expect(try RuleTable(ignored).filters == ["c"])
    }
}
