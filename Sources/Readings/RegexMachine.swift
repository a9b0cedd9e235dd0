/// Runs regular expressions over UTF-8, all possibilities side by side: no pattern makes it slow.
///
/// Its buffers are kept from one run to the next.
public struct RegexMachine: Sendable {
    /// Where the last match lay: two offsets for the whole and for each named group, −1 where a group took no
    /// part.
    public private(set) var slots: [Int32] = []

    /// The instructions that are alive at a position, best first, and what each remembers.
    private struct Threads: Sendable {
        var list: [Int32] = []
        var slots: [Int32] = []
        /// `mark[i] == generation` says that instruction i is in the list.
        var mark: [Int32] = []
        var generation: Int32 = 0

        mutating func clear(instructions: Int) {
            list.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
            if mark.count < instructions || generation == .max {
                mark = [Int32](repeating: 0, count: max(instructions, mark.count))
                generation = 0
            }
            generation += 1
        }
    }

    private var current = Threads()
    private var following = Threads()
    private var work: [Int32] = []
    private var stack: [Step] = []

    private enum Step: Sendable {
        case visit(Int32)
        case restore(slot: Int32, value: Int32)
    }

    /// A machine whose buffers grow with its first runs.
    public init() {}

    /// Searches `bytes`; of several matches the leftmost, and there the one the pattern prefers.
    ///
    /// - Parameter bytes: UTF-8, at most ``Regex/textBytesMax``.
    /// - Returns: whether it matched; then ``slots`` says where.
    /// - Complexity: O(text × instructions); allocates nothing once its buffers have grown.
    public mutating func search(_ regex: Regex, in bytes: [UInt8]) -> Bool {
        let text = bytes.span
        precondition(text.count <= Regex.textBytesMax, "a text to search must be checked for its length")
        current.clear(instructions: regex.program.count)
        var isMatched = false
        var position = 0
        while true {
            if !isMatched {
                work.removeAll(keepingCapacity: true)
                work.append(contentsOf: repeatElement(-1, count: regex.slotCount))
                swap(&current, &following)
                follow(0, regex, at: position, count: text.count)
                swap(&current, &following)
            }
            if current.list.isEmpty { break }
            var width = 0
            var code: UInt32 = 0
            if position < text.count { (code, width) = Self.character(text, position) }
            following.clear(instructions: regex.program.count)
            step(regex, code, width, at: position, count: text.count, &isMatched)
            swap(&current, &following)
            guard width > 0 else { break }
            position += width
        }
        return isMatched
    }

    /// Moves every living thread over one character.
    private mutating func step(
        _ regex: Regex,
        _ code: UInt32,
        _ width: Int,
        at position: Int,
        count: Int,
        _ isMatched: inout Bool
    ) {
        for (order, instruction) in current.list.enumerated() {
            let base = order * regex.slotCount
            var isTaken = false
            switch regex.program[Int(instruction)] {
            case .character(let wanted): isTaken = width > 0 && code == wanted
            case .any: isTaken = width > 0 && code != 0x0A
            case .set(let index): isTaken = width > 0 && regex.sets[index].contains(code)
            case .match:
                isMatched = true
                slots.removeAll(keepingCapacity: true)
                slots.append(contentsOf: current.slots[base..<base + regex.slotCount])
                // What stands behind it in the list is preferred less.
                return
            case .split, .jump, .save, .atStart, .atEnd: break
            }
            if isTaken {
                work.removeAll(keepingCapacity: true)
                work.append(contentsOf: current.slots[base..<base + regex.slotCount])
                follow(instruction + 1, regex, at: position + width, count: count)
            }
        }
    }

    /// Adds a thread to ``following`` and all that it reaches without a character, in the order of
    /// preference.
    private mutating func follow(_ start: Int32, _ regex: Regex, at position: Int, count: Int) {
        stack.removeAll(keepingCapacity: true)
        stack.append(.visit(start))
        while let step = stack.popLast() {
            guard case .visit(let index) = step else {
                if case .restore(let slot, let value) = step { work[Int(slot)] = value }
                continue
            }
            guard following.mark[Int(index)] != following.generation else { continue }
            following.mark[Int(index)] = following.generation
            switch regex.program[Int(index)] {
            case .jump(let target): stack.append(.visit(Int32(target)))
            case .split(let first, let second):
                stack.append(.visit(Int32(second)))
                stack.append(.visit(Int32(first)))
            case .save(let slot):
                stack.append(.restore(slot: Int32(slot), value: work[slot]))
                work[slot] = Int32(position)
                stack.append(.visit(index + 1))
            case .atStart: if position == 0 { stack.append(.visit(index + 1)) }
            case .atEnd: if position == count { stack.append(.visit(index + 1)) }
            case .character, .any, .set, .match:
                following.list.append(index)
                following.slots.append(contentsOf: work)
            }
        }
    }

    /// The character at `position` and how many bytes it has; a damaged one counts as a byte.
    private static func character(_ text: Span<UInt8>, _ position: Int) -> (UInt32, Int) {
        let first = text[position]
        if first < 0x80 { return (UInt32(first), 1) }
        let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard position + width <= text.count else { return (0xFFFD, 1) }
        var code = UInt32(first) & (0x7F >> UInt32(width))
        for index in 1..<width { code = code << 6 | UInt32(text[position + index] & 0x3F) }
        return (code, width)
    }
}
