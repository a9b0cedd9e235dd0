import Readings
import Testing

@testable import Intake

/// The specification's assertions about host applications that are not told by the suites about order and life.
@Suite struct SparkplugAssertionTests {
    // MARK: Who is who

    @Test(
        """
        a topic has four levels for a node, five for a device, three for a host \
        (tck-id-topic-structure, tck-id-topic-structure-namespace-a, \
        tck-id-topic-structure-namespace-device-id-associated-message-types, \
        tck-id-topic-structure-namespace-device-id-non-associated-message-types)
        """,
        arguments: [
            ("spBv1.0/g/NDATA/n", true), ("spBv1.0/g/DDATA/n/d", true), ("spBv1.0/STATE/h", true),
            ("$sparkplug/certificates/spBv1.0/g/NBIRTH/n", true), ("spBv1.0/g/NDATA/n/d", false),
            ("spBv1.0/g/DDATA/n", false), ("spBv1.0/g/DDATA/n/d/x", false), ("spBv1.0/g/DDATA/n/", false),
            ("spBv1.0/g/NDATA/", false), ("spBv1.0//NDATA/n", false), ("spBv1.0/STATE/", false),
            ("spBv1.0/STATE/h/x", false), ("STATE/h", false), ("spbv1.0/g/NDATA/n", false),
            ("spBv1.0/g/ndata/n", false), ("spAv1.0/g/NDATA/n", false), ("spBv1.0/g/NOTE/n", false),
            ("", false),
            ("spBv1.0", false),
        ]
    )
    func topics(topic: String, isOne: Bool) {
        let bytes = Array(topic.utf8)
        #expect((SparkplugTopic(bytes.span) != nil) == isOne)
    }

    @Test(
        """
        ids may hold anything but + / and # \
        (tck-id-topic-structure-namespace-valid-group-id, tck-id-topic-structure-namespace-valid-edge-node-id, \
        tck-id-topic-structure-namespace-valid-device-id)
        """
    )
    func ids() throws {
        let bytes = Array("spBv1.0/諏訪 工場/DDATA/edge.1 a/プレス-3".utf8)
        let found = SparkplugTopic(bytes.span)
        let topic = try #require(found)
        #expect(bytes.text(topic.group) == "諏訪 工場")
        #expect(bytes.text(topic.node) == "edge.1 a")
        #expect(bytes.text(topic.device) == "プレス-3")
    }

