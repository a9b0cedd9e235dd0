/// Why an import stopped. What was committed before stays; the same import may simply be run again.
public enum ImportFailure: Error, Hashable, Sendable {
    /// A line, counted from 1, that is not as the form has it.
    case line(Int, reason: String)
    /// The file begins as neither form does.
    case unknownForm
    /// The file ends in the middle, or without its last line.
    case cutOff(line: Int)
    /// The store refused.
    case store(StoreFailure)
}

extension ImportFailure: CustomStringConvertible {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .line(let number, let reason):
            "line \(number): \(reason); mend the line, or export again, and run the import again"
        case .unknownForm:
            "this is neither our lines form nor our CSV; export with --format lines"
        case .cutOff(let line):
            "the file ends at line \(line) without its last line: it was cut off; what it holds was imported"
        case .store(let failure): failure.description
        }
    }
}
