import ArgumentParser
import Desk
import FoundationEssentials
import Query
import Readings
import RingStore
import Settings

/// Which daemon a command talks to.
struct DeskOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The daemon's configuration; its desk.socket is asked.")
    var config: String = "/etc/tsunagi/tsunagi.yaml"

    @Option(help: "The daemon's socket; overrides --config.")
    var socket: String?

    @Flag(help: "JSON instead of a table; one stable schema, never translated.")
    var json = false

    /// What all commands say of their selector.
    static let selectorHelp: ArgumentHelp = """
        A pattern over site/asset/metric such as 'osaka/press-*/temperature', or labels as in PromQL: \
        'temperature{site="osaka", asset=~"press-.*"}'.
        """
    /// Of one that may be left out.
    static let selectorHelpOrAll: ArgumentHelp = """
        A pattern over site/asset/metric such as 'osaka/press-*/temperature', or labels as in PromQL: \
        'temperature{site="osaka", asset=~"press-.*"}'; all when left out.
        """

    /// The daemon's desk.
    ///
    /// - Throws: ``Trouble`` when the configuration cannot be read.
    func client() throws -> DeskClient {
        if let socket { return DeskClient(socket: socket) }
        // Its rules and agreements are the daemon's business, which may run by older ones.
        return DeskClient(socket: try Settings.deskSocket(of: config) ?? Settings.reading(config).deskSocket)
    }
}

/// Whom a question about history is put to.
struct HistoryOptions: ParsableArguments {
    @Option(help: "Read a copied or closed data directory instead of asking a daemon.")
    var offline: String?

    @OptionGroup var desk: DeskOptions

    /// Puts the question to the desk, or to a directory.
    func ask<Answer: Decodable>(
        _ path: String,
        _ words: [(String, String)],
        as type: Answer.Type = Answer.self,
        offline answer: (History, QueryWords, Instant) throws -> Answer
    ) async throws -> Answer {
        guard let offline else { return try await desk.client().get(path, words, as: type) }
        let now = WallClock.now
        let store = try RingStore.openReadOnly(directory: offline)
        let question = QueryWords(Dictionary(words) { first, _ in first })
        return try answer(History(store.snapshot(), asOf: now), question, now)
    }
}

extension Settings {
    /// Loads a configuration for a command, as it counts; what is wrong with it goes to standard error, one line each.
    static func reading(_ path: String) throws(Trouble) -> Settings {
        do {
            return try standing(path)
        } catch {
            throw Trouble("\(error)")
        }
    }
}

/// Prints an answer as JSON, keys sorted.
func sayJSON(_ answer: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    Console.say(String(decoding: try encoder.encode(answer), as: UTF8.self))
}
