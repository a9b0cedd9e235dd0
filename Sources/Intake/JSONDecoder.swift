/// Reads JSON (RFC 8259) into a document's nodes: strict, in one pass, without recursion.
///
/// Digits stay text, so that a scale is exact and `1e400` costs one reading. NaN, Infinity, comments and lone
/// surrogates are refused. Of members with the same name the last counts. Allocates nothing once its buffers
/// have grown, but for texts with escapes longer than any before.
struct JSONDecoder: PayloadDecoder {
    /// Containers within containers, at most.
    let nestingMax: Int

    func decode(_ document: inout Document) throws(DecodeFailure) {
        if let byte = document.bytes.span.firstByteThatIsNotUTF8 {
            throw Self.failure(
                byte,
                "not UTF-8; if the source sends Shift_JIS, write options: {encoding: cp932}"
            )
        }
        // The bytes stand aside while the nodes grow, so that both can be used at once; nothing is copied.
        var bytes: [UInt8] = []
        swap(&bytes, &document.bytes)
        do throws(DecodeFailure) {
            defer { swap(&bytes, &document.bytes) }
            try Self.read(
                bytes.span,
                from: 0,
                nestingMax: nestingMax,
                nodes: &document.nodes,
                open: &document.open,
                arena: &document.arena
            )
        } catch {
            document.reset()
            throw error
        }
        document.adoptArena()
    }

    /// Reads the one value that stands from `start` to the end of the text: value after value; what is open
    /// stands in `open`.
    static func read(
        _ text: Span<UInt8>,
        from start: Int,
        nestingMax: Int,
        nodes: inout [Node],
        open: inout [UInt32],
        arena: inout [UInt8]
    ) throws(DecodeFailure) {
        var position = skipBlanks(text, start)
        var container = Container()
        while true {
            var key = ByteRange.empty
            if container.isObject { key = try readKey(text, &position, &arena) }
            guard position < text.count else { throw failure(position, "the text ends where a value is due") }
            let byte = text[position]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard open.count < nestingMax else {
                    throw failure(position, "nested deeper than \(nestingMax) levels")
                }
                if container.node >= 0 { nodes[container.node].children = container.children }
                container = Container(node: nodes.count, isObject: byte == UInt8(ascii: "{"))
                open.append(UInt32(nodes.count))
                let kind: Node.Kind = container.isObject ? .object : .list
                push(kind, ByteRange(start: position, count: 0), key, &nodes)
                position = skipBlanks(text, position + 1)
                // One that is empty ends right here.
                guard position < text.count, text[position] == container.end else { continue }
            } else {
                try readScalar(text, &position, key: key, nodes: &nodes, arena: &arena)
                container.children += 1
            }
            guard try readOn(text, &position, &container, nodes: &nodes, open: &open) else { return }
        }
    }

    /// The innermost list or object that is open. Its children are counted here, and in its node while another is open
    /// within it.
    private struct Container {
        /// −1 for none.
        var node = -1
        var isObject = false
        var children: UInt32 = 0

        var end: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }
    }

    /// Closes what closes here.
    ///
    /// - Returns: whether another value follows: `position` stands behind its comma.
    @inline(__always)
    private static func readOn(
        _ text: Span<UInt8>,
        _ position: inout Int,
        _ container: inout Container,
        nodes: inout [Node],
        open: inout [UInt32]
    ) throws(DecodeFailure) -> Bool {
        while true {
            position = skipBlanks(text, position)
            guard container.node >= 0 else {
                guard position == text.count else { throw failure(position, "more text after the value") }
                return false
            }
            guard position < text.count else {
                throw failure(position, "the text ends inside a list or object")
            }
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: ",") {
                position = skipBlanks(text, position)
                return true
            }
            guard byte == container.end else {
                throw failure(position - 1, "expected , or the end of the list or object")
            }
            nodes[container.node].children = container.children
            nodes[container.node].next = UInt32(nodes.count)
            nodes[container.node].count = UInt32(position) - nodes[container.node].start
            open.removeLast()
            container = Container()
            guard let parent = open.last.map(Int.init) else { continue }
            container.node = parent
            container.isObject = nodes[parent].kind == .object
            container.children = nodes[parent].children + 1
        }
    }

    @inline(__always)
    private static func readKey(
        _ text: Span<UInt8>,
        _ position: inout Int,
        _ arena: inout [UInt8]
    ) throws(DecodeFailure) -> ByteRange {
        guard position < text.count, text[position] == UInt8(ascii: "\"") else {
            throw failure(position, "expected a name in quotes")
        }
        let key = try readText(text, &position, &arena)
        position = skipBlanks(text, position)
        guard position < text.count, text[position] == UInt8(ascii: ":") else {
            throw failure(position, "expected : after the name")
        }
        position = skipBlanks(text, position + 1)
        return key
    }

    @inline(__always)
    private static func readScalar(
        _ text: Span<UInt8>,
        _ position: inout Int,
        key: ByteRange,
        nodes: inout [Node],
        arena: inout [UInt8]
    ) throws(DecodeFailure) {
        let start = position
        let kind: Node.Kind
        switch text[position] {
        case UInt8(ascii: "\""):
            let range = try readText(text, &position, &arena)
            push(.text, range, key, &nodes)
            return
        case UInt8(ascii: "t"):
            try expect("true", text, &position)
            kind = .yes
        case UInt8(ascii: "f"):
            try expect("false", text, &position)
            kind = .no
        case UInt8(ascii: "n"):
            try expect("null", text, &position)
            kind = .null
        default:
            try skipNumber(text, &position)
            kind = .number
        }
        push(kind, ByteRange(start: start, count: position - start), key, &nodes)
    }

    @inline(__always)
    private static func push(_ kind: Node.Kind, _ range: ByteRange, _ key: ByteRange, _ nodes: inout [Node]) {
        nodes.append(
            Node(
                kind: kind,
                keyStart: UInt32(truncatingIfNeeded: key.start),
                keyCount: UInt32(truncatingIfNeeded: key.count),
                start: UInt32(truncatingIfNeeded: range.start),
                count: UInt32(truncatingIfNeeded: range.count),
                next: UInt32(truncatingIfNeeded: nodes.count + 1)
            )
        )
    }

    static func failure(_ byte: Int, _ message: String) -> DecodeFailure {
        DecodeFailure(format: "json", byte: byte, message: message)
    }
}
