import ArgumentParser
import Board
import Disclosure
import Glibc
import Readings
import RingStore
import Settings

/// `tsunagi board …`: who may look at the page for people.
struct BoardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract:
            "Names and passwords for the board, the page for people that board: in the configuration turns on.",
        subcommands: [BoardUserCommand.self]
    )
}

/// `tsunagi board user …`.
struct BoardUserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Who may log in at the board.",
        subcommands: [BoardUserAdd.self, BoardUserList.self, BoardUserRemove.self]
    )
}

/// `tsunagi board user add NAME`.
struct BoardUserAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Takes a user in, or gives one another password; a running daemon knows within a second.",
        discussion: """
            The password is asked for at the terminal, or is the first line of standard input; it never stands on the \
            command line. Kept is a salted scrypt hash, in <data>/board/users, which only the gateway's own user can read.
            """
    )

    @Argument(help: "1 to 64 characters of a-z, 0-9 and -.")
    var name: String

    @Option(
        help: "Sees what this partner was released, and nothing else; an operator, who sees all, if left out."
    )
    var partner: String?

    @OptionGroup var options: AuditOptions

    func validate() throws {
        let isPlain = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard isPlain, (1...64).contains(name.utf8.count) else {
            throw ValidationError("a name has 1 to 64 characters of a-z, 0-9 and -")
        }
    }

    func run() throws {
        let settings = try Settings.reading(options.config)
        if let partner, !settings.agreements.contains(where: { $0.recipient.id == partner }) {
            let known = Set(settings.agreements.map(\.recipient.id)).sorted().joined(separator: ", ")
            throw Trouble(
                "error: no agreement names a partner \(partner); there is: \(known.isEmpty ? "none" : known)"
            )
        }
        let password = try Secret.read(asking: "Password of \(name): ")
        try makeFolder(settings.store.directory, mode: 0o711)
        do throws(UserBookFailure) {
            try UserBook(folder: Links.Folders(of: settings).board)
                .keep(name, partner: partner, password: password, now: WallClock.now)
        } catch {
            throw Trouble("error: \(error)")
        }
        Console.say("\(name): \(partner.map { "sees what \($0) was released" } ?? "operator")")
    }
}

/// `tsunagi board user list`.
struct BoardUserList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists who may log in.")

    @OptionGroup var options: AuditOptions

    private struct Row: Encodable {
        let name, sees, made: String
    }

    func run() throws {
        let folder = try options.folders().board
        let rows: [Row]
        do throws(UserBookFailure) {
            rows = try UserBook(folder: folder).users().map {
                Row(name: $0.name, sees: $0.partner ?? "everything", made: $0.made.iso8601)
            }
        } catch {
            throw Trouble("error: \(error)")
        }
        if options.json { return try sayJSON(rows) }
        var table = TextTable([("NAME", .left), ("SEES", .left), ("PASSWORD FROM", .left)])
        for row in rows { table.add([row.name, row.sees, row.made]) }
        Console.show(table)
    }
}

/// `tsunagi board user remove NAME`.
struct BoardUserRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Takes a user out; its sessions end within a second."
    )

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var options: AuditOptions

    func run() throws {
        let folder = try options.folders().board
        do throws(UserBookFailure) {
            guard try UserBook(folder: folder).remove(name) else {
                throw UserBookFailure("there is no user \(name); tsunagi board user list names them")
            }
        } catch {
            throw Trouble("error: \(error)")
        }
        Console.say("\(name): taken out")
    }
}

/// What is typed and not shown.
enum Secret {
    /// Asks twice at a terminal; else takes the first line of standard input.
    static func read(asking question: String) throws(Trouble) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        let first = try ask(question)
        guard try ask("Once more: ") == first else { throw Trouble("error: the two are not the same") }
        return first
    }

    private static func ask(_ question: String) throws(Trouble) -> String {
        var plain = termios()
        unsafe tcgetattr(STDIN_FILENO, &plain)
        var hidden = plain
        hidden.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &plain) }
        Console.trouble(question)
        return try line()
    }

    private static func line() throws(Trouble) -> String {
        guard let line = readLine(), !line.isEmpty else {
            throw Trouble("error: there is no password on standard input")
        }
        return line
    }
}
