/// Why a regular expression cannot be used.
public struct RegexFailure: Error, Hashable, Sendable {
    /// 0-based, in characters of the pattern.
    public let position: Int
    /// What is wrong there.
    public let message: String
}

/// A regular expression as a list of instructions for ``RegexMachine``.
///
/// Understood: literals, `.`, classes, `\d \w \s \D \W \S`, `^ $`, groups (plain, `(?:…)`, `(?<name>…)`),
/// `|`, and `? * + {m} {m,} {m,n}`, each also lazy with a `?` behind it. There is no look-around and no
/// back-reference, so that a match takes time in proportion to text × instructions, whatever the pattern.
public struct Regex: Sendable {
    enum Instruction: Hashable, Sendable {
        case character(UInt32)
        /// Any character but a line feed.
        case any
        case set(Int)
        /// Try `first`; if the rest fails, `second`.
        case split(first: Int, second: Int)
        case jump(Int)
        /// Remember the position.
        case save(Int)
        case atStart
        case atEnd
        case match
    }

    /// Ranges of characters, or all others.
    struct CharacterSet: Hashable, Sendable {
        var ranges: [ClosedRange<UInt32>] = []
        /// `\w` beyond ASCII: whatever Unicode calls alphabetic.
        var holdsLetters = false
        var isInverted = false

        func contains(_ code: UInt32) -> Bool {
            for range in ranges where range.contains(code) { return !isInverted }
            if holdsLetters, code >= 0x80, let scalar = Unicode.Scalar(code), scalar.properties.isAlphabetic {
                return !isInverted
            }
            return isInverted
        }
    }

    /// A pattern may not come to more than this.
    public static let instructionsMax = 1000
    /// A text that is searched may not be longer.
    public static let textBytesMax = 16_384

    /// As written.
    public let pattern: String
    let program: [Instruction]
    let sets: [CharacterSet]
    /// The named groups: which pair of positions holds which name.
    public let groups: [(name: String, slot: Int)]
    /// Positions that a match remembers: two for the whole, two for each named group.
    let slotCount: Int

    /// - Parameters:
    ///   - pattern: as written in a rule or a selector.
    ///   - isWhole: the whole text must match, as `skip` and selectors ask; else the first place where it does is taken.
    /// - Throws: ``RegexFailure`` for what is not understood, and for more than ``instructionsMax``.
    public init(_ pattern: String, isWhole: Bool = false) throws(RegexFailure) {
        var parser = RegexParser(pattern)
        let tree = try parser.parse()
        var compiler = RegexCompiler()
        try compiler.compile(tree, isWhole: isWhole)
        self.pattern = pattern
        program = compiler.program
        sets = parser.sets
        groups = parser.groups
        slotCount = 2 + parser.groups.count * 2
    }
}

/// What a pattern says, as a tree.
indirect enum RegexNode: Hashable, Sendable {
    case empty
    case character(UInt32)
    case any
    case set(Int)
    case atStart
    case atEnd
    case sequence([RegexNode])
    case choice([RegexNode])
    case group(RegexNode, slot: Int)
    case repeated(RegexNode, least: Int, most: Int?, isLazy: Bool)
}

/// Lays a tree out as instructions.
struct RegexCompiler {
    var program: [Regex.Instruction] = []

    mutating func compile(_ tree: RegexNode, isWhole: Bool) throws(RegexFailure) {
        if isWhole { program.append(.atStart) }
        program.append(.save(0))
        try emit(tree)
        if isWhole { program.append(.atEnd) }
        program.append(.save(1))
        program.append(.match)
    }

    private mutating func emit(_ node: RegexNode) throws(RegexFailure) {
        guard program.count < Regex.instructionsMax else {
            throw RegexFailure(
                position: 0,
                message: "comes to more than \(Regex.instructionsMax) instructions; repeat less within {m,n}"
            )
        }
        switch node {
        case .empty: break
        case .character(let code): program.append(.character(code))
        case .any: program.append(.any)
        case .set(let index): program.append(.set(index))
        case .atStart: program.append(.atStart)
        case .atEnd: program.append(.atEnd)
        case .sequence(let parts): for part in parts { try emit(part) }
        case .choice(let branches): try emitChoice(branches)
        case .group(let inner, let slot):
            program.append(.save(slot))
            try emit(inner)
            program.append(.save(slot + 1))
        case .repeated(let inner, let least, let most, let isLazy):
            try emitRepeat(inner, least, most, isLazy)
        }
    }

    private mutating func emitChoice(_ branches: [RegexNode]) throws(RegexFailure) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try emit(branch)
                break
            }
            let split = program.count
            program.append(.match)
            try emit(branch)
            jumps.append(program.count)
            program.append(.match)
            program[split] = .split(first: split + 1, second: program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emitRepeat(
        _ inner: RegexNode,
        _ least: Int,
        _ most: Int?,
        _ isLazy: Bool
    ) throws(RegexFailure) {
        for _ in 0..<least {
            let before = program.count
            try emit(inner)
            // What comes to nothing comes to nothing however often: groups of it, nested, would take for ever.
            if program.count == before { break }
        }
        guard let most else {
            let split = program.count
            program.append(.match)
            try emit(inner)
            program.append(.jump(split))
            program[split] = branch(split + 1, program.count, isLazy)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            program.append(.match)
            try emit(inner)
        }
        for split in splits { program[split] = branch(split + 1, program.count, isLazy) }
    }

    private func branch(_ into: Int, _ past: Int, _ isLazy: Bool) -> Regex.Instruction {
        isLazy ? .split(first: past, second: into) : .split(first: into, second: past)
    }
}
