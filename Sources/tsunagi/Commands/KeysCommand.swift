import ArgumentParser
import Readings
import Settings
import Sharing

/// `tsunagi keys …`: the keys that releases are signed with.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Shows the keys that partners verify releases with, or replaces the one that signs.",
        subcommands: [KeysShow.self, KeysRotate.self],
        defaultSubcommand: KeysShow.self
    )
}

/// `tsunagi keys show`: what partners are given.
struct KeysShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Shows the public keys with their thumbprints; --json is the key set that partners are given."
    )

    @OptionGroup var options: AuditOptions

    func run() throws {
        let keys = try keySet(try options.folders().keys)
        if options.json { return Console.say(keys.json) }
        var table = TextTable([("KEY", .left), ("FROM", .left), ("UNTIL", .left), ("THUMBPRINT", .left)])
        for key in keys.keys {
            table.add([
                key.id, key.notBefore?.iso8601 ?? "-", key.notAfter?.iso8601 ?? "-", key.thumbprint,
            ])
        }
        Console.show(table)
    }
}

/// `tsunagi keys rotate`: once a year, or at once when somebody may have seen the secret.
struct KeysRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract:
            "Makes a new key; the old one is accepted for seven more days, and signs the statement of it."
    )

    @OptionGroup var options: AuditOptions

    func run() throws {
        let settings = try Settings.reading(options.config)
        let folder = KeyFolder(Links.Folders(of: settings).keys)
        do throws(KeyFailure) {
            let made = try folder.rotate(gateway: settings.gateway.id, now: WallClock.now)
            Console.say(
                "\(made.id) signs after the next tsunagi reload; send partners \(made.statement) and its .jws"
            )
        } catch {
            throw Trouble("error: \(error)")
        }
    }
}
