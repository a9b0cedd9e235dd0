import Readings

/// One message under one rule: its document, its topic's captures, and the item that is being read.
///
/// The scene is used for message after message; nothing in it is allocated anew once its buffers have grown.
struct Scene: Sendable {
    /// An item that `each` has come to, or the document as a whole.
    struct Frame: Sendable {
        let node: Int
        /// 0-based among its siblings.
        let index: Int
        /// It is an element of a list: its key is its index.
        let isElement: Bool
    }

    var document = Document()
    var topic: [UInt8] = []
    /// Where the topic's captures lie; by number. Those behind the rule's own are of earlier messages.
    var captures: [ByteRange] = []
    /// The document first, then an item for each `each`.
    var frames: [Frame] = []
    /// The path of a leaf, `/` between its keys.
    var leafPath: [UInt8] = []
    /// What `match` has found: texts, and where each named group lies in them.
    var groupText: [UInt8] = []
    var groups: [ByteRange?] = []
    /// Counts messages, so that what was remembered of earlier ones is not used.
    private(set) var message: UInt64 = 0

    private struct Memory: Sendable {
        var message: UInt64 = 0
        var base = 0
        var node = -1
    }

    private var memory: [Memory]
    /// What a stamp rule came to; see ``Scene/stamp(_:)``.
    var stamps: [StampMemory]
    /// See ``share(_:_:)``.
    private var shared: (slot: Int, message: UInt64, stamp: Instant)?
    /// For widths to be folded in, and texts to be searched.
    var fold: [UInt8] = []

    struct StampMemory: Sendable {
        var message: UInt64 = 0
        var node = -1
        var result = StampReading.none
    }

    /// - Parameters:
    ///   - pathSlots: how many paths the rules have.
    ///   - stampSlots: how many stamp rules.
    init(pathSlots: Int, stampSlots: Int) {
        memory = [Memory](repeating: Memory(), count: pathSlots)
        stamps = [StampMemory](repeating: StampMemory(), count: stampSlots)
    }

    /// Begins a message: forgets the document and all that was found in the one before.
    mutating func begin(topic: Span<UInt8>) {
        message += 1
        self.topic.become(topic)
    }

    /// Makes the document the only item.
    mutating func beginItems() {
        let whole = Frame(node: 0, index: 0, isElement: false)
        if frames.count == 1 {
            frames[0] = whole
        } else {
            frames.removeAll(keepingCapacity: true)
            frames.append(whole)
        }
    }

    /// Forgets what was found, because another document has been decoded from the same message.
    mutating func forget() {
        message += 1
    }

    /// Notes a good stamp that all readings of this message share whose rule has that slot; −1 is none's.
    mutating func share(_ stamp: Instant, _ slot: Int) {
        if slot >= 0 { shared = (slot, message, stamp) }
    }

    /// The stamp that was noted.
    func sharedStamp(_ slot: Int) -> Instant? {
        guard let shared, shared.slot == slot, shared.message == message else { return nil }
        return shared.stamp
    }

    /// Goes a path.
    ///
    /// Results are remembered for each path and start, so that a path into the document costs once for a
    /// message and one into an outer item once for that item: reading stays linear in the document's size.
    ///
    /// - Returns: the node, or −1 where the path leads nowhere.
    mutating func resolve(_ path: DocumentPath) -> Int {
        let base: Int
        switch path.start {
        case .document: base = 0
        case .item(let up):
            let depth = frames.count - 1 - up
            guard depth >= 0 else { return -1 }
            base = frames[depth].node
        }
        guard !path.steps.isEmpty else { return base }
        let known = memory[path.slot]
        if known.message == message, known.base == base { return known.node }
        let node = document.walk(path, from: base)
        memory[path.slot] = Memory(message: message, base: base, node: node)
        return node
    }

    /// Goes the first path that leads somewhere, to a null too.
    mutating func resolve(firstOf paths: [DocumentPath]) -> Int {
        for path in paths {
            let node = resolve(path)
            if node >= 0 { return node }
        }
        return -1
    }

    /// Where the text of a scalar lies in the document's bytes.
    func range(of node: Int) -> ByteRange {
        document.nodes[node].text
    }

    /// The conditions of a rule or a reading, all of them.
    mutating func holds(_ conditions: [Rule.Condition], _ machine: inout RegexMachine) -> Bool {
        for condition in conditions where !holds(condition, &machine) { return false }
        return true
    }

    private mutating func holds(_ condition: Rule.Condition, _ machine: inout RegexMachine) -> Bool {
        let node = resolve(condition.path)
        switch condition.test {
        case .exists: return node >= 0
        case .missing: return node < 0
        case .oneOf(let accepted):
            guard node >= 0, !document.nodes[node].isContainer else { return false }
            let text = document.bytes.span.extracting(document.nodes[node].text.indices)
            for candidate in accepted where candidate.span.holdsSame(as: text) { return true }
            return document.nodes[node].kind == .number && equals(text, oneOf: accepted)
        case .like(let regex):
            guard node >= 0, !document.nodes[node].isContainer else { return false }
            let range = document.nodes[node].text
            guard range.count <= Self.textBytesMax else { return false }
            // The buffer stands aside while the document is looked at.
            var text: [UInt8] = []
            swap(&text, &fold)
            text.removeAll(keepingCapacity: true)
            text.append(copying: document.bytes.span.extracting(range.indices))
            defer { swap(&text, &fold) }
            return machine.search(regex, in: text)
        }
    }

    /// Whether a number equals one of the texts as a number: 1.0 is 1.
    private func equals(_ number: Span<UInt8>, oneOf accepted: [[UInt8]]) -> Bool {
        guard let value = DecimalText(number)?.double else { return false }
        for candidate in accepted where DecimalText(candidate.span)?.double == value { return true }
        return false
    }
}
