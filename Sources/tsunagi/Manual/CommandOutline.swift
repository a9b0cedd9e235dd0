import ArgumentParser
import FoundationEssentials
import Settings

/// What a command takes, as swift-argument-parser tells it: what completions and manual pages are made of.
struct CommandOutline: Decodable {
    /// A positional argument, an option or a flag.
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            /// `--config`, `-c`.
            var spelling: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }

        let kind: String
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?
        let discussion: String?
    }

    private struct Dump: Decodable {
        let command: CommandOutline
    }

    let commandName: String
    let superCommands: [String]?
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandOutline]?
    let arguments: [Argument]?

    /// The whole program's.
    static func whole() throws -> CommandOutline {
        do {
            _ = try Tsunagi.parseAsRoot(["--experimental-dump-help"])
        } catch {
            let text = Tsunagi.fullMessage(for: error)
            return try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command
        }
        preconditionFailure("the parser answers a request for its outline with the outline")
    }

    /// The command that was probably meant by words of which one is none: `tsunagi share explain`.
    static func meant(_ words: some Sequence<String>) -> String? {
        guard var level = try? whole() else { return nil }
        for word in words where !word.hasPrefix("-") {
            if level.shown.isEmpty { return nil }
            if let next = level.shown.first(where: { $0.commandName == word }) {
                level = next
                continue
            }
            let near = NearestWord.find(word, among: level.shown.map(\.commandName))
            return near.map { (level.path + [$0]).joined(separator: " ") }
        }
        return nil
    }

    /// All names on the way to it: `tsunagi`, `share`, `explain`.
    var path: [String] { (superCommands ?? []) + [commandName] }

    /// What people are to see; the parser's own `help` is described by the program's page.
    var shown: [CommandOutline] { (subcommands ?? []).filter { $0.commandName != "help" } }

    /// It and all below it.
    var all: [CommandOutline] { [self] + shown.flatMap(\.all) }
}
