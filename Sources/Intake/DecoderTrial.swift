public import Readings

/// One decoder without rules, for benches: what reading a payload costs before anyone looks at what is in it.
public struct DecoderTrial: Sendable {
    private var document = Document()
    private let decoder: Decoder
    private let isBinary: Bool
    private let isTextFormat: Bool

    /// - Parameter format: any but `sparkplug`; see ``SparkplugTrial``.
    public init(_ format: PayloadFormat) {
        precondition(format != .sparkplug, "Sparkplug's payloads are read by their host")
        decoder = Decoder(format, FormatOptions(), nestingMax: 64)
        isBinary = format.isBinary
        isTextFormat = format.isTextFormat
    }

    /// Decodes a payload and reads its numbers.
    ///
    /// - Parameter payload: borrowed; nothing is kept.
    /// - Returns: the sum of the numbers, nil when the payload cannot be read.
    public mutating func sum(_ payload: Span<UInt8>) -> Double? {
        document.load(payload, isBinary: isBinary)
        do throws(DecodeFailure) {
            try decoder.decode(&document)
        } catch {
            return nil
        }
        var sum = 0.0
        let (nodes, bytes) = (document.nodes.span, document.bytes.span)
        for index in nodes.indices {
            guard nodes[index].kind == .number || isTextFormat && nodes[index].kind == .text else { continue }
            if let number = DecimalText(bytes.extracting(nodes[index].text.indices)) { sum += number.double }
        }
        return sum
    }
}

/// Sparkplug's decoder and host without rules: who is born, what an alias means, and a document of it.
public struct SparkplugTrial: Sendable {
    private var host = SparkplugHost(SparkplugOptions())
    private var payload = SparkplugPayload()
    private var document = Document()

    /// A host that has heard nothing yet, of no name.
    public init() {}

    /// Takes a message as a host does, and reads its metrics' numbers.
    ///
    /// - Parameters:
    ///   - topic: borrowed, as is `bytes`; nothing is kept but of births.
    ///   - now: when it came.
    /// - Returns: the sum of the numbers, nil when the message cannot be read or names a metric that no birth told of.
    public mutating func sum(_ topic: Span<UInt8>, _ bytes: Span<UInt8>, at now: Instant) -> Double? {
        guard let name = SparkplugTopic(topic) else { return nil }
        do throws(DecodeFailure) {
            try payload.read(bytes)
        } catch {
            return nil
        }
        guard case .read(let device, 0) = host.take(name, topic, &payload, bytes, SparkplugArrival(now: now))
        else { return nil }
        var scribe = SparkplugScribe()
        scribe.write(payload, of: host.devices[device], bytes, into: &document)
        var sum = 0.0
        let (nodes, bytes) = (document.nodes.span, document.bytes.span)
        for index in nodes.indices where nodes[index].kind == .number {
            guard bytes.extracting(nodes[index].key.indices).isWord("value"),
                let number = DecimalText(bytes.extracting(nodes[index].text.indices))
            else { continue }
            sum += number.double
        }
        return sum
    }
}
