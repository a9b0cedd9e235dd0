import Intake
import Readings
import Testing

/// What a rule, or a reading of it, asks of a message before it reads.
@Suite struct ConditionTests {
    @Test("a rule asks for what is missing, and for what a text looks like")
    func rules() throws {
        var options = oneRule("t") { $0.when["$.old"] = .missing }
        options.rules +=
            oneRule("t") {
                $0.when["$.old"] = .like("^棚[A-C]$")
                $0.readings[0].metric = "old"
            }.rules
        options.rules +=
            oneRule("t", format: .value) {
                $0.when["$"] = .like("^[^{]")
                $0.readings[0].metric = "bare"
            }.rules
        let bench = try Bench(options)
        #expect(bench.lines("t", "{\"v\":1}") == ["m=1"])
        #expect(bench.lines("t", "{\"v\":2,\"old\":\"棚B\"}") == ["old=2"])
        #expect(
            bench.lines("t", "{\"v\":2,\"old\":\"棚D\"}") == ["!no_rule no rule takes this topic and payload"]
        )
        #expect(bench.batch("t", "{\"v\":2,\"old\":[1]}").deadLetters.count == 0, "told a moment ago")
        #expect(bench.lines("t", "RUN") == ["bare=\"RUN\""], "no JSON: both rules before it are passed over")
    }

    @Test("a reading asks its own item; others of the rule go on")
    func readings() throws {
        let options = oneRule {
            $0.each = ["$.list[*]"]
            $0.readings[0].value = Expression("@.v")
            $0.readings[0].when = ["@.v": .exists, "^.skip": .missing]
            var named = $0.readings[0]
            named.metric = "{@.name}"
            named.when = ["@.name": .like("^n")]
            $0.readings.append(named)
        }
        let bench = try Bench(options)
        #expect(
            bench.lines("t/a", "{\"list\":[{\"v\":1},{\"w\":2},{\"v\":3,\"name\":\"n3\"}]}") == [
                "m=1", "m=3", "n3=3",
            ]
        )
        #expect(bench.lines("t/a", "{\"skip\":1,\"list\":[{\"v\":4,\"name\":\"n3\"}]}") == ["n3=4"])
    }

    @Test("of several paths the first that is there counts, a null too")
    func firstOf() throws {
        let options = oneRule {
            $0.each = ["$.p.*"]
            $0.readings[0].metric = "{key}"
            $0.readings[0].value?.text = "@.Value.Body"
            $0.readings[0].value?.others = ["@.Value", "@"]
            $0.readings[0].unit = Expression("@.u", fallback: "")
            $0.readings[0].unit?.others = ["$.u"]
            $0.readings[0].quality = Expression("@.q", fallback: "0", scale: "opcua")
            $0.readings[0].quality?.others = ["$.q"]
        }
        let bench = try Bench(options)
        #expect(
            bench.lines(
                "t/a",
                "{\"p\":{\"a\":1,\"b\":{\"Value\":2,\"u\":\"㎏\"},\"c\":{\"Value\":{\"Body\":3},\"q\":1073741824}}}"
            )
                == ["a=1", "b=2 kg", "c=3 uncertain"]
        )
        #expect(bench.lines("t/b", "{\"u\":\"℃\",\"q\":0,\"p\":{\"d\":{\"Value\":null}}}") == ["d=null Cel"])
    }

    @Test("what cannot be asked is named with its place")
    func wrong() {
        let options = oneRule {
            $0.when = ["@.v": .missing, "$.*": .exists, "$.t": .like("(")]
            $0.readings[0].when = ["^.x": .exists, "x": .missing, "$.ok": .oneOf([])]
            $0.readings[0].value?.others = ["{asset}"]
        }
        let places = Intake.check(options).map { String("\($0)".prefix { $0 != ":" }) }.sorted()
        #expect(
            places == [
                "rules[0].readings[0].value", "rules[0].readings[0].when.$.ok",
                "rules[0].readings[0].when.^.x",
                "rules[0].readings[0].when.x", "rules[0].when.$.*", "rules[0].when.$.t", "rules[0].when.@.v",
            ]
        )
    }

    @Test("a trial tells which rule took a message, and remembers as the gateway does")
    func trial() throws {
        var options = oneRule("stock/{asset}") {
            $0.name = "棚"
            $0.readings[0].kind = .delta
            $0.readings[0].id = Expression("$.id")
        }
        options.rules +=
            oneRule("#") {
                $0.ignore = true; $0.name = "rest"
            }.rules
        let trial = try RuleTrial(options)
        #expect(trial.filters == ["stock/+"])
        let payload = Array("{\"v\":5,\"id\":\"a1\"}".utf8)
        let first = trial.take(topic: Array("stock/棚A".utf8), payload: payload, at: Bench.noon)
        #expect(first.rule == "棚" && !first.isIgnored)
        #expect(first.readings.map(\.series.key.asset) == ["棚A"])
        #expect(first.readings.map(\.reading.value) == [.number(5)])
        let again = trial.take(topic: Array("stock/棚A".utf8), payload: payload, at: Bench.noon)
        #expect(again.readings.isEmpty && again.deadLetters.map(\.reason) == [.duplicateDelta])
        let rest = trial.take(topic: Array("other".utf8), payload: payload, at: Bench.noon)
        #expect(rest.rule == "rest" && rest.isIgnored && rest.deadLetters.isEmpty)
        let empty = trial.take(topic: Array("stock/棚A".utf8), payload: [], at: Bench.noon)
        #expect(empty.rule == nil && empty.readings.isEmpty)
    }
}
