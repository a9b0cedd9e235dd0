import Intake
import Readings
import Testing

/// What is read a thousand times a second must not ask for memory each time.
@Suite struct AllocationTests {
    @Test("the count sees an array")
    func sees() async {
        await #expect(processExitsWith: .success) {
            var array: [Int] = []
            let count = AllocationCount.during { array = [Int](repeating: Int.random(in: 0...9), count: 100) }
            #expect(count == 1 && array.count == 100)
        }
    }

    @Test("a message of a known topic allocates nothing", arguments: Message.all.map(\.format))
    func takes(format: PayloadFormat) async {
        await #expect(processExitsWith: .success) { [word = format.rawValue as String] in
            let message = try #require(Message.all.first { $0.format.rawValue == word })
            let bench = try Bench(message.rules)
            let topic = Array("t/a".utf8)
            func take() {
                bench.intake.take(
                    topic: topic.span,
                    payload: message.payload.span,
                    messageID: 0,
                    qos: 0,
                    retain: false
                )
            }
            for _ in 0..<20 { take() }
            let batch = bench.settle()
            #expect(batch.readings.count == 20 * message.readings && batch.deadLetters.isEmpty)
            take()
            #expect(AllocationCount.during { for _ in 0..<100 { take() } } == 0)
            #expect(bench.settle().readings.count == 101 * message.readings)
        }
    }
}

/// A message as machines send it, and what is read from it.
private struct Message: Sendable {
    let format: PayloadFormat
    let payload: [UInt8]
    let readings: Int
    /// Names by the paths of their values.
    let names: [String: String]
    var each: [String] = []
    var time: String?

    var rules: RuleSetOptions {
        oneRule(format: format) { rule in
            rule.each = each
            rule.common.time = time.map { TimeOptions(paths: [$0]) }
            rule.readings = names.sorted { $0.key < $1.key }.map { path, name in
                var reading = ReadingOptions()
                reading.metric = name
                reading.value = Expression(path)
                return reading
            }
        }
    }

    static let all = [
        Message(format: .value, payload: Array("21.5".utf8), readings: 1, names: ["$": "v"]),
        Message(
            format: .json,
            payload: Array(
                #"{"ts":1750122900123,"temp":23.51,"hum":41.25,"running":true,"unit":"press-3","note":"段取り\n"}"#
                    .utf8
            ),
            readings: 3,
            names: ["$.temp": "temp", "$.hum": "hum", "$.running": "running"],
            time: "$.ts"
        ),
        Message(
            format: .jsonl,
            payload: Array("{\"temp\":1}\n{\"temp\":2,\"x\":\"\\u6bb5\"}\n".utf8),
            readings: 2,
            names: ["@.temp": "temp"],
            each: ["$[*]"]
        ),
        Message(
            format: .influx,
            payload: Array("env,site=ota,asset=a\\ b temp=23.5,hum=41i,on=t 1750122900000000000\n".utf8),
            readings: 3,
            names: ["@": "{^.measurement}/{key}"],
            each: ["$[*]", "@.fields.*"],
            time: "^.time"
        ),
        Message(
            format: .senml,
            payload: Array(
                #"[{"bn":"a/","bt":1750122900,"bv":1,"n":"t","u":"Cel","v":2.5},{"n":"h","v":3}]"#.utf8
            ),
            readings: 2,
            names: ["@.v": "{@.n}"],
            each: ["$[*]"],
            time: "@.time_ms"
        ),
        Message(
            format: .cbor,
            // {"a": 23.5 as a double, "b": 0.24 as a decimal fraction}
            payload: [
                0xA2, 0x61, 0x61, 0xFB, 0x40, 0x37, 0x80, 0, 0, 0, 0, 0, 0x61, 0x62, 0xC4, 0x82, 0x21, 0x18,
                0x18,
            ],
            readings: 2,
            names: ["$.a": "a", "$.b": "b"]
        ),
    ]
}
