import Bus
import Testing

@Suite("topic filters")
struct TopicFilterTests {
    @Test(
        "a filter that MQTT does not allow says why",
        arguments: [
            ("", TopicFailure.empty),
            ("press+", .wildcardInsideLevel(level: 1)),
            ("a/#b", .wildcardInsideLevel(level: 2)),
            ("a/#/b", .hashNotLast(level: 2)),
            ("a\0b", .controlCharacter(code: 0)),
            ("a\nuser root", .controlCharacter(code: 10)),
            ("$share/g", .badShare),
            ("$share//a", .badShare),
            ("$share/g+/a", .badShare),
            (String(repeating: "a", count: 65_536), .tooLong(bytes: 65_536)),
            (String(repeating: "/", count: 200), .tooDeep(levels: 201)),
        ]
    )
    func invalid(text: String, failure: TopicFailure) {
        #expect(throws: failure) { try TopicFilter(text) }
        #expect(!failure.description.isEmpty)
    }

    @Test(
        "what MQTT allows is allowed",
        arguments: ["#", "+", "/", "a//b", "+/+", "a/+/#", "$SYS/#", "$share/g/a/+", "工場/温度"]
    )
    func valid(text: String) throws {
        #expect(try TopicFilter(text).description == text)
    }

    @Test("a topic to publish to has no wildcard", arguments: ["a/+", "#", "a#", ""])
    func badTopic(topic: String) {
        #expect(throws: TopicFailure.self) { try TopicFilter.check(topic: topic) }
    }

    @Test(
        "a filter selects what the standard says",
        arguments: [
            ("sport/#", "sport", true), ("sport/#", "sport/tennis/p1", true), ("sport/#", "sports", false),
            ("sport/+", "sport/", true), ("sport/+", "sport", false), ("sport/+", "sport/a/b", false),
            ("+", "/a", false), ("/+", "/a", true), ("+/+", "/a", true), ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false), ("$SYS/#", "$SYS/x", true), ("a/+/c", "a/b/c", true),
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false), ("a/b", "a", false), ("a", "a/b", false), ("a/", "a/", true),
            ("a/", "a", false),
            ("$share/g/a/+", "a/b", true), ("a/+/#", "a", false), ("a/+/#", "a/b", true), ("#", "a/b", true),
        ]
    )
    func matching(filter: String, topic: String, expected: Bool) throws {
        #expect(try TopicFilter(filter).matches(topic) == expected)
    }

    @Test(
        "a filter covers another one when it selects all of its topics",
        arguments: [
            ("#", "a/+", true), ("#", "$SYS/a", false), ("+/#", "#", true), ("a/#", "a", true),
            ("a/#", "a/+/#", true),
            ("a/+", "a/b", true), ("a/b", "a/+", false), ("a/+", "a/#", false), ("+/b", "a/+", false),
            ("+", "a/b", false), ("a/+/c", "a/+/c", true), ("#", "$share/g/a", false), ("+/a", "$x/a", false),
            ("$share/g/#", "$share/g/a", true), ("$share/g/#", "$share/h/a", false),
        ]
    )
    func covers(wide: String, narrow: String, expected: Bool) throws {
        #expect(try TopicFilter(wide).covers(TopicFilter(narrow)) == expected)
    }

    @Test(
        "filters overlap when some topic is in both",
        arguments: [
            ("a/+", "+/b", true), ("a/b", "a/c", false), ("#", "a", true), ("a/#", "a", true),
            ("a/#", "b/#", false),
            ("#", "$SYS/a", false), ("+/+", "a", false), ("a/+/c", "a/b/#", true),
        ]
    )
    func overlaps(left: String, right: String, expected: Bool) throws {
        #expect(try TopicFilter(left).overlaps(TopicFilter(right)) == expected)
        #expect(try TopicFilter(right).overlaps(TopicFilter(left)) == expected)
    }

    @Test("the fewest filters remain, in their order")
    func covering() throws {
        let texts = [
            "press/p1/temp", "stock/+", "press/+/temp", "stock/+", "press/#", "steel/a", "stock/a/b",
        ]
        let kept = TopicFilter.covering(try texts.map { try TopicFilter($0) })
        #expect(kept.map(\.description) == ["stock/+", "press/#", "steel/a", "stock/a/b"])
    }

    @Test("matching and covering agree on random filters and topics")
    func agree() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<5000 {
            let wide = try TopicFilter(
                (0...next(3)).map { _ in ["a", "b", "+"][next(3)] }.joined(separator: "/")
                    + ["", "/#"][next(2)]
            )
            let narrow = try TopicFilter(
                (0...next(3)).map { _ in ["a", "b", "+"][next(3)] }.joined(separator: "/")
                    + ["", "/#"][next(2)]
            )
            let topic = (0...next(4)).map { _ in ["a", "b", ""][next(3)] }.joined(separator: "/")
            guard !topic.isEmpty else { continue }
            if wide.covers(narrow) && narrow.matches(topic) {
                #expect(wide.matches(topic), "seed \(seed): \(wide) covers \(narrow) but not \(topic)")
            }
            if wide.matches(topic) && narrow.matches(topic) {
                #expect(wide.overlaps(narrow), "seed \(seed): \(wide), \(narrow), \(topic)")
            }
        }
    }
}
