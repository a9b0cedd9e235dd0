/// Reads CBOR (RFC 8949) into a document: one item, and nothing behind it.
///
///     0xA2                        a map of two members          {
///     0x64 t e m p   0xF9 4D 60   "temp": 21.5, half precision    "temp": 21.5,
///     0x01           0xF5         1: true                         "1": true }
///
/// Numbers become exact decimal digits: integers and bignums (tags 2, 3) all of theirs, decimal fractions
/// (tag 4) with their point, doubles the shortest that read back the same, halves and singles those of the
/// double that they are. NaN and infinities are numbers that no reading can be made of; they cost that reading
/// alone. Byte strings become base64url text without padding, or what tags 21 to 23 before them say. Undefined
/// and unknown simple values are null. Names that are no texts are written as texts: 1 is "1". The stamps of
/// tags 0 and 1 and all other tagged items are what they hold.
///
/// A payload of N bytes comes to at most N nodes and 9 N bytes of text, whatever lengths it announces.
struct CBORDecoder: PayloadDecoder {
    /// Containers within containers, at most.
    let nestingMax: Int
    /// Integers as names of a list's records are SenML's labels.
    var hasLabels = false

    func decode(_ document: inout Document) throws(DecodeFailure) {
        var reader = CBORReader(document, nestingMax: nestingMax)
        do throws(DecodeFailure) {
            try reader.read(&document, hasLabels: hasLabels)
        } catch {
            document.reset()
            throw error
        }
        document.containersAreJSON = false
        document.adoptArena()
    }
}

/// Goes through one payload, item after item, without recursion.
///
/// What is open stands in the document's `open`; until a container is closed its `count` says how many members
/// it announced, ``endless`` when a break ends it.
struct CBORReader {
    /// The first byte of an item and what follows it.
    struct Head {
        let start: Int
        let major: UInt8
        /// The low five bits.
        let short: UInt8
        let argument: UInt64

        var isIndefinite: Bool { short == 31 }
    }

    static let endless = UInt32.max
    /// How the bytes of a byte string are written.
    enum ByteText { case base64url, base64, hex }

    /// The payload's bytes; the arena stands behind them.
    let end: Int
    let nestingMax: Int
    var position = 0
    /// Where SenML's names stand; nil when integers are names as they are.
    private var labelStart: Int?

    init(_ document: Document, nestingMax: Int) {
        end = document.bytes.count
        self.nestingMax = nestingMax
    }

    mutating func read(_ document: inout Document, hasLabels: Bool) throws(DecodeFailure) {
        if hasLabels {
            labelStart = end + document.arena.count
            SenMLLabel.names.withUTF8Buffer { letters in
                unsafe document.arena.append(contentsOf: letters)
            }
        }
        repeat {
            var key = ByteRange.empty
            if let container = document.open.last, document.nodes[Int(container)].kind == .object {
                key = try self.key(&document)
            }
            try value(key, &document)
        } while try goesOn(&document)
    }

    /// Closes what is complete.
    ///
    /// - Returns: whether another member or element follows.
    private mutating func goesOn(_ document: inout Document) throws(DecodeFailure) -> Bool {
        while let open = document.open.last {
            let container = Int(open)
            if document.nodes[container].count == Self.endless {
                guard position < end else { throw failure(position, "the bytes end where a break is due") }
                guard document.bytes[position] == 0xFF else { return true }
                position += 1
            } else if document.nodes[container].children < document.nodes[container].count {
                return true
            }
            document.nodes[container].next = UInt32(truncatingIfNeeded: document.nodes.count)
            document.nodes[container].count = UInt32(position) - document.nodes[container].start
            document.open.removeLast()
        }
        guard position == end else { throw failure(position, "more bytes behind the item") }
        return false
    }

