import Intake
import Readings
import SparkplugWire
import SwiftProtobuf

/// An edge node's birth, and messages that name their ten metrics by alias.
struct SparkplugMessages {
    let topic = "spBv1.0/suwa/NDATA/edge"
    private static let birthTopic = Array("spBv1.0/suwa/NBIRTH/edge".utf8)
    /// One round of sequence numbers: 1 … 255, then 0.
    let data: PayloadRun
    private let birth: [UInt8]
    static let metricCount = 10

    init() throws {
        let stamp = UInt64(BenchClock.now.milliseconds)
        var session = WirePayload.Metric()
        (session.name, session.datatype, session.longValue) = ("bdSeq", 8, 0)
        let born = (0..<SparkplugMessages.metricCount).map { number in
            var metric = WirePayload.Metric()
            (metric.name, metric.alias) = ("metric-\(number)", UInt64(number))
            (metric.datatype, metric.doubleValue) = (10, 1)
            return metric
        }
        birth = try SparkplugMessages.payload(stamp, sequence: 0, [session] + born)
        data = try PayloadRun(
            (0..<256).map { number in
                let metrics = (0..<SparkplugMessages.metricCount).map { alias in
                    var metric = WirePayload.Metric()
                    (metric.alias, metric.doubleValue) = (UInt64(alias), Double(number))
                    return metric
                }
                let sequence = UInt64((number + 1) % 256)
                return try SparkplugMessages.payload(stamp + UInt64(number), sequence: sequence, metrics)
            }
        )
    }

    /// An intake that has taken the birth.
    func trial() throws -> TakeTrial {
        var rule = RuleOptions(name: "bench", topic: "spBv1.0/{group}/{type}/{node}/#")
        rule.format = .sparkplug
        let trial = try TakeTrial(rule)
        trial.take(SparkplugMessages.birthTopic.span, birth.span)
        trial.settle()
        trial.forgetReadings()
        return trial
    }

    /// A decoder with its host, that has taken the birth.
    func decoder() throws -> SparkplugTrial {
        var trial = SparkplugTrial()
        guard trial.sum(SparkplugMessages.birthTopic.span, birth.span, at: BenchClock.now) != nil else {
            throw BenchFailure("the birth was refused")
        }
        return trial
    }

    private static func payload(_ stamp: UInt64, sequence: UInt64, _ metrics: [WirePayload.Metric]) throws
        -> [UInt8]
    {
        var payload = WirePayload()
        (payload.timestamp, payload.seq, payload.metrics) = (stamp, sequence, metrics)
        return try payload.serializedBytes()
    }
}
