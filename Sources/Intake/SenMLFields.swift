/// Why a record, or the pack with it, cannot be used.
enum SenMLFault: Error {
    /// The record alone, which the text calls: `has no name`.
    case record(String)
    case pack(String)
}

/// What a member of a record is to SenML.
enum SenMLField {
    case baseName, baseTime, baseUnit, baseValue, baseSum, baseVersion
    case name, unit, time, sum, value
    /// `vs`, `vb` or `vd`.
    case textValue, flagValue, bytesValue
    /// A name that ends in `_`.
    case mustUnderstand
    case other

    /// - Parameter key: lies in the document's bytes.
    init(_ key: ByteRange, _ document: Document) {
        let text = document.bytes.span.extracting(key.indices)
        self = .other
        if text.count > 0, text[text.count - 1] == UInt8(ascii: "_") { self = .mustUnderstand }
        switch text.count {
        case 1:
            switch text[0] {
            case UInt8(ascii: "n"): self = .name
            case UInt8(ascii: "u"): self = .unit
            case UInt8(ascii: "t"): self = .time
            case UInt8(ascii: "s"): self = .sum
            case UInt8(ascii: "v"): self = .value
            default: break
            }
        case 2 where text[0] == UInt8(ascii: "b"):
            switch text[1] {
            case UInt8(ascii: "n"): self = .baseName
            case UInt8(ascii: "t"): self = .baseTime
            case UInt8(ascii: "u"): self = .baseUnit
            case UInt8(ascii: "v"): self = .baseValue
            case UInt8(ascii: "s"): self = .baseSum
            default: break
            }
        case 2 where text[0] == UInt8(ascii: "v"):
            switch text[1] {
            case UInt8(ascii: "s"): self = .textValue
            case UInt8(ascii: "b"): self = .flagValue
            case UInt8(ascii: "d"): self = .bytesValue
            default: break
            }
        case 4 where text[0] == UInt8(ascii: "b") && text.equalsFolded("bver"): self = .baseVersion
        default: break
        }
    }

    /// Whether a resolved record does not repeat it.
    var isResolved: Bool {
        switch self {
        case .textValue, .flagValue, .bytesValue, .other: false
        default: true
        }
    }
}

/// Where the fields of one record stand among the nodes that came; of several with one name the last.
struct SenMLFields {
    private(set) var name: Int?
    private(set) var unit: Int?
    private(set) var time: Int?
    private(set) var sum: Int?
    private(set) var number: Int?
    private(set) var text: Int?
    private(set) var flag: Int?
    private(set) var bytes: Int?
    private(set) var baseName: Int?
    private(set) var baseTime: Int?
    private(set) var baseUnit: Int?
    private(set) var baseValue: Int?
    private(set) var baseSum: Int?
    private(set) var baseVersion: Int?
    private(set) var hasOthers = false

    /// Whichever of `v`, `vs`, `vb` and `vd` there is.
    var value: Int? { number ?? text ?? flag ?? bytes }

    /// How many of `v`, `vs`, `vb` and `vd` there are.
    var valueCount: Int {
        (number == nil ? 0 : 1) + (text == nil ? 0 : 1) + (flag == nil ? 0 : 1) + (bytes == nil ? 0 : 1)
    }

    /// Whether the record says something for those behind it and nothing itself.
    var isBaseOnly: Bool {
        let hasBases =
            baseName != nil || baseTime != nil || baseUnit != nil || baseValue != nil || baseSum != nil
            || baseVersion != nil
        return hasBases && value == nil && sum == nil && name == nil && unit == nil && time == nil
            && !hasOthers
    }

    /// - Throws: the pack's fault when it asks for something that is not understood.
    init(of record: Int, _ document: Document) throws(SenMLFault) {
        var child = record + 1
        while child < Int(document.source[record].next) {
            let key = document.source[child].key
            let field = SenMLField(key, document)
            if case .mustUnderstand = field {
                throw .pack(
                    "must-understand field \(Fault.quote(document.bytes.span.extracting(key.indices)))"
                )
            }
            take(field, child, document)
            child = Int(document.source[child].next)
        }
    }

    /// Null says nothing, but as a value it says that there is none.
    private mutating func take(_ field: SenMLField, _ node: Int, _ document: Document) {
        let place = document.source[node].kind == .null ? nil : node
        switch field {
        case .name: name = place
        case .unit: unit = place
        case .time: time = place
        case .sum: sum = place
        case .value: number = node
        case .textValue: text = place
        case .flagValue: flag = place
        case .bytesValue: bytes = place
        case .baseName: baseName = place
        case .baseTime: baseTime = place
        case .baseUnit: baseUnit = place
        case .baseValue: baseValue = place
        case .baseSum: baseSum = place
        case .baseVersion: baseVersion = place
        case .mustUnderstand, .other: hasOthers = true
        }
    }

    /// Whether the value is of its field's kind.
    func checkValue(_ document: Document) throws(SenMLFault) {
        if let number, ![.number, .null].contains(document.source[number].kind) {
            throw .record("has a v that is no number")
        }
        if let text, document.source[text].kind != .text { throw .record("has a vs that is no text") }
        if let flag, ![.yes, .no].contains(document.source[flag].kind) {
            throw .record("has a vb that is neither true nor false")
        }
        if let bytes, document.source[bytes].kind != .text { throw .record("has a vd that is no text") }
    }

    /// The text of a field; nil when there is none.
    static func text(_ node: Int?, _ name: String, _ document: Document) throws(SenMLFault) -> ByteRange? {
        guard let node else { return nil }
        guard document.source[node].kind == .text else { throw .record("has a \(name) that is no text") }
        return document.source[node].text
    }

    /// The number of a field; nil when there is none.
    static func number(_ node: Int?, _ name: String, _ document: Document) throws(SenMLFault)
        -> DecimalText?
    {
        guard let node else { return nil }
        guard document.source[node].kind == .number,
            let number = DecimalText(document.bytes.span.extracting(document.source[node].text.indices))
        else { throw .record("has a \(name) that is no number") }
        return number
    }
}

/// What holds for a record and those behind it.
struct SenMLBases {
    private(set) var name = ByteRange.empty
    private(set) var unit: ByteRange?
    private(set) var time = DecimalText.zero
    private(set) var value: DecimalText?
    private(set) var sum = DecimalText.zero

    /// The versions that are understood: RFC 8428's and those before it, and that with RFC 9100's units.
    private static func isUnderstood(_ version: Double) -> Bool {
        version >= 1 && version <= 10 || version == 26
    }

    /// Takes over a record's base fields.
    ///
    /// - Throws: the pack's fault, for what is wrong here is wrong for all records behind.
    mutating func take(_ fields: SenMLFields, _ document: Document) throws(SenMLFault) {
        do throws(SenMLFault) {
            if let version = try SenMLFields.number(fields.baseVersion, "bver", document)?.double,
                !Self.isUnderstood(version)
            {
                throw .record("has a version (bver) that is not understood")
            }
            if let text = try SenMLFields.text(fields.baseName, "bn", document) { name = text }
            if let text = try SenMLFields.text(fields.baseUnit, "bu", document) { unit = text }
            if let number = try SenMLFields.number(fields.baseTime, "bt", document) { time = number }
            if let number = try SenMLFields.number(fields.baseValue, "bv", document) { value = number }
            if let number = try SenMLFields.number(fields.baseSum, "bs", document) { sum = number }
        } catch {
            guard case .record(let message) = error else { throw error }
            throw .pack(message)
        }
    }
}
