import Readings
import Testing

@testable import Intake

/// Metrics as documents that rules read.
@Suite struct SparkplugFormatTests {
    /// A birth of node `e1` with these metrics, and what it comes to.
    private func born(_ plant: SparkplugPlant, _ build: (inout WireWriter) -> Void) -> [String] {
        plant.take(
            "NBIRTH",
            payload { payload in
                payload.number(1, plant.stamp)
                payload.metric("bdSeq", type: .int64) { $0.number(11, 0) }
                build(&payload)
                payload.number(3, 0)
            }
        )
    }

    @Test(
        "a rule names metrics, sites and assets as for any format, with group, type, node and device at hand"
    )
    func names() throws {
        let plant = try SparkplugPlant {
            $0.rules[0].topic = "spBv1.0/#"
            $0.rules[0].common.site = Expression("{group}-works")
            $0.rules[0].common.asset = Expression("{node}/{device}")
            $0.rules[0].common.tags = ["said": "{type}"]
            var speed = ReadingOptions()
            speed.metric = "line_speed"
            speed.unit = Expression("m/min")
            speed.scale = Expression("1/10")
            $0.rules[0].names["speed"] = speed
        }
        plant.bench.take("spBv1.0/suwa/NBIRTH/e1", plant.nodeBirth(speed: 125))
        plant.bench.take("spBv1.0/suwa/DBIRTH/e1/d1", plant.deviceBirth())
        let batch = plant.bench.settle()
        #expect(batch.readings.map(plant.line) == ["e1 line_speed=12.5 m/min", "e1/d1 temp=20 Cel"])
        let keys = batch.readings.map { plant.bench.catalogue.series($0.series).key }
        #expect(keys.map(\.site) == ["suwa-works", "suwa-works"])
        #expect(keys.map { $0.tags[0].value } == ["NBIRTH", "DBIRTH"])
    }

    @Test("ids hold spaces, dots and Japanese")
    func ids() throws {
        let plant = try SparkplugPlant()
        #expect(plant.take("NBIRTH", "プレス 1.a", plant.nodeBirth()) == ["プレス 1.a speed=10"])
        #expect(plant.take("DBIRTH", "プレス 1.a/三号機", plant.deviceBirth()) == ["プレス 1.a/三号機 temp=20 Cel"])
    }

    @Test("a float is stored as the decimal that it shows")
    func float() throws {
        let plant = try SparkplugPlant()
        let lines = born(plant) { $0.metric("p", type: .float) { $0.float(12, 0.1) } }
        #expect(lines == ["e1 p=0.1"])
    }

