import Foundation
import SparkplugWire
import SwiftProtobuf
import Testing

@testable import Intake

/// Our own reader beside the generated code: what the one writes the other reads, field by field.
@Suite struct SparkplugWireTests {
    /// A payload of made-up metrics.
    private func payload(_ random: inout Seeded) -> WirePayload {
        var payload = WirePayload()
        if Bool.random(using: &random) { payload.timestamp = .random(in: 0...UInt64.max, using: &random) }
        if Bool.random(using: &random) { payload.seq = .random(in: 0...300, using: &random) }
        if Int.random(in: 0..<8, using: &random) == 0 { payload.uuid = "設備" }
        if Int.random(in: 0..<8, using: &random) == 0 { payload.body = Data([1, 2, 3]) }
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            payload.metrics.append(metric(&random, depth: 0))
        }
        return payload
    }

    private func metric(_ random: inout Seeded, depth: Int) -> WirePayload.Metric {
        var metric = WirePayload.Metric()
        if Bool.random(using: &random) {
            metric.name = ["温度", "Temp/°C", "", "bdSeq"].randomElement(using: &random) ?? ""
        }
        if Bool.random(using: &random) {
            metric.alias = [0, 1, 127, 128, .max].randomElement(using: &random) ?? 0
        }
        if Bool.random(using: &random) { metric.timestamp = .random(in: 0...UInt64.max, using: &random) }
        if Bool.random(using: &random) { metric.datatype = .random(in: 0...40, using: &random) }
        if Bool.random(using: &random) { metric.isHistorical = .random(using: &random) }
        if Bool.random(using: &random) { metric.isTransient = .random(using: &random) }
        if Bool.random(using: &random) { metric.isNull = .random(using: &random) }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: metric.intValue = .random(in: 0...UInt32.max, using: &random)
        case 1: metric.longValue = .random(in: 0...UInt64.max, using: &random)
        case 2: metric.floatValue = Float(bitPattern: .random(in: 0...UInt32.max, using: &random))
        case 3: metric.doubleValue = Double(bitPattern: .random(in: 0...UInt64.max, using: &random))
        case 4: metric.booleanValue = .random(using: &random)
        case 5: metric.stringValue = "値\(Int.random(in: 0...999, using: &random))"
        case 6: metric.bytesValue = Data([0, 255, 7])
        case 7 where depth < 3:
            var template = WirePayload.Template()
            template.version = "1"
            template.isDefinition = .random(using: &random)
            if Bool.random(using: &random) { template.templateRef = "型" }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                template.metrics.append(self.metric(&random, depth: depth + 1))
            }
            metric.templateValue = template
        default: break
        }
        return metric
    }

    /// The metrics of a payload with those of their templates behind each, as our reader lists them.
    private func flat(_ metrics: [WirePayload.Metric]) -> [WirePayload.Metric] {
        metrics.flatMap { [$0] + flat($0.templateValue.metrics) }
    }

    private func expectSame(
        _ ours: SparkplugMetric,
        _ theirs: WirePayload.Metric,
        _ bytes: [UInt8],
        _ note: String
    ) {
        #expect(ours.marks.contains(.name) == theirs.hasName, "\(note)")
        #expect(Array(bytes[ours.name.indices]) == Array(theirs.name.utf8), "\(note)")
        #expect(ours.marks.contains(.alias) == theirs.hasAlias && ours.alias == theirs.alias, "\(note)")
        #expect(
            ours.marks.contains(.timestamp) == theirs.hasTimestamp && ours.timestamp == theirs.timestamp,
            "\(note)"
        )
        #expect(ours.datatype == theirs.datatype, "\(note)")
        #expect(ours.marks.contains(.isHistorical) == theirs.isHistorical, "\(note)")
        #expect(ours.marks.contains(.isTransient) == theirs.isTransient, "\(note)")
        #expect(ours.marks.contains(.isNull) == theirs.isNull, "\(note)")
        let run = { Array(bytes[ours.value.run.indices]) }
        switch theirs.value {
        case nil: #expect(ours.value.field == .none, "\(note)")
        case .intValue(let value): #expect(ours.value == SparkplugValue(.int, UInt64(value)), "\(note)")
        case .longValue(let value): #expect(ours.value == SparkplugValue(.long, value), "\(note)")
        case .floatValue(let value):
            #expect(ours.value == SparkplugValue(.float, UInt64(value.bitPattern)), "\(note)")
        case .doubleValue(let value):
            #expect(ours.value == SparkplugValue(.double, value.bitPattern), "\(note)")
        case .booleanValue(let value):
            #expect(ours.value == SparkplugValue(.boolean, value ? 1 : 0), "\(note)")
        case .stringValue(let value):
            #expect(ours.value.field == .text && run() == Array(value.utf8), "\(note)")
        case .bytesValue(let value): #expect(ours.value.field == .bytes && run() == Array(value), "\(note)")
        case .datasetValue: #expect(ours.value.field == .dataSet, "\(note)")
        case .templateValue(let value):
            #expect(ours.value.field == .template, "\(note)")
            #expect(ours.marks.contains(.isDefinition) == value.isDefinition, "\(note)")
            #expect(Array(bytes[ours.reference.indices]) == Array(value.templateRef.utf8), "\(note)")
        }
    }

    @Test("what swift-protobuf writes, our reader reads", arguments: 1...20)
    func theirsByOurs(seed: UInt64) throws {
        var random = Seeded(seed)
        var reader = SparkplugPayload(nestingMax: 64, elementsMax: 10_000)
        for _ in 0..<200 {
            let theirs = payload(&random)
            let bytes: [UInt8] = try theirs.serializedBytes()
            try reader.read(bytes.span)
            #expect(reader.timestamp == (theirs.hasTimestamp ? theirs.timestamp : nil), "seed \(seed)")
            #expect(reader.seq == (theirs.hasSeq ? theirs.seq : nil), "seed \(seed)")
            let metrics = flat(theirs.metrics)
            #expect(reader.metrics.count == metrics.count, "seed \(seed)")
            for (ours, metric) in zip(reader.metrics, metrics) {
                expectSame(ours, metric, bytes, "seed \(seed)")
            }
        }
    }

    @Test(
        "the vectors read the same by both",
        arguments: ["00-nbirth.bin", "01-dbirth.bin", "02-ddata.bin", "06-ndeath.bin"]
    )
    func vectors(name: String) throws {
        let bytes = sparkplugVector(name)
        let theirs = try WirePayload(serializedBytes: bytes)
        var reader = SparkplugPayload(nestingMax: 64, elementsMax: 10_000)
        try reader.read(bytes.span)
        let metrics = flat(theirs.metrics)
        #expect(reader.metrics.count == metrics.count && !metrics.isEmpty)
        for (ours, metric) in zip(reader.metrics, metrics) { expectSame(ours, metric, bytes, name) }
    }

    @Test("where the generated code finds no payload, ours finds none either", arguments: 1...20)
    func spoiled(seed: UInt64) throws {
        var random = Seeded(seed)
        var reader = SparkplugPayload(nestingMax: 64, elementsMax: 10_000)
        for _ in 0..<200 {
            var bytes: [UInt8] = try payload(&random).serializedBytes()
            guard !bytes.isEmpty else { continue }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            let isTheirs = (try? WirePayload(serializedBytes: bytes)) != nil
            let isOurs = (try? reader.read(bytes.span)) != nil
            #expect(isTheirs == isOurs, "seed \(seed): \(bytes)")
        }
    }
}
