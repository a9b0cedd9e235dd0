import Readings

/// Reads a query by the grammar of Prometheus, and checks that types fit as it goes.
///
/// Operators bind as there: `or`, then `and` and `unless`, comparisons, `+ -`, `* / % atan2`, and `^` from the right;
/// a sign before an operand binds like `*`.
struct Parser {
    private let text: [Unicode.Scalar]
    private let tokens: [Token]
    private var position = 0
    /// How many brackets and operators are open; deeper ones are refused.
    private var depth = 0
    private var operators = 0

    /// Nobody writes so much by hand, and a dashboard neither.
    static let scalarsMax = 16_384
    /// Each takes some hundred bytes of the stack while it is read and answered.
    static let depthMax = 64
    /// The tree of a chain is as deep as the chain is long.
    static let operatorsMax = 256

    init(_ query: String) throws(PromFailure) {
        text = Array(query.unicodeScalars.prefix(Parser.scalarsMax + 1))
        guard text.count <= Parser.scalarsMax else {
            throw .tooMuch("a query may not be longer than \(Parser.scalarsMax) characters")
        }
        var lexer = Lexer(text)
        tokens = try lexer.tokens()
    }

    /// The whole query.
    mutating func query() throws(PromFailure) -> Expression {
        if next.kind == .end {
            throw failure(next, "the query is empty; the name of a metric is the shortest one")
        }
        let expression = try operand(above: 0)
        guard next.kind == .end else { throw unexpected("an operator or the end") }
        return expression
    }

    /// A selector and nothing else, as `match[]` has it.
    mutating func selector() throws(PromFailure) -> Selection {
        let start = next
        guard case .selection(let selection) = try operand(above: 0), next.kind == .end else {
            throw failure(start, "a selector is wanted, such as temperature{site=\"ota\"}")
        }
        return selection
    }

    // MARK: Words

    var next: Token { tokens[position] }
    private var second: Token { tokens[min(position + 1, tokens.count - 1)] }

    mutating func advance() {
        if position + 1 < tokens.count { position += 1 }
    }

    mutating func take(_ sign: String) -> Bool {
        guard next.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    mutating func want(_ sign: String) throws(PromFailure) {
        if !take(sign) { throw unexpected("“\(sign)”") }
    }

    /// Takes a name, whatever its case.
    mutating func takeWord(_ words: String...) -> String? {
        guard case .name(let name) = next.kind, words.contains(name.lowercased()) else { return nil }
        advance()
        return name.lowercased()
    }

    func failure(_ token: Token, _ message: String) -> PromFailure {
        .unreadable(PromFailure.Place(of: token.place, in: text), message)
    }

    func unexpected(_ wanted: String) -> PromFailure {
        failure(next, "\(next.quoted) stands where \(wanted) is wanted")
    }

    // MARK: Operators

    /// An operand with all that binds more tightly than `rank`.
    mutating func operand(above rank: Int) throws(PromFailure) -> Expression {
        guard depth < Parser.depthMax else {
            throw failure(next, "more than \(Parser.depthMax) brackets and operators are open here")
        }
        depth += 1
        defer { depth -= 1 }
        let start = next
        var left = try term()
        while let operation = operation(), operation.rank > rank {
            operators += 1
            guard operators <= Parser.operatorsMax else {
                throw failure(next, "the query has more than \(Parser.operatorsMax) operators")
            }
            let sign = next
            advance()
            let isBool = takeWord("bool") != nil
            if isBool && !operation.isComparison { throw failure(sign, "bool belongs to comparisons alone") }
            var matching = try self.matching(operation)
            matching.isBool = isBool
            let behind = next
            let right = try operand(above: operation == .power ? operation.rank - 1 : operation.rank)
            try check(left, start, operation, sign, right, behind, matching)
            left = .binary(operation, left, right, matching)
        }
        return left
    }

    private func operation() -> Operation? {
        switch next.kind {
        case .sign(let sign): Operation(rawValue: sign)
        case .name(let name): Operation(rawValue: name.lowercased())
        default: nil
        }
    }

    private func check(
        _ left: Expression,
        _ start: Token,
        _ operation: Operation,
        _ sign: Token,
        _ right: Expression,
        _ behind: Token,
        _ matching: Matching
    ) throws(PromFailure) {
        for (operand, token) in [(left, start), (right, behind)] where operand.form == .range {
            throw failure(token, "“\(operation.rawValue)” takes no range vector; wrap it, as in rate(…[5m])")
        }
        let scalars = [left, right].count { $0.form == .scalar }
        if scalars == 2 && operation.isComparison && !matching.isBool {
            throw failure(sign, "comparisons between scalars must use bool: 1 < bool 2")
        }
        if scalars > 0 && operation.isSet {
            throw failure(sign, "“\(operation.rawValue)” is between vectors; make one with vector(…)")
        }
        if scalars > 0 && (matching.isOn || !matching.names.isEmpty || matching.many != nil) {
            throw failure(sign, "on, ignoring and group are between vectors alone")
        }
    }

    /// `on (…) group_left (…)` and the like.
    private mutating func matching(_ operation: Operation) throws(PromFailure) -> Matching {
        var matching = Matching()
        guard let word = takeWord("on", "ignoring") else { return matching }
        matching.isOn = word == "on"
        matching.names = try labelNames()
        let start = next
        guard let group = takeWord("group_left", "group_right") else { return matching }
        if operation.isSet {
            throw failure(start, "“\(operation.rawValue)” matches all with all, without \(group)")
        }
        matching.many = group == "group_left" ? .left : .right
        if next.kind == .sign("(") { matching.included = try labelNames() }
        if matching.isOn, let twice = matching.included.first(where: { matching.names.contains($0) }) {
            throw failure(start, "the label “\(twice)” cannot stand in on and in \(group)")
        }
        return matching
    }

    /// `(site, asset)`; a name that is no plain one stands in quotes.
    mutating func labelNames() throws(PromFailure) -> [String] {
        try want("(")
        var names: [String] = []
        while !take(")") {
            names.append(try labelName())
            if next.kind != .sign(")") { try want(",") }
        }
        return names
    }

    mutating func labelName() throws(PromFailure) -> String {
        switch next.kind {
        case .name(let name) where !name.contains(":"), .text(let name) where !name.isEmpty:
            advance()
            return name
        default: throw unexpected("the name of a label")
        }
    }
}