    @Test(
        "properties of a birth hold on, and those of a message come before them; a quality is the message's own"
    )
    func properties() throws {
        let plant = try SparkplugPlant {
            $0.rules[0].common.tags = ["made": "{@.properties.maker}"]
            $0.rules[0].common.optional = false
        }
        let lines = born(plant) {
            $0.metric("m", alias: 5, type: .int32) {
                $0.properties([("engUnit", "kg"), ("maker", "OKUMA")], quality: 500)
                $0.number(10, 1)
            }
        }
        #expect(lines == ["e1 m=1 kg stale"])
        func data(_ seq: UInt64, _ build: (inout WireWriter) -> Void) -> [String] {
            plant.take(
                "NDATA",
                payload {
                    $0.metric(alias: 5, at: plant.stamp, build)
                    $0.number(3, seq)
                }
            )
        }
        #expect(data(1) { $0.number(10, 2) } == ["e1 m=2 kg"])
        #expect(
            data(2) {
                $0.properties(quality: 0)
                $0.number(10, 3)
            } == ["e1 m=3 kg bad"]
        )
        #expect(
            data(3) {
                $0.properties([("engUnit", "g")])
                $0.number(10, 4000)
            } == ["e1 m=4 kg"]
        )
        #expect(
            plant.bench.catalogue.series(SeriesID(index: 0)).key.tags == [Tag(name: "made", value: "OKUMA")]
        )
    }

    @Test("templates, tables and arrays become names with slashes")
    func flattened() throws {
        let plant = try SparkplugPlant()
        let lines = born(plant) { birth in
            birth.metric("Motor", type: .template) { metric in
                metric.message(18) {
                    $0.flag(5, true)
                    $0.metric("speed", type: .int32)
                }
            }
            birth.metric("m1", type: .template) { metric in
                metric.message(18) { motor in
                    motor.text(4, "Motor")
                    motor.metric("speed", alias: 8, type: .int32) { $0.number(10, 1500) }
                    motor.metric("axis", type: .template) { axis in
                        axis.message(18) { inner in
                            inner.text(4, "Motor")
                            inner.metric("x", type: .boolean) { $0.flag(14, true) }
                        }
                    }
                }
            }
            birth.metric("lots", type: .dataSet) { metric in
                metric.message(17) { set in
                    set.number(1, 2)
                    for (name, type) in [("id", 12), ("n", 3)] as [(String, UInt64)] {
                        set.text(2, name)
                        set.number(3, type)
                    }
                    for row in 0..<2 as Range<UInt64> {
                        set.message(4) { line in
                            line.message(1) { $0.text(6, "L\(row)") }
                            line.message(1) { $0.number(1, row) }
                        }
                    }
                }
            }
            birth.metric("wave", type: .int16Array) { $0.run(16, hex("d08a3075")) }
            birth.metric("bits", type: .booleanArray) { $0.run(16, hex("0200000040")) }
        }
        #expect(
            lines == [
                "e1 m1/speed=1500", "e1 m1/axis/x=true", "e1 lots/0/id=\"L0\"", "e1 lots/0/n=0",
                "e1 lots/1/id=\"L1\"",
                "e1 lots/1/n=1", "e1 wave/0=-30000", "e1 wave/1=30000", "e1 bits/0=false", "e1 bits/1=true",
            ]
        )
        #expect(plant.status.complaints == [:])
        let part = payload { data in
            data.number(1, plant.stamp)
            data.metric("m1") { metric in
                metric.message(18) { motor in
                    motor.text(4, "Motor")
                    motor.metric(alias: 8) { $0.number(10, 4_294_967_295) }
                }
            }
            data.number(3, 1)
        }
        #expect(plant.take("NDATA", part) == ["e1 m1/speed=-1"])
    }

    @Test("what cannot be read is a dead letter of its own, and its neighbours are read")
    func broken() throws {
        let plant = try SparkplugPlant()
        let lines = born(plant) { birth in
            birth.metric("text", type: .string) { $0.run(15, [0xFF]) }
            birth.metric("array", type: .int32Array) { $0.run(16, [1, 2, 3]) }
            birth.metric("nan", type: .double) { $0.double(13, .nan) }
            birth.metric("field", type: .double) { $0.number(10, 1) }
            birth.metric("good", type: .int32) { $0.number(10, 1) }
        }
        // Letters of one kind are told once a minute.
        #expect(lines == ["e1 good=1", "!decode", "!type"])
        #expect(plant.bench.intake.status.deadByReason == [.decode: 3, .type: 1])
    }

    @Test("a null has the type of its metric, so that the value after it fits")
    func nulls() throws {
        let plant = try SparkplugPlant()
        let lines = born(plant) { birth in
            birth.metric("door", alias: 1, type: .boolean) { $0.flag(7, true) }
            birth.metric("mode", alias: 2, type: .string) { $0.flag(7, true) }
            birth.metric("speed", alias: 3, type: .double) { $0.flag(7, true) }
        }
        #expect(lines == ["e1 door=null", "e1 mode=null", "e1 speed=null"])
        let data = payload {
            $0.metric(alias: 1) { $0.flag(14, false) }
            $0.metric(alias: 2) { $0.text(15, "auto") }
            $0.metric(alias: 3) { $0.double(13, 2.5) }
            $0.number(3, 1)
        }
        #expect(plant.take("NDATA", data) == ["e1 door=false", "e1 mode=\"auto\"", "e1 speed=2.5"])
    }

    @Test(
        "a historical value is no current one, and is not said again at the death; a transient one is no history"
    )
    func historical() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        plant.bench.now = plant.bench.now.advanced(byMs: 9000)
        let old = payload {
            $0.metric(alias: 1, at: plant.stamp - 3000) {
                $0.flag(5, true)
                $0.number(10, 77)
            }
            $0.metric(alias: 1, at: plant.stamp) {
                $0.flag(6, true)
                $0.number(10, 12)
            }
            $0.number(3, 1)
        }
        plant.bench.take("spBv1.0/suwa/NDATA/e1", old)
        let readings = plant.bench.settle().readings
        #expect(readings.map(plant.line) == ["e1 speed=77", "e1 speed=12 current only"])
        #expect(readings.map(\.historyOnly) == [true, false])
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 0)) == ["e1 speed=12 stale"])
    }

    @Test("controls, session numbers and static facts are no readings")
    func silent() throws {
        let plant = try SparkplugPlant()
        let lines = born(plant) { birth in
            birth.metric("Node Control/Reboot", type: .boolean) { $0.flag(14, false) }
            birth.metric("Properties/Hardware Make", type: .string) { $0.text(15, "ACME") }
            birth.metric("Node Controls", type: .int32) { $0.number(10, 1) }
        }
        #expect(lines == ["e1 Node Controls=1"])
    }

    @Test("the broker's copy of a birth teaches aliases, and any number may follow")
    func certificate() throws {
        let plant = try SparkplugPlant {
            $0.rules[0].topic = "spBv1.0/#"
            var copies = $0.rules[0]
            copies.name = "copies"
            copies.topic = "$sparkplug/certificates/spBv1.0/#"
            $0.rules.append(copies)
        }
        let topic = "$sparkplug/certificates/spBv1.0/suwa/NBIRTH/e1"
        #expect(plant.take(topic: topic, plant.nodeBirth(), retain: true) == ["e1 speed=10"])
        #expect(plant.take("NDATA", plant.speed(11, seq: 200)) == ["e1 speed=11"])
    }

    @Test("a rule that reads Sparkplug from other topics refuses them")
    func otherTopics() throws {
        let plant = try SparkplugPlant { $0.rules[0].topic = "factory/#" }
        #expect(plant.take(topic: "factory/line", plant.nodeBirth()) == ["!spb_topic"])
    }
}
