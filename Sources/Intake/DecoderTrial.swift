/// One decoder without rules, for benches: what reading a payload costs before anyone looks at what is in it.
public struct DecoderTrial: Sendable {
    private var document = Document()
    private let decoder: Decoder
    private let isBinary: Bool
    private let isTextFormat: Bool

    /// - Parameter format: any but `sparkplug`, which needs a host.
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
