/// The decoders there are, by format. A new format is a case here and a ``PayloadDecoder`` of its own.
enum Decoder: Sendable {
    case json(JSONDecoder)
    case jsonl(JSONLinesDecoder)
    case value(ValueDecoder)
    case csv(CSVDecoder)
    case influx(InfluxDecoder)
    case senml(SenMLDecoder)
    case cbor(CBORDecoder)
    /// Stateful: the host reads the payload, and ``SparkplugScribe`` writes the document.
    case sparkplug

    /// The decoder that a rule asks for.
    init(_ format: PayloadFormat, _ options: FormatOptions, nestingMax: Int) {
        switch format {
        case .json: self = .json(JSONDecoder(nestingMax: nestingMax))
        case .jsonl: self = .jsonl(JSONLinesDecoder(nestingMax: nestingMax))
        case .value: self = .value(ValueDecoder())
        case .csv: self = .csv(CSVDecoder(options))
        case .influx: self = .influx(InfluxDecoder())
        case .senml: self = .senml(SenMLDecoder(.json(JSONDecoder(nestingMax: nestingMax))))
        case .cbor: self = .cbor(CBORDecoder(nestingMax: nestingMax))
        case .senmlCbor:
            self = .senml(SenMLDecoder(.cbor(CBORDecoder(nestingMax: nestingMax, hasLabels: true))))
        case .sparkplug: self = .sparkplug
        }
    }

    func decode(_ document: inout Document) throws(DecodeFailure) {
        switch self {
        case .json(let decoder): try decoder.decode(&document)
        case .jsonl(let decoder): try decoder.decode(&document)
        case .value(let decoder): try decoder.decode(&document)
        case .csv(let decoder): try decoder.decode(&document)
        case .influx(let decoder): try decoder.decode(&document)
        case .senml(let decoder): try decoder.decode(&document)
        case .cbor(let decoder): try decoder.decode(&document)
        case .sparkplug: preconditionFailure("Sparkplug's payloads are read by their host")
        }
    }
}

extension PayloadFormat {
    /// Whether every byte counts: no byte order mark, no NULs at the end, no encoding of text.
    var isBinary: Bool { self == .cbor || self == .senmlCbor }

    /// Whether it knows nothing but texts, so that what looks like a number is one.
    var isTextFormat: Bool { self == .value || self == .csv }
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
