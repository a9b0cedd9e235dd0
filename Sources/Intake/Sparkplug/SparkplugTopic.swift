/// What a message's topic says: its type, and whose it is.
///
///     spBv1.0 / group / NBIRTH NDEATH NDATA NCMD / node
///     spBv1.0 / group / DBIRTH DDEATH DDATA DCMD / node / device
///     spBv1.0 / STATE / host
///
/// A broker's copy of a birth has `$sparkplug/certificates/` before it.
struct SparkplugTopic: Hashable, Sendable {
    enum Kind: Sendable {
        case nodeBirth, nodeDeath, nodeData, nodeCommand
        case deviceBirth, deviceDeath, deviceData, deviceCommand
        case state

        init?(_ word: Span<UInt8>) {
            if word.isWord("DDATA") {
                self = .deviceData
            } else if word.isWord("NDATA") {
                self = .nodeData
            } else if word.isWord("NBIRTH") {
                self = .nodeBirth
            } else if word.isWord("DBIRTH") {
                self = .deviceBirth
            } else if word.isWord("NDEATH") {
                self = .nodeDeath
            } else if word.isWord("DDEATH") {
                self = .deviceDeath
            } else if word.isWord("NCMD") {
                self = .nodeCommand
            } else if word.isWord("DCMD") {
                self = .deviceCommand
            } else {
                return nil
            }
        }

        var isOfDevice: Bool {
            switch self {
            case .deviceBirth, .deviceDeath, .deviceData, .deviceCommand: true
            case .nodeBirth, .nodeDeath, .nodeData, .nodeCommand, .state: false
            }
        }
    }

    let kind: Kind
    /// Of STATE the host.
    let group: ByteRange
    /// Its word in the topic.
    let type: ByteRange
    let node: ByteRange
    /// Empty for a node's own messages.
    let device: ByteRange
    /// The broker kept it: nobody knows what was sent since.
    let isCopy: Bool

    /// Reads a topic; nil when it is none of Sparkplug's or has not the levels that its type must have.
    init?(_ topic: Span<UInt8>) {
        var start = 0
        let copies: StaticString = "$sparkplug/certificates/"
        isCopy = topic.hasWord(copies, at: 0)
        if isCopy { start = copies.utf8CodeUnitCount }
        // Five levels at most; a sixth makes it another's.
        var levels = (ByteRange.empty, ByteRange.empty, ByteRange.empty, ByteRange.empty, ByteRange.empty)
        var count = 0
        var place = start
        while true {
            let isEnd = place == topic.count
            if isEnd || topic[place] == UInt8(ascii: "/") {
                let level = ByteRange(start: start, count: place - start)
                switch count {
                case 0: levels.0 = level
                case 1: levels.1 = level
                case 2: levels.2 = level
                case 3: levels.3 = level
                case 4: levels.4 = level
                default: return nil
                }
                count += 1
                start = place + 1
            }
            if isEnd { break }
            place += 1
        }
        guard topic.extracting(levels.0.indices).isWord("spBv1.0") else { return nil }
        if count == 3, topic.extracting(levels.1.indices).isWord("STATE"), levels.2.count > 0 {
            kind = .state
            group = levels.2
            type = levels.1
            node = .empty
            device = .empty
            return
        }
        guard count >= 4, levels.1.count > 0, levels.3.count > 0,
            let kind = Kind(topic.extracting(levels.2.indices)), count == (kind.isOfDevice ? 5 : 4),
            !kind.isOfDevice || levels.4.count > 0
        else { return nil }
        self.kind = kind
        group = levels.1
        type = levels.2
        node = levels.3
        device = levels.4
    }
}

extension Span<UInt8> {
    /// Whether the run is `word`, letter by letter.
    func isWord(_ word: StaticString) -> Bool {
        count == word.utf8CodeUnitCount && hasWord(word, at: 0)
    }

    /// Whether `word` stands at `place`.
    func hasWord(_ word: StaticString, at place: Int) -> Bool {
        guard count - place >= word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { letters in
            for index in 0..<letters.count where unsafe self[place + index] != letters[index] { return false }
            return true
        }
    }
}
