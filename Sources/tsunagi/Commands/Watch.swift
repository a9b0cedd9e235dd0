import ArgumentParser
import Bus
import Desk
import FoundationEssentials
import Glibc
import Settings

/// `tsunagi watch`: readings as they are stored, or a partner's feed as the partner gets it.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows readings as they come, or with --partner a feed as its partner receives it.",
        discussion: """
            With --partner it connects to the broker as that partner and subscribes to that partner's topics: what \
            it prints is what the broker lets the partner see, and nothing else.
            """
    )

    @Argument(help: DeskOptions.selectorHelpOrAll)
    var pattern: String = ""

    @Option(help: "Connect as this partner and print its releases.")
    var partner: String?

    @Option(help: "End after so many lines.")
    var count: Int?

    @Option(help: "End after so many seconds; exit code 1 when nothing came.")
    var seconds: Int?

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds takes a number from 1") }
    }

    private typealias Lines = AsyncThrowingStream<String, any Error>

    func run() async throws {
        let (lines, feed) = Lines.makeStream()
        let link = try partner.map { try subscribe(as: $0, feed) }
        let asking = link == nil ? ask(try desk.client(), feed) : nil
        let complaints = link.map { link in Task { await complain(of: link) } }
        let alarm = seconds.map { seconds in
            Task {
                try await Task.sleep(for: .seconds(seconds))
                feed.finish()
            }
        }
        defer {
            link?.stop()
            asking?.cancel()
            complaints?.cancel()
            alarm?.cancel()
        }
        var shown = 0
        for try await line in lines {
            Console.say(line)
            shown += 1
            if shown == count { return }
        }
        if shown == 0 { throw ExitCode(1) }
    }

    /// Follows the daemon's stream of committed readings.
    private func ask(_ client: DeskClient, _ feed: Lines.Continuation) -> Task<Void, Never> {
        let isJSON = desk.json
        return Task {
            do {
                try await client.lines("/v1/watch", [("select", pattern)]) { line in
                    guard !line.isEmpty else { return }
                    if isJSON {
                        feed.yield(line)
                    } else {
                        let row = try JSONDecoder().decode(SampleRow.self, from: Data(line.utf8))
                        feed.yield("\(row.time)  \(row.path ?? "")  \(row.value.words)  \(row.quality)")
                    }
                }
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
    }

    /// Says why nothing comes, once for each reason.
    private func complain(of link: BusLink) async {
        var told: String?
        while !Task.isCancelled {
            if let error = link.status.lastError, error != told {
                Console.trouble("error: \(error)")
                told = error
            }
            // Cancelled means that the command ends.
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Subscribes as the partner; each release becomes a line.
    private func subscribe(as partner: String, _ feed: Lines.Continuation) throws -> BusLink {
        let settings = try Settings.reading(desk.config)
        var options = try Links.partner(partner, of: settings, client: "watch-\(partner)-\(getpid())")
        options.filters = ["tsunagi/v1/p/\(partner)/#"]
        options.sessionExpirySeconds = 0
        let isJSON = desk.json
        let sink = BusSink(
            take: { topic, payload, _ in
                let text = String(decoding: payload.copied, as: UTF8.self)
                feed.yield(isJSON ? text : "\(String(decoding: topic.copied, as: UTF8.self))  \(text)")
            },
            settle: {}
        )
        let link = BusLink(options, sink: sink)
        link.start()
        return link
    }
}

extension Span where Element == UInt8 {
    /// A copy that outlives the callback.
    var copied: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }
}
