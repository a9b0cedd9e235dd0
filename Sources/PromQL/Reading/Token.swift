/// A word of a query.
struct Token: Hashable {
    enum Kind: Hashable {
        /// A name of letters, digits, `_` and `:`; what it means is told by its place.
        case name(String)
        case number(Double)
        /// In milliseconds.
        case duration(Int64)
        /// What stood in quotes.
        case text(String)
        /// An operator or a bracket.
        case sign(String)
        case end
    }

    var kind: Kind
    /// Where it begins: 0-based, in Unicode scalars.
    var place: Int

    /// As an error quotes it.
    var quoted: String {
        switch kind {
        case .name(let name): "“\(name)”"
        case .number(let number): "the number \(number)"
        case .duration: "a duration"
        case .text(let text): "the text “\(text)”"
        case .sign(let sign): "“\(sign)”"
        case .end: "the end"
        }
    }
}
