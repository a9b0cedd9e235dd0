/// A manual page in the language of man(7), section 1.
struct ManualPage {
    let outline: CommandOutline

    /// `tsunagi-share-explain.1`.
    var file: String { name + ".1" }

    private var name: String { outline.path.joined(separator: "-") }

    var text: String {
        var lines = [
            ".TH \(quoted(name.uppercased())) 1 \"\" \(quoted("tsunagi \(Version.text)")) \(quoted("tsunagi"))",
            ".SH NAME", "\(escaped(name)) \\- \(escaped(outline.abstract ?? ""))",
            ".SH SYNOPSIS", ".B \(escaped(outline.path.joined(separator: " ")))",
        ]
        lines += arguments.map(synopsis)
        if !outline.shown.isEmpty { lines.append(".I subcommand") }
        if let discussion = outline.discussion, !discussion.isEmpty {
            lines += [".SH DESCRIPTION"] + paragraphs(discussion)
        }
        if !arguments.isEmpty { lines += [".SH OPTIONS"] + arguments.flatMap(entry) }
        if !outline.shown.isEmpty {
            lines += [".SH COMMANDS"]
            for command in outline.shown {
                let words = command.path.joined(separator: " ")
                lines += [".TP", ".B \(escaped(words))", escaped(command.abstract ?? "")]
            }
        }
        lines += [
            ".SH EXIT STATUS", "0 all is well, 1 trouble was found, 2 wrong usage, 3 no daemon answers.",
        ]
        if !seeAlso.isEmpty {
            lines += [".SH SEE ALSO", seeAlso.map { "\\fB\(escaped($0))\\fR(1)" }.joined(separator: ", ")]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var arguments: [CommandOutline.Argument] {
        (outline.arguments ?? []).filter(\.shouldDisplay)
    }

    /// The one above, and those below.
    private var seeAlso: [String] {
        let above = outline.path.dropLast().joined(separator: "-")
        return (above.isEmpty ? [] : [above]) + outline.shown.map { $0.path.joined(separator: "-") }
    }

    private func synopsis(_ argument: CommandOutline.Argument) -> String {
        let body: String
        if let spelling = argument.names?.last?.spelling {
            let value = argument.kind == "option" ? " \\fI\(escaped(argument.valueName ?? "value"))\\fR" : ""
            body = "\\fB\(escaped(spelling))\\fR\(value)"
        } else {
            body = "\\fI\(escaped(argument.valueName ?? ""))\\fR" + (argument.isRepeating ? " ..." : "")
        }
        return argument.isOptional ? "[\(body)]" : body
    }

    private func entry(_ argument: CommandOutline.Argument) -> [String] {
        let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
        let names = (argument.names ?? []).map { "\\fB\(escaped($0.spelling))\\fR" }.joined(separator: ", ")
        let head = names.isEmpty ? value : argument.kind == "option" ? "\(names) \(value)" : names
        var body = (argument.abstract ?? "") + (argument.discussion.map { " \($0)" } ?? "")
        if let initial = argument.defaultValue { body += " (\(initial) when left out)" }
        return [".TP", head] + body.split(separator: "\n").map { escaped(String($0)) }
    }

    private func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? ".PP" : escaped(String($0))
        }
    }

    private func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// What roff would read as its own is spelled so that it does not: backslashes, hyphens, a line's first dot or quote.
    private func escaped(_ text: String) -> String {
        var plain = ""
        for character in text {
            switch character {
            case "\\": plain += "\\e"
            case "-": plain += "\\-"
            case "\"": plain += "\\(dq"
            default: plain.append(character)
            }
        }
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}
