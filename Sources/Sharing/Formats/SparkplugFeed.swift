public import Disclosure
public import Readings
import SparkplugWire
import SwiftProtobuf

/// The feeds of one recipient as a Sparkplug B 3.0 edge node; pure functions to topics and payloads.
///
///     group tsunagi-RECIPIENT ─ edge node PROVIDER ─ device AGREEMENT ─ metric GRANT/SITE/PRODUCT
///
/// What was decided, signed and audited is tsunagi's own JSON. It goes along whole, as the metrics `GRANT/release` and
/// `GRANT/jws`; the others say its values in Sparkplug's words, so that a host needs nothing of ours. A band is two of
/// them, `…/from` and `…/below`. Withheld is null. Every message of a grant is as long (D10).
public struct SparkplugFeed: Hashable, Sendable {
    /// Marks a release in the outbox that leaves this way.
    public static let contentType = "application/vnd.tsunagi.sparkplug"
    /// Lengths of messages are multiples of this.
    private static let stepBytes = 64

    /// Who receives.
    public let recipient: String
    /// Who provides.
    public let provider: String

    /// The feeds of one recipient from one provider.
    public init(recipient: String, provider: String) {
        self.recipient = recipient
        self.provider = provider
    }

    /// The grants of an agreement that leave this way.
    public static func grants(of agreement: Agreement) -> [Grant] {
        agreement.status == .active ? agreement.grants.filter { $0.form == .sparkplug } : []
    }

    /// `spBv1.0/tsunagi-RECIPIENT/`: what stands before every topic of ours.
    public static func prefix(of recipient: String) -> String { "spBv1.0/tsunagi-\(recipient)/" }

    /// Where a message goes; with an agreement's id where it is of a device.
    public func topic(_ kind: Kind, _ agreement: String? = nil) -> String {
        let node = "\(Self.prefix(of: recipient))\(kind.rawValue)/\(provider)"
        return agreement.map { "\(node)/\($0)" } ?? node
    }

    /// Message types.
    public enum Kind: String, Sendable {
        case nodeBirth = "NBIRTH"
        case nodeDeath = "NDEATH"
        case nodeCommand = "NCMD"
        case deviceBirth = "DBIRTH"
        case deviceData = "DDATA"
        case deviceDeath = "DDEATH"
    }

    /// What a recipient may be delivered of an agreement, as filters.
    public func reads(_ agreement: String) -> [String] {
        [
            "\(Self.prefix(of: recipient))+/\(provider)",
            "\(Self.prefix(of: recipient))+/\(provider)/\(agreement)",
        ]
    }

    /// The node is here.
    ///
    /// - Parameters:
    ///   - session: 0 … 255, one more at each connection: tells which birth a death belongs to.
    ///   - sequence: 0 … 255, one more at each message of the node.
    public static func nodeBirth(session: UInt8, sequence: UInt8, at now: Instant) -> [UInt8] {
        var control = WirePayload.Metric()
        control.name = rebirth
        control.datatype = Datatype.boolean.rawValue
        control.timestamp = stamp(now)
        control.booleanValue = false
        return bytes([bdSeq(session, at: now), control], sequence, at: now)
    }

    /// The node is gone: the will of its connection.
    public static func nodeDeath(session: UInt8, at now: Instant) -> [UInt8] {
        bytes([bdSeq(session, at: now)], nil, at: now)
    }

    /// An agreement is gone.
    public static func deviceDeath(sequence: UInt8, at now: Instant) -> [UInt8] {
        bytes([], sequence, at: now)
    }

    /// Everything that an agreement grants, with what was said last; null where nothing was.
    public static func deviceBirth(
        _ agreement: Agreement,
        last: [String: Said],
        sequence: UInt8,
        at now: Instant
    ) -> [UInt8] {
        bytes(grants(of: agreement).flatMap { metrics(of: $0, last[$0.id]) }, sequence, at: now)
    }

    /// One release, as long as every other one of its grant.
    ///
    /// - Parameter isLate: whether it comes long after its instant, and is to be filed by its stamp alone.
    public static func deviceData(
        _ said: Said,
        of grant: Grant,
        isLate: Bool,
        sequence: UInt8,
        at now: Instant
    ) -> [UInt8] {
        let metrics = metrics(of: grant, said).map { metric in
            var metric = metric
            if isLate { metric.isHistorical = true }
            return metric
        }
        let longest = Self.metrics(of: grant, said, asLongest: true)
        // Room for the sequence, for the marks of what is late, and for the padding's own head.
        let slack = 16 + 2 * longest.count
        let most = max(bytes(longest, 255, at: now).count, bytes(metrics, 255, at: now).count) + slack
        let length = (most + stepBytes - 1) / stepBytes * stepBytes
        return bytes(metrics, sequence, at: now, filledTo: length)
    }

    /// Whether a command asks for all births anew.
    public static func isRebirth(_ payload: [UInt8]) -> Bool {
        guard let payload = try? WirePayload(serializedBytes: payload) else { return false }
        return payload.metrics.contains { $0.name == rebirth && $0.booleanValue }
    }

    private static let rebirth = "Node Control/Rebirth"

    /// Of Sparkplug B, section 6.4.16.
    private enum Datatype: UInt32 {
        case int32 = 3
        case int64 = 4
        case double = 10
        case boolean = 11
        case string = 12
    }
}

