import Readings

/// One value of a document: a scalar, a list or an object, and under which name it stands.
///
/// 28 bytes, and the nodes of a document lie in one array in the order of their text: a container is followed
/// by all that it holds, and `next` leads behind it. Texts and digits are places in the document's bytes.
struct Node: Sendable {
    enum Kind: UInt8, Sendable {
        case null, no, yes, number, text, list, object
        /// A record that its decoder could not read; its text says why, its neighbours are fine.
        case broken
    }

    /// What a format says of a value beside the value.
    struct Mark: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        /// An object that is a metric of its own.
        static let metric = Mark(rawValue: 1)
        /// It is history, and was never the current value.
        static let historical = Mark(rawValue: 2)
        /// It is to be shown, and not to be kept.
        static let transient = Mark(rawValue: 4)
        /// What a null would be if it were none.
        static let number = Mark(rawValue: 8)
        static let flag = Mark(rawValue: 16)
        static let text = Mark(rawValue: 32)
    }

    var kind: Kind
    /// A later member of the same object has the same name, and that one counts.
    var isShadowed = false
    /// The object's shadowed members have been looked for.
    var isSearched = false
    var mark: Mark = []
    /// The name, when it is a member of an object.
    var keyStart: UInt32 = 0
    var keyCount: UInt32 = 0
    /// The scalar's text or digits; for a container its raw text, brackets included.
    var start: UInt32
    var count: UInt32 = 0
    /// The node after this one and all that it holds.
    var next: UInt32 = 0
    /// Members or elements.
    var children: UInt32 = 0

    var key: ByteRange { ByteRange(start: Int(keyStart), count: Int(keyCount)) }
    var text: ByteRange { ByteRange(start: Int(start), count: Int(count)) }
    var isContainer: Bool { kind == .list || kind == .object }
}

/// What a decoder makes of a payload: a tree like that of JSON, whatever the format was.
///
/// One document is used for message after message; its buffers keep their memory.
struct Document: Sendable {
    /// The payload, and behind it what a decoder had to unescape or name.
    var bytes: [UInt8] = []
    /// The root is node 0.
    var nodes: [Node] = []
    /// Unescaped texts while a decoder is at work; moved behind the payload when it is done.
    var arena: [UInt8] = []
    /// Containers that a decoder has not closed yet.
    var open: [UInt32] = []
    /// When the payload arrived; some formats' stamps are relative to it.
    var received = Instant(milliseconds: 0)
    /// A container's bytes are its text in JSON; else that is written when it is wanted.
    var containersAreJSON = true
    /// The nodes of a format on which another stands, while that is at work.
    var source: [Node] = []
    private var brokenCount = 0
    private var brokenText = ByteRange.empty
    private var seen: [UInt32] = []

    /// Takes a payload in: a copy, of text without its byte order mark and its trailing NULs; the nodes are
    /// emptied.
    mutating func load(_ payload: Span<UInt8>, isBinary: Bool = false) {
        var start = 0
        var end = payload.count
        if !isBinary {
            if end >= 3, payload[0] == 0xEF, payload[1] == 0xBB, payload[2] == 0xBF { start = 3 }
            while end > start, payload[end - 1] == 0 { end -= 1 }
        }
        bytes.become(payload.extracting(start..<end))
        reset()
    }

    /// Forgets the nodes but keeps the bytes.
    mutating func reset() {
        // For each message. One alone goes faster than a list of one; removing all "keeping capacity" is slower still.
        if nodes.count == 1 { nodes.removeLast() } else { nodes.removeLast(nodes.count) }
        if !arena.isEmpty { arena.removeAll(keepingCapacity: true) }
        if !open.isEmpty { open.removeAll(keepingCapacity: true) }
        containersAreJSON = true
        brokenCount = 0
    }

    /// Moves what was unescaped behind the payload, where the nodes expect it.
    mutating func adoptArena() {
        if !arena.isEmpty { bytes.append(contentsOf: arena) }
    }

    /// Appends a scalar to the nodes, or a container that nothing lies in yet.
    mutating func push(_ kind: Node.Kind, _ text: ByteRange, key: ByteRange = .empty) {
        nodes.append(
            Node(
                kind: kind,
                keyStart: UInt32(truncatingIfNeeded: key.start),
                keyCount: UInt32(truncatingIfNeeded: key.count),
                start: UInt32(truncatingIfNeeded: text.start),
                count: UInt32(truncatingIfNeeded: text.count),
                next: UInt32(truncatingIfNeeded: nodes.count + 1)
            )
        )
    }

