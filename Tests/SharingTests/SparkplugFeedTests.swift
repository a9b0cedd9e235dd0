import Disclosure
import Foundation
import Readings
import Sharing
import SparkplugWire
import SwiftProtobuf
import Testing

@Suite("releases as a Sparkplug edge node tells them")
struct SparkplugFeedTests {
    private static let now = Instant(milliseconds: 1_800_000_000_000)

    private static func grant(_ measure: Measure, _ precision: Precision, products: [String]) -> Grant {
        Grant(
            id: "g-1",
            measure: measure,
            products: products,
            sites: ["大田"],
            kind: .own,
            aggregate: .last,
            bucket: .minute,
            delay: .zero,
            precision: precision,
            cadence: .clock,
            formats: [.sparkplug]
        )
    }

    private static func agreement(_ grant: Grant) -> Agreement {
        Agreement(
            id: "agr-1",
            version: 1,
            status: .active,
            provider: Party(id: "maker-1"),
            recipient: Party(id: "buyer-1", relationship: .customer),
            purpose: .supplyAssurance,
            validity: Validity(notBefore: .distantPast, notAfter: now.advanced(byMs: 1_000_000)),
            grants: [grant]
        )
    }

    /// As the clock would make it.
    private static func said(_ grant: Grant, _ values: [Release.Value]) throws -> SparkplugFeed.Said {
        let agreement = agreement(grant)
        let shape = try #require(FeedShape(agreement, grant))
        let start = grant.bucketStart(holding: now)
        let release = Release(agreement: agreement, grant: grant, bucketStart: start, values: values)
        let message = shape.message(of: release)
        #expect(message.contentType == SparkplugFeed.contentType && message.attributes.isEmpty)
        return SparkplugFeed.Said(document: message.payload, jws: String(repeating: "s", count: 140))
    }

    private static func value(_ value: Obscured, _ product: String, _ quality: Quality = .good)
        -> Release.Value
    {
        Release.Value(
            product: product,
            site: "大田",
            value: value,
            unit: "pcs",
            ageBuckets: 0,
            quality: quality
        )
    }

    private static func read(_ bytes: [UInt8]) throws -> WirePayload {
        try WirePayload(serializedBytes: bytes)
    }

