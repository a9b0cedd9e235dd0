/// Reads InfluxDB's line protocol into a list of records, one for each line:
///
///     measurement,tag=text field=1.5,other=3i 1750122900000000000
///     {measurement: text, tags: {tag: text, …}, fields: {field: value, …}, time: number}
///
/// Without a stamp there is no `time`; the digits stay as they came, so that the rules about integers decide
/// between seconds and nanoseconds. A backslash takes the meaning from a comma, an equals sign, a blank or a
/// backslash behind it; texts in quotes are fields' values alone, and may span lines. Comments and blank lines
/// are nothing. A line that is none of this becomes a broken record and leaves its neighbours be.
///
/// Allocates nothing once the document's buffers have grown.
struct InfluxDecoder: PayloadDecoder {
    func decode(_ document: inout Document) throws(DecodeFailure) {
        var reader = InfluxReader(document)
        reader.read(&document)
        document.containersAreJSON = false
        document.adoptArena()
    }
}

/// Reads the lines of one payload, one after the other.
private struct InfluxReader {
    /// Why a line is none, for its broken record.
    struct Fault: Error {
        /// Which part of a line: `field`.
        let part: StaticString
        let byte: Int
        let message: StaticString
    }

    private let end: Int
    private let hasBadText: Bool
    private var position = 0
    private var lines = LineCount()

    // The names of a record's members, which lie together at the beginning of the arena.
    private static let names: StaticString = "measurementtagsfieldstimetruefalse"
    private let measurement: ByteRange
    private let tags: ByteRange
    private let fields: ByteRange
    private let time: ByteRange
    // The words for yes and no stand there too, for rules that ask for them.
    private let yes: ByteRange
    private let no: ByteRange

    init(_ document: Document) {
        end = document.bytes.count
        hasBadText = document.bytes.span.firstByteThatIsNotUTF8 != nil
        measurement = ByteRange(start: end, count: 11)
        tags = ByteRange(start: end + 11, count: 4)
        fields = ByteRange(start: end + 15, count: 6)
        time = ByteRange(start: end + 21, count: 4)
        yes = ByteRange(start: end + 25, count: 4)
        no = ByteRange(start: end + 29, count: 5)
    }

    mutating func read(_ document: inout Document) {
        Self.names.withUTF8Buffer { letters in
            unsafe document.arena.append(contentsOf: letters)
        }
        document.push(.list, ByteRange(start: 0, count: end))
        var count = 0
        while skipToLine(document) {
            let start = position
            let (nodes, arena) = (document.nodes.count, document.arena.count)
            do throws(Fault) {
                try record(&document)
                try checkText(start, document)
            } catch {
                document.nodes.removeLast(document.nodes.count - nodes)
                document.arena.removeLast(document.arena.count - arena)
                let line = lines.line(at: start, in: document.bytes.span)
                document.pushBroken(
                    "line protocol \(error.part): line \(line), byte \(error.byte): \(error.message)",
                    behind: end
                )
                // A quote that is never closed must not take the lines behind it along.
                position = document.bytes.span.endOfLine(from: start)
            }
            count += 1
        }
        document.close(0, children: count)
    }

    /// Passes over blanks, blank lines and comments.
    ///
    /// - Returns: false at the end of the payload.
    private mutating func skipToLine(_ document: Document) -> Bool {
        while position < end {
            if document.bytes[position].isBlank {
                position += 1
            } else if document.bytes[position] == UInt8(ascii: "#") {
                position = document.bytes.span.endOfLine(from: position)
            } else {
                return true
            }
        }
        return false
    }

    private func checkText(_ start: Int, _ document: Document) throws(Fault) {
        guard hasBadText,
            let byte = document.bytes.span.extracting(start..<position).firstByteThatIsNotUTF8
        else { return }
        throw Fault(part: "text", byte: start + byte, message: "not UTF-8")
    }

    private mutating func record(_ document: inout Document) throws(Fault) {
        let start = position
        let record = document.nodes.count
        document.push(.object, ByteRange(start: start, count: 0))
        let name = try name(of: "measurement", endsAtEquals: false, &document)
        document.push(.text, name, key: measurement)
        try tags(&document)
        try fields(&document)
        var members = 3
        if try stamp(&document) { members += 1 }
        document.nodes[record].count = UInt32(truncatingIfNeeded: position - start)
        document.close(record, children: members)
    }

    private mutating func tags(_ document: inout Document) throws(Fault) {
        let container = document.nodes.count
        document.push(.object, ByteRange(start: position, count: 0), key: tags)
        var count = 0
        while position < end, document.bytes[position] == UInt8(ascii: ",") {
            position += 1
            let key = try name(of: "tag", endsAtEquals: true, &document)
            try equals(of: "tag", document)
            let text = try name(of: "tag", endsAtEquals: false, &document)
            document.push(.text, text, key: key)
            count += 1
        }
        document.close(container, children: count)
    }

    private mutating func fields(_ document: inout Document) throws(Fault) {
        skipBlanks(document)
        let container = document.nodes.count
        document.push(.object, ByteRange(start: position, count: 0), key: fields)
        var count = 0
        repeat {
            if count > 0 { position += 1 }
            let key = try name(of: "field", endsAtEquals: true, &document)
            try equals(of: "field", document)
            if position < end, document.bytes[position] == UInt8(ascii: "\"") {
                document.push(.text, try quoted(&document), key: key)
            } else {
                try plain(key, &document)
            }
            count += 1
        } while position < end && document.bytes[position] == UInt8(ascii: ",")
        document.close(container, children: count)
    }