    @Test(
        """
        a node is told by group and id, a device by its node too; the same names elsewhere are others \
        (tck-id-topic-structure-namespace-unique-edge-node-descriptor, \
        tck-id-topic-structure-namespace-unique-device-id, \
        tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node)
        """
    )
    func keys() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", "e1", plant.nodeBirth())
        plant.take("NBIRTH", "e2", plant.nodeBirth())
        plant.take(topic: "spBv1.0/ota/NBIRTH/e1", plant.nodeBirth())
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth(alias: 2))
        plant.take("DBIRTH", "e2/d1", plant.deviceBirth(alias: 3))
        #expect(plant.take("DDATA", "e1/d1", plant.temp(1, seq: 2, alias: 2)) == ["e1/d1 temp=1 Cel"])
        #expect(plant.take("DDATA", "e2/d1", plant.temp(2, seq: 2, alias: 3)) == ["e2/d1 temp=2 Cel"])
        #expect(plant.take(topic: "spBv1.0/ota/NDATA/e1", plant.speed(5, seq: 1)) == ["e1 speed=5"])
        #expect(plant.status.nodes == 3 && plant.status.devices == 2)
    }

    @Test(
        """
        names that differ in case alone are others, and for ids we are told \
        (tck-id-case-sensitivity-sparkplug-ids, tck-id-case-sensitivity-metric-names)
        """
    )
    func cases() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", "e1", plant.nodeBirth())
        let birth = payload {
            $0.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            $0.metric("Speed", type: .int32) { $0.number(10, 1) }
            $0.metric("speed", type: .int32) { $0.number(10, 2) }
            $0.number(3, 0)
        }
        #expect(plant.take("NBIRTH", "E1", birth) == ["E1 Speed=1", "E1 speed=2"])
        #expect(plant.status.complaints == [.caseOnly: 1])
    }

    // MARK: What a payload must be

    @Test(
        """
        an alias stands for one metric of a node and all its devices, or the birth is of no use and another is \
        asked for, once (tck-id-payloads-alias-uniqueness, tck-id-payloads-alias-birth-requirement)
        """
    )
    func aliases() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("DBIRTH", "e1/d1", plant.deviceBirth(alias: 1)) == ["!spb_unknown_alias"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        plant.bench.now = plant.bench.now.advanced(byMs: 60_000)
        plant.take("NBIRTH", plant.nodeBirth())
        plant.take("DBIRTH", "e1/d1", plant.deviceBirth(alias: 1))
        #expect(plant.outgoing() == [])
        #expect(plant.status.complaints[.aliasRepeated] == 2)
        let nameless = payload {
            $0.metric(alias: 4, type: .int32) { $0.number(10, 1) }
            $0.number(3, 2)
        }
        #expect(plant.take("DBIRTH", "e1/d2", nameless) == ["!spb_unknown_alias"])
        #expect(plant.status.complaints[.nameless] == 1)
    }

    @Test("data may say alias and name both, or the alias alone (tck-id-payloads-alias-data-cmd-requirement)")
    func both() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        let both = payload {
            $0.metric("speed", alias: 1, at: plant.stamp) { $0.number(10, 3) }
            $0.metric("speed", at: plant.stamp + 1) { $0.number(10, 4) }
            $0.number(3, 1)
        }
        #expect(plant.take("NDATA", both) == ["e1 speed=3", "e1 speed=4"])
    }

    @Test(
        "the control that asks for a birth has no alias (tck-id-operational-behavior-data-commands-rebirth-name-aliases)"
    )
    func control() throws {
        let plant = try SparkplugPlant()
        let birth = payload {
            $0.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            $0.metric("Node Control/Rebirth", alias: 3, type: .boolean) { $0.flag(14, false) }
            $0.number(3, 0)
        }
        plant.take("NBIRTH", birth)
        #expect(plant.status.complaints == [.rebirthAliased: 1])
    }

    @Test("a metric has a name or an alias (tck-id-payloads-name-requirement)")
    func nameless() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        let data = payload {
            $0.metric(at: plant.stamp) { $0.number(10, 3) }
            $0.metric(alias: 1, at: plant.stamp) { $0.number(10, 4) }
            $0.number(3, 1)
        }
        #expect(plant.take("NDATA", data) == ["e1 speed=4", "!spb_unknown_alias"])
    }

    @Test(
        """
        the birth's datatype says what bits mean; one that differs or is none is reported \
        (tck-id-payloads-metric-datatype-req, tck-id-payloads-metric-datatype-not-req, \
        tck-id-payloads-metric-datatype-value)
        """
    )
    func datatypes() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        #expect(plant.take("NDATA", plant.speed(4_294_967_293, seq: 1)) == ["e1 speed=-3"])
        let other = payload {
            $0.metric(alias: 1, at: plant.stamp, type: .uint32) { $0.number(10, 4_294_967_293) }
            $0.number(3, 2)
        }
        #expect(plant.take("NDATA", other) == ["e1 speed=4294967293"])
        #expect(plant.status.complaints == [.datatypeChanged: 1])
        let odd = payload {
            $0.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            $0.metric("a") {
                $0.number(4, 77)
                $0.number(10, 1)
            }
            $0.metric("b", type: .int32) { $0.number(10, 2) }
            $0.number(3, 0)
        }
        #expect(plant.take("NBIRTH", "e2", odd) == ["e2 a=1", "e2 b=2"])
        #expect(plant.status.complaints[.datatypeUnknown] == 1)
    }

    @Test(
        """
        a metric holds at its own stamp, else at its payload's, else on arrival; stamps are milliseconds in UTC \
        (tck-id-payloads-name-birth-data-requirement, tck-id-payloads-timestamp-in-UTC, \
        tck-id-payloads-metric-timestamp-in-UTC)
        """
    )
    func stamps() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        func instant(metric: UInt64?, payload stamp: UInt64?, seq: UInt64) -> (Int64, TimeSource) {
            let data = payload {
                if let stamp { $0.number(1, stamp) }
                $0.metric(alias: 1, at: metric) { $0.number(10, seq) }
                $0.number(3, seq)
            }
            plant.bench.take("spBv1.0/suwa/NDATA/e1", data)
            let reading = plant.bench.settle().readings[0]
            return (reading.instant.milliseconds, reading.timeSource)
        }
        let now = plant.stamp
        #expect(instant(metric: now - 5, payload: now - 3, seq: 1) == (Int64(now - 5), .source))
        #expect(instant(metric: nil, payload: now - 3, seq: 2) == (Int64(now - 3), .source))
        #expect(instant(metric: nil, payload: nil, seq: 3) == (Int64(now), .arrival))
    }

    @Test(
        """
        a null is a null and never 0, in births too \
        (tck-id-operational-behavior-data-publish-nbirth-values, \
        tck-id-operational-behavior-data-publish-dbirth-values)
        """
    )
    func nulls() throws {
        let plant = try SparkplugPlant()
        let birth = payload {
            $0.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            $0.metric("n", type: .int32) {
                $0.flag(7, true)
                $0.number(10, 0)
            }
            $0.number(3, 0)
        }
        #expect(plant.take("NBIRTH", birth) == ["e1 n=null"])
        let device = payload {
            $0.metric("n", type: .double) { $0.flag(7, true) }
            $0.number(3, 1)
        }
        #expect(plant.take("DBIRTH", "e1/d1", device) == ["e1/d1 n=null"])
    }

    @Test("historical values are history alone (tck-id-operational-behavior-data-publish-nbirth-order)")
    func order() throws {
        let plant = try SparkplugPlant()
        plant.take("NBIRTH", plant.nodeBirth())
        let data = payload {
            $0.metric(alias: 1, at: plant.stamp + 900) {
                $0.flag(5, true)
                $0.number(10, 3)
            }
            $0.number(3, 1)
        }
        plant.bench.take("spBv1.0/suwa/NDATA/e1", data)
        #expect(plant.bench.settle().readings.map(\.historyOnly) == [true])
        #expect(plant.take("NDEATH", plant.nodeDeath(bdSeq: 0)) == ["e1 speed=10 stale"])
    }

    @Test(
        """
        properties: as many keys as values, a quality of type Int32 that is 0, 192 or 500, good when there is none \
        (tck-id-payloads-propertyset-keys-array-size, tck-id-payloads-propertyset-quality-value-type, \
        tck-id-payloads-propertyset-quality-value-value)
        """,
        arguments: [(0, "bad"), (192, "good"), (500, "stale"), (nil, "good")] as [(UInt64?, String)]
    )
    func quality(code: UInt64?, word: String) throws {
        let plant = try SparkplugPlant()
        let birth = payload {
            $0.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            $0.metric("m", type: .int32) {
                if let code { $0.properties(quality: code) }
                $0.number(10, 1)
            }
            $0.metric("uneven", type: .int32) {
                $0.message(9) { $0.text(1, "engUnit") }
                $0.number(10, 1)
            }
            $0.metric("long", type: .int32) { metric in
                metric.message(9) { set in
                    set.text(1, "Quality")
                    set.message(2) {
                        $0.number(1, 4)
                        $0.number(4, 192)
                    }
                }
                metric.number(10, 1)
            }
            $0.number(3, 0)
        }
        plant.bench.take("spBv1.0/suwa/NBIRTH/e1", birth)
        #expect(plant.bench.settle().readings.map(\.quality.word) == [word, "good", "good"])
        #expect(plant.status.complaints == [.propertiesUneven: 1, .qualityType: 1])
    }

    @Test(
        "a table's columns, types and rows agree (tck-id-payloads-dataset-column-size, tck-id-payloads-dataset-types-num)",
        arguments: [(2, 2, 2, true), (3, 2, 2, false), (2, 1, 2, false), (2, 2, 1, false)]
    )
    func tables(columns: Int, types: Int, cells: Int, isGood: Bool) throws {
        let plant = try SparkplugPlant()
        let birth = payload { payload in
            payload.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            payload.metric("t", type: .dataSet) { metric in
                metric.message(17) { set in
                    set.number(1, UInt64(columns))
                    for name in ["a", "b"] { set.text(2, name) }
                    for _ in 0..<types { set.number(3, 3) }
                    set.message(4) { row in
                        for cell in 0..<cells { row.message(1) { $0.number(1, UInt64(cell)) } }
                    }
                }
            }
            payload.number(3, 0)
        }
        #expect(plant.take("NBIRTH", birth) == (isGood ? ["e1 t/0/a=0", "e1 t/0/b=1"] : ["!decode"]))
    }

    @Test(
        """
        a template is defined in the node's birth and nowhere else, its instances name it, and data may bring some \
        members alone (tck-id-payloads-template-definition-nbirth-only, tck-id-payloads-template-instance-ref, \
        tck-id-payloads-template-instance-members-data, tck-id-topics-nbirth-templates)
        """
    )
    func templates() throws {
        let plant = try SparkplugPlant()
        func instance(_ writer: inout WireWriter, of reference: String?, _ members: [(String, UInt64)]) {
            writer.metric("m1", type: .template) { metric in
                metric.message(18) { template in
                    if let reference { template.text(4, reference) } else { template.flag(5, true) }
                    for (name, value) in members {
                        template.metric(name, type: .int32) { $0.number(10, value) }
                    }
                }
            }
        }
        let birth = payload { birth in
            birth.metric("bdSeq", type: .int64) { $0.number(11, 0) }
            birth.metric("Motor", type: .template) { metric in
                metric.message(18) { definition in
                    definition.flag(5, true)
                    definition.metric("a", type: .int32) { $0.number(10, 0) }
                }
            }
            instance(&birth, of: "Motor", [("a", 1), ("b", 2)])
            birth.number(3, 0)
        }
        #expect(plant.take("NBIRTH", birth) == ["e1 m1/a=1", "e1 m1/b=2"])
        let data = payload { data in
            instance(&data, of: "Motor", [("b", 3)])
            data.number(3, 1)
        }
        #expect(plant.take("NDATA", data) == ["e1 m1/b=3"])
        #expect(plant.status.complaints == [:] && plant.outgoing() == [])
        let device = payload { birth in
            instance(&birth, of: "Pump", [("a", 1)])
            birth.number(3, 2)
        }
        #expect(plant.take("DBIRTH", "e1/d1", device) == ["e1/d1 m1/a=1"])
        #expect(plant.outgoing() == ["spBv1.0/suwa/NCMD/e1"])
        let misplaced = payload { birth in
            instance(&birth, of: nil, [("a", 1)])
            birth.number(3, 3)
        }
        #expect(plant.take("DBIRTH", "e1/d2", misplaced) == [])
        #expect(plant.status.complaints == [.templateUnknown: 1, .definitionMisplaced: 1])
    }
}