    /// Reads the item that is due, tags before it included.
    private mutating func value(_ key: ByteRange, _ document: inout Document) throws(DecodeFailure) {
        if let container = document.open.last { document.nodes[Int(container)].children += 1 }
        var form = ByteText.base64url
        while true {
            let head = try head(document)
            switch head.major {
            case 0, 1: document.push(.number, digits(head, &document), key: key)
            case 2: document.push(.text, try byteText(head, form, &document), key: key)
            case 3: document.push(.text, try text(head, &document), key: key)
            case 4, 5: try open(head, key, &document)
            case 6:
                switch head.argument {
                case 2, 3:
                    document.push(.number, try bignum(head.argument == 3, &document), key: key)
                case 4, 5:
                    document.push(.number, try fraction(isBinary: head.argument == 5, &document), key: key)
                case 21:
                    form = .base64url
                    continue
                case 22:
                    form = .base64
                    continue
                case 23:
                    form = .hex
                    continue
                default: continue
                }
            default: try simple(head, key, &document)
            }
            return
        }
    }

    private mutating func open(
        _ head: Head,
        _ key: ByteRange,
        _ document: inout Document
    ) throws(DecodeFailure) {
        guard document.open.count < nestingMax else {
            throw failure(head.start, "nested deeper than \(nestingMax) levels")
        }
        // A member takes two bytes at least, an element one: what is announced beyond that cannot follow.
        let most = UInt64(end - position) / (head.major == 5 ? 2 : 1)
        guard head.isIndefinite || head.argument <= most else {
            throw failure(
                head.start,
                "\(head.argument) members are announced, and \(end - position) bytes follow"
            )
        }
        document.open.append(UInt32(document.nodes.count))
        document.push(head.major == 5 ? .object : .list, ByteRange(start: head.start, count: 0), key: key)
        let count = head.isIndefinite ? Self.endless : UInt32(head.argument)
        document.nodes[document.nodes.count - 1].count = count
    }

    private func simple(
        _ head: Head,
        _ key: ByteRange,
        _ document: inout Document
    ) throws(DecodeFailure) {
        switch head.short {
        case 20: document.push(.no, word("false", &document), key: key)
        case 21: document.push(.yes, word("true", &document), key: key)
        case 25, 26, 27:
            let start = document.arena.count
            document.arena.append(shortest: Self.float(head))
            document.push(.number, written(from: start, document), key: key)
        case 31: throw failure(head.start, "a break where a value is due")
        case 24 where head.argument < 32: throw failure(head.start, "a simple value in two bytes is over 31")
        default: document.push(.null, word("null", &document), key: key)
        }
    }

    /// Reads a member's name; the tags before it mean nothing.
    private mutating func key(_ document: inout Document) throws(DecodeFailure) -> ByteRange {
        var head = try head(document)
        while head.major == 6 { head = try self.head(document) }
        switch head.major {
        case 0, 1:
            if let labelStart, document.open.count == 2, let label = SenMLLabel(head.major, head.argument) {
                return ByteRange(start: labelStart + label.start, count: label.count)
            }
            return digits(head, &document)
        case 2: return try byteText(head, .base64url, &document)
        case 3: return try text(head, &document)
        case 7:
            switch head.short {
            case 20: return word("false", &document)
            case 21: return word("true", &document)
            case 25, 26, 27:
                let start = document.arena.count
                document.arena.append(shortest: Self.float(head))
                return written(from: start, document)
            case 31: throw failure(head.start, "a break where a name is due")
            default: return word("null", &document)
            }
        default: throw failure(head.start, "a list or map as a name")
        }
    }

    // MARK: What stands in the arena

    /// What has been written to the arena since `start`.
    func written(from start: Int, _ document: Document) -> ByteRange {
        ByteRange(start: end + start, count: document.arena.count - start)
    }

    private func word(_ word: StaticString, _ document: inout Document) -> ByteRange {
        let start = document.arena.count
        word.withUTF8Buffer { letters in
            unsafe document.arena.append(contentsOf: letters)
        }
        return written(from: start, document)
    }

    func failure(_ byte: Int, _ message: String) -> DecodeFailure {
        DecodeFailure(format: PayloadFormat.cbor.rawValue, byte: byte, message: message)
    }
}
