/// The decoders there are, by format. A new format is a case here and a ``PayloadDecoder`` of its own.
enum Decoder: Sendable {
    case json(JSONDecoder)
    case value(ValueDecoder)
    case csv(CSVDecoder)
    /// Stateful: the host reads the payload, and ``SparkplugScribe`` writes the document.
    case sparkplug

    /// The decoder that a rule asks for.
    init(_ format: PayloadFormat, _ options: FormatOptions, nestingMax: Int) {
        switch format {
        case .json: self = .json(JSONDecoder(nestingMax: nestingMax))
        case .value: self = .value(ValueDecoder())
        case .csv: self = .csv(CSVDecoder(options))
        case .sparkplug: self = .sparkplug
        }
    }

    func decode(_ document: inout Document) throws(DecodeFailure) {
        switch self {
        case .json(let decoder): try decoder.decode(&document)
        case .value(let decoder): try decoder.decode(&document)
        case .csv(let decoder): try decoder.decode(&document)
        case .sparkplug: preconditionFailure("Sparkplug's payloads are read by their host")
        }
    }
}

/// What a rule's `format` and `options` come to; rules that say the same share one, so that a payload which
/// several rules look at is decoded once.
final class DecoderPlan: Sendable {
    let format: PayloadFormat
    let options: FormatOptions
    let decoder: Decoder

    init(_ format: PayloadFormat, _ options: FormatOptions, nestingMax: Int) {
        self.format = format
        self.options = options
        decoder = Decoder(format, options, nestingMax: nestingMax)
    }
}

/// Reads `format: value`: the whole payload is one text, blanks and line ends around it taken off.
struct ValueDecoder: PayloadDecoder {
    func decode(_ document: inout Document) throws(DecodeFailure) {
        if let byte = document.bytes.span.firstByteThatIsNotUTF8 {
            throw DecodeFailure(format: "value", byte: byte, message: "not UTF-8")
        }
        let range = document.bytes.span.trimmedRange()
        document.nodes.append(
            Node(kind: .text, start: UInt32(range.lowerBound), count: UInt32(range.count), next: 1)
        )
    }
}