extension SparkplugFeed {
    /// A release as it was signed.
    public struct Said: Hashable, Sendable {
        /// tsunagi's JSON, filled up with blanks.
        public var document: [UInt8]
        /// Its signature; empty when there is none.
        public var jws: String

        /// A release that was decided.
        public init(document: [UInt8], jws: String) {
            self.document = document
            self.jws = jws
        }
    }

    /// The metrics of a grant, always the same ones in the same order.
    private static func metrics(of grant: Grant, _ said: Said?, asLongest: Bool = false)
        -> [WirePayload.Metric]
    {
        let members = said.flatMap { JSONValue($0.document)?.members }
        let stamp = members?["bucket"]?.members?["end"]?.string.flatMap { Instant(iso8601: $0) }
        let values = Dictionary(
            (members?["values"]?.list?.compactMap(\.members) ?? []).map { value in
                ([value["site"]?.string, value["product"]?.string], value)
            }
        ) { first, _ in first }
        var metrics: [WirePayload.Metric] = []
        func add(_ name: String, _ type: Datatype, _ value: JSONValue?, _ facts: [String: JSONValue] = [:]) {
            var metric = WirePayload.Metric()
            metric.name = "\(grant.id)/\(name)"
            metric.datatype = type.rawValue
            if let stamp { metric.timestamp = Self.stamp(stamp) }
            switch (type, value) {
            case (.double, .number(let digits)): metric.doubleValue = Double(digits) ?? .nan
            case (.string, .text(let text)): metric.stringValue = text
            default: metric.isNull = true
            }
            if let unit = facts["unit"]?.string {
                metric.properties.keys.append("engUnit")
                metric.properties.values.append(text(unit))
            }
            if let word = facts["quality"]?.string {
                metric.properties.keys.append("Quality")
                metric.properties.values.append(quality(word))
            }
            metrics.append(metric)
        }
        let longest = longest(grant)
        for site in grant.sites {
            for product in grant.products {
                let facts = asLongest ? longest : values[[site, product]] ?? [:]
                let name = "\(site)/\(product)"
                if case .band = grant.precision {
                    let band = facts["value"]?.members
                    for end in ["from", "below"] { add("\(name)/\(end)", .double, band?[end], facts) }
                } else {
                    add(name, grant.measure == .status ? .string : .double, facts["value"], facts)
                }
            }
        }
        let document = said.map { JSONValue.text(String(decoding: $0.document, as: UTF8.self)) }
        add("release", .string, document)
        add("jws", .string, said.map { .text($0.jws) })
        return metrics
    }

    /// What takes the most room; of texts the longest that ``FeedShape`` counts on.
    private static func longest(_ grant: Grant) -> [String: JSONValue] {
        var value = JSONValue.number("0")
        if grant.measure == .status { value = .text(String(repeating: "w", count: 32)) }
        if case .band = grant.precision { value = .object(["from": .number("0"), "below": .number("0")]) }
        return ["value": value, "unit": .text(String(repeating: "u", count: 12)), "quality": .text("stale")]
    }

    private static func text(_ text: String) -> WirePayload.PropertyValue {
        var value = WirePayload.PropertyValue()
        value.type = Datatype.string.rawValue
        value.stringValue = text
        return value
    }

    /// Sparkplug knows good, bad and stale; what is to be used with care counts as bad there.
    private static func quality(_ word: String) -> WirePayload.PropertyValue {
        var value = WirePayload.PropertyValue()
        value.type = Datatype.int32.rawValue
        value.intValue = word == "good" ? 192 : word == "stale" ? 500 : 0
        return value
    }

    private static func bdSeq(_ session: UInt8, at now: Instant) -> WirePayload.Metric {
        var metric = WirePayload.Metric()
        metric.name = "bdSeq"
        metric.datatype = Datatype.int64.rawValue
        metric.timestamp = stamp(now)
        metric.longValue = UInt64(session)
        return metric
    }

    private static func stamp(_ instant: Instant) -> UInt64 { UInt64(clamping: instant.milliseconds) }

    private static func bytes(
        _ metrics: [WirePayload.Metric],
        _ sequence: UInt8?,
        at now: Instant,
        filledTo count: Int = 0
    ) -> [UInt8] {
        var payload = WirePayload()
        payload.timestamp = stamp(now)
        payload.metrics = metrics
        if let sequence { payload.seq = UInt64(sequence) }
        let bytes = serialized(payload)
        return count == 0 ? bytes : bytes + filling(count - bytes.count)
    }

    /// The field `body` with so many bytes in all, four at least. Its length is a varint of three bytes, however short:
    /// one of the fewest bytes would leave lengths that cannot be had.
    private static func filling(_ count: Int) -> [UInt8] {
        let length = count - 4
        precondition((0..<1 << 21).contains(length), "room was left for the field's own head")
        let head = [0x2A, UInt8(length & 127) | 128, UInt8(length >> 7 & 127) | 128, UInt8(length >> 14)]
        return head + [UInt8](repeating: 0, count: length)
    }

    private static func serialized(_ payload: WirePayload) -> [UInt8] {
        guard let bytes: [UInt8] = try? payload.serializedBytes() else {
            preconditionFailure("no member of a payload is required")
        }
        return bytes
    }
}