    /// - Returns: whether there is a stamp.
    private mutating func stamp(_ document: inout Document) throws(Fault) -> Bool {
        guard isAtLineEnd(document) || document.bytes[position] == 0x20 else {
            throw Fault(part: "field", byte: position, message: "more behind the closing quote")
        }
        skipBlanks(document)
        if isAtLineEnd(document) { return false }
        let start = position
        if document.bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        while position < end, document.bytes[position].isDigit { position += 1 }
        let digits = ByteRange(start: start, count: position - start)
        let isStamp = position > first
        skipBlanks(document)
        guard isStamp, isAtLineEnd(document) else {
            throw Fault(
                part: "timestamp",
                byte: start,
                message: "expected a whole number, and the line's end"
            )
        }
        document.push(.number, digits, key: time)
        return true
    }

    private func isAtLineEnd(_ document: Document) -> Bool {
        guard position < end, document.bytes[position] != 0x0A else { return true }
        return document.bytes[position] == 0x0D
            && (position + 1 == end || document.bytes[position + 1] == 0x0A)
    }

    private mutating func skipBlanks(_ document: Document) {
        while position < end, document.bytes[position] == 0x20 { position += 1 }
    }

    private mutating func equals(of part: StaticString, _ document: Document) throws(Fault) {
        guard position < end, document.bytes[position] == UInt8(ascii: "=") else {
            throw Fault(part: part, byte: position, message: "expected = behind the name")
        }
        position += 1
    }

    /// Reads a name or a tag's text up to a blank, a comma, the line's end, or an equals sign; not empty.
    private mutating func name(
        of part: StaticString,
        endsAtEquals: Bool,
        _ document: inout Document
    ) throws(Fault) -> ByteRange {
        let start = position
        let arenaStart = document.arena.count
        var plain = position
        while !isAtLineEnd(document) {
            let byte = document.bytes[position]
            if byte == UInt8(ascii: ",") || byte == 0x20 { break }
            if endsAtEquals, byte == UInt8(ascii: "=") { break }
            if byte == UInt8(ascii: "\\"), position + 1 < end, Self.isMark(document.bytes[position + 1]) {
                document.arena.append(contentsOf: document.bytes[plain..<position])
                document.arena.append(document.bytes[position + 1])
                position += 2
                plain = position
            } else {
                position += 1
            }
        }
        guard position > start else {
            throw Fault(part: part, byte: start, message: "expected a name or a text")
        }
        guard document.arena.count > arenaStart else {
            return ByteRange(start: start, count: position - start)
        }
        document.arena.append(contentsOf: document.bytes[plain..<position])
        return ByteRange(start: end + arenaStart, count: document.arena.count - arenaStart)
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") || byte == 0x20 || byte == UInt8(ascii: "\\")
    }

    /// Reads a text in quotes, in which a backslash stands before a quote and a backslash.
    private mutating func quoted(_ document: inout Document) throws(Fault) -> ByteRange {
        let opening = position
        let arenaStart = document.arena.count
        position += 1
        var plain = position
        while position < end, document.bytes[position] != UInt8(ascii: "\"") {
            let isEscape =
                document.bytes[position] == UInt8(ascii: "\\") && position + 1 < end
                && (document.bytes[position + 1] == UInt8(ascii: "\"")
                    || document.bytes[position + 1] == UInt8(ascii: "\\"))
            if isEscape {
                document.arena.append(contentsOf: document.bytes[plain..<position])
                document.arena.append(document.bytes[position + 1])
                position += 2
                plain = position
            } else {
                position += 1
            }
        }
        guard position < end else {
            throw Fault(part: "field", byte: opening, message: "a quote that is never closed")
        }
        defer { position += 1 }
        guard document.arena.count > arenaStart else {
            return ByteRange(start: opening + 1, count: position - opening - 1)
        }
        document.arena.append(contentsOf: document.bytes[plain..<position])
        return ByteRange(start: end + arenaStart, count: document.arena.count - arenaStart)
    }

    /// Reads a number, a whole number with its `i` or `u`, or a word for yes or no.
    private mutating func plain(_ key: ByteRange, _ document: inout Document) throws(Fault) {
        let start = position
        while !isAtLineEnd(document), document.bytes[position] != UInt8(ascii: ","),
            document.bytes[position] != 0x20
        {
            position += 1
        }
        var text = ByteRange(start: start, count: position - start)
        guard let kind = Self.kind(of: document.bytes.span.extracting(text.indices)) else {
            throw Fault(
                part: "field",
                byte: start,
                message: "expected a number, a text in quotes, true or false"
            )
        }
        switch kind {
        case .yes: text = yes
        case .no: text = no
        default:
            let mark = document.bytes[position - 1]
            if mark == UInt8(ascii: "i") || mark == UInt8(ascii: "u") { text.count -= 1 }
        }
        document.push(kind, text, key: key)
    }

    /// What a field's word stands for; nil when it is none.
    private static func kind(of word: Span<UInt8>) -> Node.Kind? {
        guard word.count > 0 else { return nil }
        switch word[0] {
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            return word.count == 1 || word.equalsFolded("true") ? .yes : nil
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            return word.count == 1 || word.equalsFolded("false") ? .no : nil
        default: break
        }
        let mark = word[word.count - 1]
        guard mark == UInt8(ascii: "i") || mark == UInt8(ascii: "u") else {
            return DecimalText(word) == nil ? nil : .number
        }
        var first = 0
        if mark == UInt8(ascii: "i"), word[0] == UInt8(ascii: "-") { first = 1 }
        guard word.count - 1 > first else { return nil }
        for index in first..<word.count - 1 where !word[index].isDigit { return nil }
        return .number
    }
}