    @Test("a value is a metric with its unit, quality and stamp, and the signed document goes along whole")
    func data() throws {
        let grant = Self.grant(.stock, .round(base: 10), products: ["ボルト-M8", "ナット-M8"])
        let said = try Self.said(grant, [Self.value(.number(1480), "ボルト-M8", .stale)])
        let payload = try Self.read(
            SparkplugFeed.deviceData(said, of: grant, isLate: false, sequence: 7, at: Self.now)
        )
        #expect(payload.seq == 7 && payload.timestamp == UInt64(Self.now.milliseconds))
        #expect(
            payload.metrics.map(\.name) == ["g-1/大田/ボルト-M8", "g-1/大田/ナット-M8", "g-1/release", "g-1/jws"]
        )
        let bolts = payload.metrics[0]
        #expect(bolts.datatype == 10 && bolts.doubleValue == 1480 && !bolts.isNull && !bolts.isHistorical)
        let end = grant.bucketStart(holding: Self.now).advanced(byMs: 60_000)
        #expect(bolts.timestamp == UInt64(end.milliseconds))
        #expect(bolts.properties.keys == ["engUnit", "Quality"])
        #expect(bolts.properties.values[0].stringValue == "pcs" && bolts.properties.values[1].intValue == 500)
        #expect(payload.metrics[1].isNull && payload.metrics[1].properties.keys.isEmpty)
        #expect(Array(payload.metrics[2].stringValue.utf8) == said.document)
        #expect(payload.metrics[3].stringValue == said.jws)
        let late = try Self.read(
            SparkplugFeed.deviceData(said, of: grant, isLate: true, sequence: 8, at: Self.now)
        )
        #expect(late.metrics.allSatisfy { $0.isHistorical })
    }

    @Test("a band is two numbers, open ends are null; a state is a text")
    func others() throws {
        let banded = Self.grant(.stock, .band(edges: [0, 100]), products: ["ボルト-M8"])
        let open = try Self.said(banded, [Self.value(.band(low: 100, high: nil), "ボルト-M8")])
        let metrics = try Self.read(
            SparkplugFeed.deviceData(open, of: banded, isLate: false, sequence: 0, at: Self.now)
        ).metrics
        #expect(metrics[0].name == "g-1/大田/ボルト-M8/from" && metrics[0].doubleValue == 100)
        #expect(metrics[1].name == "g-1/大田/ボルト-M8/below" && metrics[1].isNull)
        let states = Self.grant(.status, .exact, products: ["press-1"])
        let running = try Self.said(states, [Self.value(.text("running"), "press-1")])
        let state = try Self.read(
            SparkplugFeed.deviceData(running, of: states, isLate: false, sequence: 0, at: Self.now)
        ).metrics[0]
        #expect(state.datatype == 12 && state.stringValue == "running")
    }

    @Test("D10: released or withheld, late or not, at any number: as long", arguments: [1, 2, 3, 17, 400])
    func sameLength(count: Int) throws {
        let products = (0..<count).map { "品\($0)" }
        for (grant, value) in [
            (Self.grant(.stock, .exact, products: products), Obscured.number(-1.2345678901234567e-300)),
            (Self.grant(.stock, .band(edges: [0, 100]), products: products), .band(low: nil, high: 0)),
            (Self.grant(.status, .exact, products: products), .text("停止")),
        ] {
            var lengths: Set<Int> = []
            for some in [0, 1, count] {
                let said = try Self.said(
                    grant,
                    products.prefix(some).map { Self.value(value, $0, .uncertain) }
                )
                for (sequence, isLate) in [(0 as UInt8, false), (127, true), (128, false), (255, true)] {
                    lengths.insert(
                        SparkplugFeed.deviceData(
                            said,
                            of: grant,
                            isLate: isLate,
                            sequence: sequence,
                            at: Self.now
                        ).count
                    )
                }
            }
            #expect(lengths.count == 1 && lengths.first ?? 1 > 0, "\(grant.measure) \(lengths)")
            #expect((lengths.first ?? 1) % 64 == 0)
        }
    }

    @Test("births tell all metrics with their types; a death names the session that it ends")
    func births() throws {
        let feed = SparkplugFeed(recipient: "buyer-1", provider: "maker-1")
        #expect(feed.topic(.nodeBirth) == "spBv1.0/tsunagi-buyer-1/NBIRTH/maker-1")
        #expect(feed.topic(.deviceData, "agr-1") == "spBv1.0/tsunagi-buyer-1/DDATA/maker-1/agr-1")
        let birth = try Self.read(SparkplugFeed.nodeBirth(session: 200, sequence: 0, at: Self.now))
        let death = try Self.read(SparkplugFeed.nodeDeath(session: 200, at: Self.now))
        #expect(birth.hasSeq && birth.seq == 0 && !death.hasSeq)
        #expect(birth.metrics[0].name == "bdSeq" && death.metrics[0].longValue == 200)
        #expect(birth.metrics[0].longValue == 200 && birth.metrics[1].name == "Node Control/Rebirth")
        let grant = Self.grant(.stock, .exact, products: ["ボルト-M8"])
        let empty = try Self.read(
            SparkplugFeed.deviceBirth(Self.agreement(grant), last: [:], sequence: 1, at: Self.now)
        )
        #expect(empty.metrics.map(\.datatype) == [10, 12, 12] && empty.metrics.allSatisfy { $0.isNull })
        let said = try Self.said(grant, [Self.value(.number(5), "ボルト-M8")])
        let known = try Self.read(
            SparkplugFeed.deviceBirth(Self.agreement(grant), last: ["g-1": said], sequence: 1, at: Self.now)
        )
        #expect(known.metrics[0].doubleValue == 5)
    }

    @Test("only what asks for births is a request for them")
    func rebirth() throws {
        var command = WirePayload()
        command.metrics = [WirePayload.Metric()]
        command.metrics[0].name = "Node Control/Rebirth"
        #expect(!SparkplugFeed.isRebirth(try command.serializedBytes()))
        command.metrics[0].booleanValue = true
        #expect(SparkplugFeed.isRebirth(try command.serializedBytes()))
        command.metrics[0].name = "Node Control/Reboot"
        #expect(!SparkplugFeed.isRebirth(try command.serializedBytes()))
        for bytes in [[], [0xFF], [0x12, 0x7F], Array("{}".utf8)] { #expect(!SparkplugFeed.isRebirth(bytes)) }
    }
}
