/// Reads CSV (RFC 4180) into a list of objects, one for each line that is not blank.
///
/// The names come from the rule's `columns` or from the first line. A line with too few fields lacks the last
/// ones; a line with too many, or with text behind a closing quote, becomes a broken record and leaves its
/// neighbours be.
struct CSVDecoder: PayloadDecoder {
    private let delimiter: UInt8
    private let columns: [[UInt8]]?

    init(_ options: FormatOptions) {
        delimiter = options.delimiter.utf8.first ?? UInt8(ascii: ",")
        columns = options.columns.map { names in names.map { Array($0.utf8) } }
    }

    func decode(_ document: inout Document) throws(DecodeFailure) {
        if let byte = document.bytes.span.firstByteThatIsNotUTF8 {
            throw Self.failure(
                byte,
                "not UTF-8; if the source sends Shift_JIS, write options: {encoding: cp932}"
            )
        }
        var lines = Lines(payloadCount: document.bytes.count)
        do throws(DecodeFailure) {
            try read(&document, &lines)
        } catch {
            document.reset()
            throw error
        }
        document.nodes[0].next = UInt32(document.nodes.count)
        document.nodes[0].count = UInt32(document.bytes.count)
        document.adoptArena()
    }

    static func failure(_ byte: Int, _ message: String) -> DecodeFailure {
        DecodeFailure(format: "csv", byte: byte, message: message)
    }

    private struct Lines {
        let payloadCount: Int
        var position = 0
        /// Where the reader is, 1-based, for messages.
        var number = 1
        /// Where the line at hand began.
        var first = 1
        var fields: [ByteRange] = []
        /// The line as a whole, its end not included.
        var line = ByteRange.empty
        /// Text stands behind a closing quote.
        var isBroken = false
    }

    private func read(_ document: inout Document, _ lines: inout Lines) throws(DecodeFailure) {
        document.nodes.append(Node(kind: .list, start: 0))
        var names: [ByteRange] = []
        if let columns {
            for name in columns {
                names.append(ByteRange(start: lines.payloadCount + document.arena.count, count: name.count))
                document.arena.append(contentsOf: name)
            }
        } else {
            guard try nextLine(&document, &lines) else {
                throw Self.failure(0, "no line with the columns' names")
            }
            guard !lines.isBroken else { throw Self.failure(lines.line.start, "text behind a closing quote") }
            names = lines.fields.map { trimmed($0, document) }
        }
        while try nextLine(&document, &lines) {
            append(lines, names, &document)
            document.nodes[0].children += 1
        }
    }

    /// The name without blanks around it.
    private func trimmed(_ name: ByteRange, _ document: Document) -> ByteRange {
        guard name.end <= document.bytes.count else { return name }
        let inner = document.bytes.span.extracting(name.indices).trimmedRange()
        return ByteRange(start: name.start + inner.lowerBound, count: inner.count)
    }

    private func append(_ lines: Lines, _ names: [ByteRange], _ document: inout Document) {
        let surplus = lines.fields.dropFirst(names.count).contains { $0.count > 0 }
        if lines.isBroken || surplus {
            document.pushBroken(
                lines.isBroken
                    ? "csv: line \(lines.first): text behind a closing quote"
                    : "csv: line \(lines.first): \(lines.fields.count) fields, but \(names.count) columns are named",
                behind: lines.payloadCount,
                at: lines.line.start
            )
            return
        }
        let record = document.nodes.count
        document.nodes.append(
            Node(kind: .object, start: UInt32(lines.line.start), count: UInt32(lines.line.count))
        )
        for (name, field) in zip(names, lines.fields) {
            document.nodes.append(
                Node(
                    kind: .text,
                    keyStart: UInt32(name.start),
                    keyCount: UInt32(name.count),
                    start: UInt32(field.start),
                    count: UInt32(field.count),
                    next: UInt32(document.nodes.count + 1)
                )
            )
        }
        document.nodes[record].children = UInt32(document.nodes.count - record - 1)
        document.nodes[record].next = UInt32(document.nodes.count)
    }

    /// Reads the fields of the next line that is not blank.
    ///
    /// - Returns: false at the end of the payload.
    private func nextLine(_ document: inout Document, _ lines: inout Lines) throws(DecodeFailure) -> Bool {
        while lines.position < lines.payloadCount {
            let start = lines.position
            lines.first = lines.number
            lines.fields.removeAll(keepingCapacity: true)
            lines.isBroken = false
            var more = true
            while more { more = try nextField(&document, &lines) }
            lines.line = ByteRange(start: start, count: lines.position - start)
            stepOverLineEnd(document, &lines)
            let isBlank =
                lines.fields.count == 1
                && document.bytes.span.extracting(lines.line.indices).trimmedRange().isEmpty
            if !isBlank { return true }
        }
        return false
    }

    private func stepOverLineEnd(_ document: Document, _ lines: inout Lines) {
        if lines.position < lines.payloadCount, document.bytes[lines.position] == 0x0D { lines.position += 1 }
        if lines.position < lines.payloadCount, document.bytes[lines.position] == 0x0A { lines.position += 1 }
        lines.number += 1
    }

    /// - Returns: whether the line goes on behind a delimiter.
    private func nextField(_ document: inout Document, _ lines: inout Lines) throws(DecodeFailure) -> Bool {
        if lines.position < lines.payloadCount, document.bytes[lines.position] == UInt8(ascii: "\"") {
            lines.fields.append(try quotedField(&document, &lines))
        } else {
            let start = lines.position
            lines.position = endOfField(document, lines)
            lines.fields.append(ByteRange(start: start, count: lines.position - start))
        }
        guard lines.position < lines.payloadCount, document.bytes[lines.position] == delimiter else {
            return false
        }
        lines.position += 1
        return true
    }

    private func endOfField(_ document: Document, _ lines: Lines) -> Int {
        var position = lines.position
        while position < lines.payloadCount {
            let byte = document.bytes[position]
            if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
            position += 1
        }
        return position
    }

    private func quotedField(_ document: inout Document, _ lines: inout Lines) throws(DecodeFailure)
        -> ByteRange
    {
        let opening = lines.position
        let arenaStart = document.arena.count
        var start = opening + 1
        var position = start
        while true {
            guard position < lines.payloadCount else {
                throw Self.failure(opening, "line \(lines.number): a quote that is never closed")
            }
            if document.bytes[position] == 0x0A { lines.number += 1 }
            guard document.bytes[position] == UInt8(ascii: "\"") else {
                position += 1
                continue
            }
            guard position + 1 < lines.payloadCount, document.bytes[position + 1] == UInt8(ascii: "\"") else {
                break
            }
            document.arena.append(contentsOf: document.bytes[start..<position + 1])
            position += 2
            start = position
        }
        var field = ByteRange(start: start, count: position - start)
        if document.arena.count > arenaStart {
            document.arena.append(contentsOf: document.bytes[start..<position])
            field = ByteRange(
                start: lines.payloadCount + arenaStart,
                count: document.arena.count - arenaStart
            )
        }
        lines.position = position + 1
        let end = endOfField(document, lines)
        if end > lines.position {
            lines.isBroken = lines.isBroken || !blank(document, lines.position, end)
            lines.position = end
        }
        return field
    }

    private func blank(_ document: Document, _ start: Int, _ end: Int) -> Bool {
        document.bytes.span.extracting(start..<end).trimmedRange().isEmpty
    }
}
