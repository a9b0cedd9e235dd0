import Readings
import Testing

@testable import Intake

/// What the host says: STATE and commands.
@Suite struct SparkplugVoiceTests {
    private let connect = Instant(milliseconds: 1_750_122_900_123)

    @Test(
        """
        the will of a connection says offline with the stamp of its CONNECT, retained, QoS 1 \
        (tck-id-operational-behavior-host-application-connect-will, tck-id-host-topic-phid-death-required, \
        tck-id-payloads-state-will-message, tck-id-operational-behavior-host-application-connect-will-topic, \
        tck-id-host-topic-phid-death-topic, tck-id-operational-behavior-host-application-connect-will-payload, \
        tck-id-host-topic-phid-death-payload, tck-id-payloads-state-will-message-payload, \
        tck-id-host-topic-phid-death-payload-timestamp-connect, \
        tck-id-operational-behavior-host-application-connect-will-qos, tck-id-host-topic-phid-death-qos, \
        tck-id-payloads-state-will-message-qos, \
        tck-id-operational-behavior-host-application-connect-will-retained, tck-id-host-topic-phid-death-retain, \
        tck-id-payloads-state-will-message-retain)
        """
    )
    func will() {
        let will = SparkplugState.greeting(host: "TSUNAGI", connect: connect).will
        #expect(will.topic == "spBv1.0/STATE/TSUNAGI")
        #expect(will.payload == Array("{\"online\":false,\"timestamp\":1750122900123}".utf8))
        #expect(will.qos == 1 && will.retain)
    }

    @Test(
        """
        the birth of a connection says online with the same stamp, retained, QoS 1 \
        (tck-id-payloads-state-birth, tck-id-host-topic-phid-birth-topic, \
        tck-id-operational-behavior-host-application-connect-birth-topic, tck-id-host-topic-phid-birth-qos, \
        tck-id-operational-behavior-host-application-connect-birth-qos, tck-id-host-topic-phid-birth-retain, \
        tck-id-operational-behavior-host-application-connect-birth-retained, \
        tck-id-host-topic-phid-birth-payload, tck-id-host-topic-phid-birth-payload-timestamp, \
        tck-id-payloads-state-birth-payload, tck-id-message-flow-phid-sparkplug-state-publish-payload, \
        tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp, \
        tck-id-operational-behavior-host-application-connect-birth-payload, \
        tck-id-intro-sparkplug-host-state, tck-id-components-ph-state)
        """
    )
    func birth() {
        let birth = SparkplugState.greeting(host: "諏訪 1", connect: connect).birth
        #expect(birth.topic == "spBv1.0/STATE/諏訪 1")
        #expect(birth.payload == Array("{\"online\":true,\"timestamp\":1750122900123}".utf8))
        #expect(birth.qos == 1 && birth.retain)
    }

    @Test(
        """
        before an orderly end the host says offline with the present stamp, retained, QoS 1 \
        (tck-id-operational-behavior-host-application-termination, \
        tck-id-operational-behavior-host-application-death-topic, \
        tck-id-operational-behavior-host-application-death-payload, \
        tck-id-operational-behavior-host-application-death-qos, \
        tck-id-operational-behavior-host-application-death-retained, \
        tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean)
        """
    )
    func farewell() {
        let now = connect.advanced(byMs: 5000)
        let death = SparkplugState.message(host: "TSUNAGI", online: false, stamp: now)
        #expect(death.topic == "spBv1.0/STATE/TSUNAGI")
        #expect(death.payload == Array("{\"online\":false,\"timestamp\":1750122905123}".utf8))
        #expect(death.qos == 1 && death.retain)
    }

    @Test(
        """
        when somebody says that we are offline, we say again that we are not \
        (tck-id-message-flow-hid-sparkplug-state-message-delivered)
        """
    )
    func denied() throws {
        let plant = try SparkplugPlant(role: .primary)
        let own = "spBv1.0/STATE/TSUNAGI"
        #expect(plant.take(topic: own, Array("{\"online\":true,\"timestamp\":1}".utf8), retain: true) == [])
        #expect(plant.take(topic: "spBv1.0/STATE/OTHER", Array("{\"online\":false}".utf8)) == [])
        #expect(plant.outgoing() == [])
        #expect(plant.take(topic: own, Array("{\"online\":false,\"timestamp\":1}".utf8)) == [])
        #expect(plant.take(topic: own, Array("OFFLINE".utf8)) == [])
        #expect(plant.outgoing() == ["state"])
    }

    @Test(
        """
        a host that speaks listens to its own STATE topic beside its rules \
        (tck-id-payloads-state-subscribe, tck-id-host-topic-phid-birth-sub-required)
        """
    )
    func filters() throws {
        var rule = RuleOptions(name: "spb", topic: "spBv1.0/{group}/{type}/{node}/#")
        rule.format = .sparkplug
        var options = RuleSetOptions()
        options.rules = [rule]
        #expect(try RuleTable(options).filters == ["spBv1.0/+/+/+/#"])
        options.sparkplug.role = .active
        #expect(try RuleTable(options).filters.sorted() == ["spBv1.0/+/+/+/#", "spBv1.0/STATE/TSUNAGI"])
        options.rules[0].topic = "spBv1.0/#"
        #expect(try RuleTable(options).filters == ["spBv1.0/#"])
    }