    /// Ends a container: all nodes behind it lie in it.
    mutating func close(_ container: Int, children: Int) {
        nodes[container].children = UInt32(truncatingIfNeeded: children)
        nodes[container].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    /// How many records of a payload say what is wrong with them; the letters of one topic tell one a minute.
    private static let brokenTextsMax = 16

    /// Appends a record that could not be read.
    ///
    /// - Parameters:
    ///   - payloadCount: where the arena's first byte will stand.
    ///   - start: where the record begins, for a file's letters; kept as the place of a name that it has not.
    mutating func pushBroken(_ why: @autoclosure () -> String, behind payloadCount: Int, at start: Int = 0) {
        if brokenCount <= Self.brokenTextsMax {
            let start = arena.count
            let text = brokenCount < Self.brokenTextsMax ? why() : "many more records cannot be read"
            arena.append(contentsOf: text.utf8)
            brokenText = ByteRange(start: payloadCount + start, count: arena.count - start)
        }
        brokenCount += 1
        push(.broken, brokenText, key: ByteRange(start: start, count: 0))
    }

    /// The member whose name lies there in `names`; of several the last. Nil when `object` is none or has no
    /// such member.
    ///
    /// - Complexity: O(members).
    func member(_ name: ByteRange, in names: [UInt8], of object: Int) -> Int? {
        let (nodes, bytes) = (nodes.span, bytes.span)
        guard nodes[object].kind == .object else { return nil }
        let wanted = names.span.extracting(name.indices)
        var found = -1
        var child = object + 1
        let end = Int(nodes[object].next)
        while child < end {
            if Int(nodes[child].keyCount) == wanted.count,
                bytes.holds(wanted, at: Int(nodes[child].keyStart))
            {
                found = child
            }
            child = Int(nodes[child].next)
        }
        return found < 0 ? nil : found
    }

    /// Goes a path that leads to one value.
    ///
    /// - Returns: the node, or −1 where the path leads nowhere.
    func walk(_ path: DocumentPath, from base: Int) -> Int {
        var node = base
        for step in path.steps {
            let next: Int?
            switch step {
            case .member(let name): next = member(name, in: path.names, of: node)
            case .element(let place): next = element(place, of: node)
            case .every:
                preconditionFailure("a path to one value may not have a wildcard; the compiler refuses it")
            }
            guard let next else { return -1 }
            node = next
        }
        return node
    }

    /// The digits of a scalar; nil when they are none, or so many that the number may be infinite: such a one takes the
    /// long way, which keeps the text for the dead letter.
    func plainNumber(_ node: Node) -> DecimalText? {
        guard node.count <= 32, let number = DecimalText(bytes.span.extracting(node.text.indices)),
            abs(number.exponent) < 200
        else { return nil }
        return number
    }

    /// The element at a place; negative counts from the end. Nil when `list` is none or is shorter.
    ///
    /// - Complexity: O(elements).
    func element(_ place: Int, of list: Int) -> Int? {
        guard nodes[list].kind == .list else { return nil }
        let count = Int(nodes[list].children)
        let wanted = place < 0 ? count + place : place
        guard wanted >= 0, wanted < count else { return nil }
        var child = list + 1
        for _ in 0..<wanted { child = Int(nodes[child].next) }
        return child
    }

    /// Marks the members of `object` that a later one of the same name replaces.
    ///
    /// - Complexity: O(members): their names are hashed.
    mutating func searchShadows(of object: Int) {
        guard nodes[object].kind == .object, !nodes[object].isSearched else { return }
        nodes[object].isSearched = true
        let count = Int(nodes[object].children)
        guard count > 1 else { return }
        var size = 16
        while size < count * 2 { size *= 2 }
        seen.removeAll(keepingCapacity: true)
        seen.append(contentsOf: repeatElement(0, count: size))
        var child = object + 1
        let end = Int(nodes[object].next)
        while child < end {
            let key = nodes[child].key
            let hash = ByteHash.tableHash(bytes.span.extracting(key.indices))
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while seen[slot] != 0 {
                let other = Int(seen[slot])
                if sameKey(other, child) {
                    nodes[other].isShadowed = true
                    break
                }
                slot = (slot + 1) & (size - 1)
            }
            seen[slot] = UInt32(child)
            child = Int(nodes[child].next)
        }
    }

    private func sameKey(_ left: Int, _ right: Int) -> Bool {
        guard nodes[left].keyCount == nodes[right].keyCount else { return false }
        let whole = bytes.span
        return whole.extracting(nodes[left].key.indices).holdsSame(
            as: whole.extracting(nodes[right].key.indices)
        )
    }
}
