import Intake
import Readings
import Testing

/// What is read a thousand times a second must not ask for memory each time.
@MainActor @Suite struct AllocationTests {
    @Test("the count sees an array")
    func sees() {
        var array: [Int] = []
        let count = AllocationCount.during { array = [Int](repeating: Int.random(in: 0...9), count: 100) }
        #expect(count == 1 && array.count == 100)
    }

    @Test(
        "a message of a known topic allocates nothing: a value, three of JSON, a line, a pack",
        arguments: [
            (PayloadFormat.value, Array("21.5".utf8), 1),
            (
                .json,
                Array(
                    #"{"ts":1750122900123,"temp":23.51,"hum":41.25,"running":true,"unit":"press-3","note":"段取り\n"}"#
                        .utf8
                ), 3
            ),
            (.jsonl, Array("{\"temp\":1}\n{\"temp\":2,\"x\":\"\\u6bb5\"}\n".utf8), 2),
            (.influx, Array("env,site=ota,asset=a\\ b temp=23.5,hum=41i,on=t 1750122900000000000\n".utf8), 3),
            (
                .senml,
                Array(
                    #"[{"bn":"a/","bt":1750122900,"bv":1,"n":"t","u":"Cel","v":2.5},{"n":"h","v":3}]"#.utf8
                ), 2
            ),
            (
                .cbor,
                [
                    0xA2, 0x61, 0x61, 0xFB, 0x40, 0x37, 0x80, 0, 0, 0, 0, 0, 0x61, 0x62, 0xC4, 0x82, 0x21,
                    0x18, 0xFF,
                ], 2
            ),
        ]
    )
    func takes(format: PayloadFormat, payload: [UInt8], readings: Int) throws {
        let options = oneRule(format: format) { rule in
            var names = ["@": "{index}"]
            switch format {
            case .json:
                names = ["$.temp": "temp", "$.hum": "hum", "$.running": "running"]
                rule.common.time = TimeOptions(paths: ["$.ts"])
            case .jsonl:
                rule.each = ["$[*]"]
                names = ["@.temp": "temp"]
            case .influx:
                rule.each = ["$[*]", "@.fields.*"]
                rule.common.time = TimeOptions(paths: ["^.time"])
                names = ["@": "{^.measurement}/{key}"]
            case .senml:
                rule.each = ["$[*]"]
                rule.common.time = TimeOptions(paths: ["@.time_ms"])
                names = ["@.v": "{@.n}"]
            case .cbor: names = ["$.a": "a", "$.b": "b"]
            default: names = ["$": "v"]
            }
            rule.readings = names.sorted { $0.key < $1.key }.map { path, name in
                var reading = ReadingOptions()
                reading.metric = name
                reading.value = Expression(path)
                return reading
            }
        }
        let bench = try Bench(options)
        let topic = Array("t/a".utf8)
        func take() {
            bench.intake.take(topic: topic.span, payload: payload.span, messageID: 0, qos: 0, retain: false)
        }
        for _ in 0..<20 { take() }
        let batch = bench.settle()
        #expect(batch.readings.count == 20 * readings && batch.deadLetters.isEmpty)
        take()
        #expect(AllocationCount.during { for _ in 0..<100 { take() } } == 0)
        #expect(bench.settle().readings.count == 101 * readings)
    }
}