    @Test(
        """
        a rebirth is asked for by an NCMD that writes Node Control/Rebirth, by name, as true \
        (tck-id-topics-ncmd-topic, tck-id-topics-ncmd-mqtt, tck-id-payloads-ncmd-qos, tck-id-payloads-ncmd-retain, \
        tck-id-topics-ncmd-timestamp, tck-id-payloads-ncmd-timestamp, tck-id-payloads-ncmd-seq, \
        tck-id-topics-ncmd-payload, tck-id-operational-behavior-data-commands-ncmd-rebirth-verb, \
        tck-id-operational-behavior-data-commands-ncmd-rebirth-name, \
        tck-id-operational-behavior-data-commands-ncmd-rebirth-value, tck-id-payloads-name-cmd-requirement)
        """
    )
    func rebirth() throws {
        let plant = try SparkplugPlant()
        plant.take("NDATA", plant.speed(1, seq: 1))
        let message = try #require(plant.messages().first)
        #expect(message.topic == "spBv1.0/suwa/NCMD/e1")
        #expect(message.qos == 0 && !message.retain)
        var read = SparkplugPayload()
        try read.read(message.payload.span)
        #expect(read.seq == nil && read.timestamp == plant.stamp)
        #expect(read.metrics.count == 1)
        let metric = read.metrics[0]
        #expect(message.payload.text(metric.name) == "Node Control/Rebirth")
        #expect(metric.marks == [.name, .timestamp] && metric.timestamp == plant.stamp)
        #expect(metric.datatype == 11 && metric.value == SparkplugValue(.boolean, 1))
    }

    /// A host that has seen a node and a device born.
    private func host(_ role: SparkplugRole = .active) throws -> SparkplugHost {
        let plant = try SparkplugPlant()
        var options = SparkplugOptions()
        options.role = role
        var host = SparkplugHost(options)
        let device = payload {
            $0.metric("temp", alias: 2, type: .double) { $0.double(13, 1) }
            $0.metric("limit", type: .int8) { $0.number(10, 1) }
            $0.metric("fixed", type: .int32) { metric in
                metric.message(9) { set in
                    set.text(1, "readOnly")
                    set.message(2) {
                        $0.number(1, 11)
                        $0.flag(7, true)
                    }
                }
                metric.number(10, 1)
            }
            $0.number(3, 1)
        }
        for (text, bytes) in [
            ("spBv1.0/suwa/NBIRTH/e1", plant.nodeBirth()), ("spBv1.0/suwa/DBIRTH/e1/d1", device),
        ] {
            let text = Array(text.utf8)
            var read = SparkplugPayload()
            try read.read(bytes.span)
            let found = SparkplugTopic(text.span)
            let topic = try #require(found)
            _ = host.take(topic, text.span, &read, bytes.span, SparkplugArrival(now: connect))
        }
        return host
    }

    @Test(
        """
        a command goes to the node or the device, for a metric of its birth, with a value of its type, by alias where \
        there is one (tck-id-topics-dcmd-topic, tck-id-topics-dcmd-mqtt, tck-id-payloads-dcmd-qos, \
        tck-id-payloads-dcmd-retain, tck-id-topics-dcmd-timestamp, tck-id-payloads-dcmd-timestamp, \
        tck-id-payloads-dcmd-seq, tck-id-topics-dcmd-payload, \
        tck-id-operational-behavior-data-commands-ncmd-verb, \
        tck-id-operational-behavior-data-commands-dcmd-verb, \
        tck-id-operational-behavior-data-commands-ncmd-metric-name, \
        tck-id-operational-behavior-data-commands-dcmd-metric-name, \
        tck-id-operational-behavior-data-commands-ncmd-metric-value, \
        tck-id-operational-behavior-data-commands-dcmd-metric-value)
        """
    )
    func commands() throws {
        let host = try host()
        let node = try host.command("suwa/e1", "speed", "-3", at: connect)
        #expect(node.topic == "spBv1.0/suwa/NCMD/e1")
        let device = try host.command("suwa/e1/d1", "limit", "-5", at: connect)
        #expect(device.topic == "spBv1.0/suwa/DCMD/e1/d1")
        #expect(device.qos == 0 && !device.retain)
        var read = SparkplugPayload()
        try read.read(node.payload.span)
        #expect(read.metrics[0].marks == [.alias, .timestamp] && read.metrics[0].alias == 1)
        #expect(read.metrics[0].value == SparkplugValue(.int, 4_294_967_293))
        try read.read(device.payload.span)
        #expect(read.seq == nil && read.timestamp == 1_750_122_900_123)
        #expect(device.payload.text(read.metrics[0].name) == "limit")
        #expect(read.metrics[0].value == SparkplugValue(.int, 4_294_967_291))
        #expect(throws: SparkplugCommandFailure.unknownMetric("x", of: "suwa/e1")) {
            try host.command("suwa/e1", "x", "1", at: connect)
        }
        #expect(throws: SparkplugCommandFailure.unfit(value: "300", datatype: "Int8")) {
            try host.command("suwa/e1/d1", "limit", "300", at: connect)
        }
        #expect(throws: SparkplugCommandFailure.readOnly("fixed")) {
            try host.command("suwa/e1/d1", "fixed", "1", at: connect)
        }
        #expect(throws: SparkplugCommandFailure.unknownNode("suwa/e9")) {
            try host.command("suwa/e9", "x", "1", at: connect)
        }
        #expect(throws: SparkplugCommandFailure.silent) {
            try self.host(.passive).command("suwa/e1", "speed", "1", at: connect)
        }
    }

    @Test("an operator's wish for a rebirth does not wait")
    func wished() throws {
        var host = try host()
        try host.rebirth("suwa/e1", at: connect)
        try host.rebirth("suwa/e1", at: connect)
        #expect(host.outgoing.count == 2)
        #expect(throws: SparkplugCommandFailure.unknownNode("suwa/e9")) {
            try host.rebirth("suwa/e9", at: connect)
        }
    }
}
