/// A place in a text file.
struct Spot: Hashable {
    /// 1-based.
    var line: Int
    /// 1-based, counted in Unicode scalars.
    var column: Int
}

/// Collects what is wrong with one file while it is read.
final class Findings {
    /// As it was asked for.
    let file: String
    private(set) var list: [SettingsFailure] = []
    /// Of the files that this one takes over, in the order of reading.
    private var included: [Findings] = []

    /// More findings than this are not kept: whoever sees a hundred starts at the top.
    static let countMax = 100

    init(file: String) {
        self.file = file
    }

    /// How many there are, those of the files that this one takes over among them.
    var count: Int { included.reduce(list.count) { $0 + $1.count } }

    var isEmpty: Bool { count == 0 }

    /// Takes over what is, and will be, found in another file.
    func include(_ other: Findings) {
        included.append(other)
    }

    /// - Parameter spot: nil for the file as a whole.
    func add(_ spot: Spot?, _ message: String) {
        guard list.count < Findings.countMax else { return }
        // What the file says is repeated in messages; it must not move a terminal's cursor.
        var plain = message
        if message.unicodeScalars.contains(where: Findings.isControl) {
            plain = String(message.unicodeScalars.map { Findings.isControl($0) ? " " : Character($0) })
        }
        let failure = SettingsFailure(
            file: file,
            line: spot?.line ?? 0,
            column: spot?.column ?? 0,
            message: plain
        )
        // A rule with several topics is checked once for each of them.
        if !list.contains(failure) { list.append(failure) }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? scalar.value < 0x20 || scalar.value == 0x7F : scalar.properties.generalCategory == .control
    }

    /// By line and column; equal places keep the order in which they were found. Other files follow.
    var sorted: [SettingsFailure] {
        let own = list.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
        return own + included.flatMap(\.sorted)
    }
}
