import Intake
import Readings

/// An edge node's birth, and messages that name their ten metrics by alias.
struct SparkplugMessages {
    let topic = "spBv1.0/suwa/NDATA/edge"
    private static let birthTopic = Array("spBv1.0/suwa/NBIRTH/edge".utf8)
    /// One round of sequence numbers: 1 … 255, then 0.
    let data: [[UInt8]]
    private let birth: [UInt8]
    static let metricCount = 10

    init() {
        let stamp = UInt64(BenchClock.now.milliseconds)
        birth = SparkplugMessages.payload(stamp, sequence: 0) { wire in
            wire.metric(name: "bdSeq", alias: nil, datatype: 8) { $0.number(11, 0) }
            for metric in 0..<SparkplugMessages.metricCount {
                wire.metric(name: "metric-\(metric)", alias: UInt64(metric), datatype: 10) {
                    $0.double(13, 1)
                }
            }
        }
        data = (0..<256).map { number in
            SparkplugMessages.payload(stamp + UInt64(number), sequence: UInt64((number + 1) % 256)) { wire in
                for metric in 0..<SparkplugMessages.metricCount {
                    wire.metric(name: nil, alias: UInt64(metric), datatype: nil) {
                        $0.double(13, Double(number))
                    }
                }
            }
        }
    }

    /// An intake that has taken the birth.
    func trial() throws -> TakeTrial {
        var rule = RuleOptions(name: "bench", topic: "spBv1.0/{group}/{type}/{node}/#")
        rule.format = .sparkplug
        let trial = try TakeTrial(rule)
        trial.take(SparkplugMessages.birthTopic, birth)
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

    private static func payload(_ stamp: UInt64, sequence: UInt64, _ metrics: (inout ProtobufBytes) -> Void)
        -> [UInt8]
    {
        var wire = ProtobufBytes()
        wire.number(1, stamp)
        metrics(&wire)
        wire.number(3, sequence)
        return wire.bytes
    }
}

/// Protobuf's wire format, as far as these messages need it.
private struct ProtobufBytes {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        var bits = value.bitPattern
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
    }

    mutating func run(_ field: UInt64, _ run: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(run.count))
        bytes += run
    }

    mutating func metric(
        name: String?,
        alias: UInt64?,
        datatype: UInt64?,
        _ value: (inout ProtobufBytes) -> Void
    ) {
        var metric = ProtobufBytes()
        if let name { metric.run(1, Array(name.utf8)) }
        if let alias { metric.number(2, alias) }
        if let datatype { metric.number(4, datatype) }
        value(&metric)
        run(2, metric.bytes)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
