import ArgumentParser

/// For commands that may be looked at again and again.
struct WatchOptions: ParsableArguments {
    @Option(
        help:
            "Asks again every so many seconds, 1 to 3600, until Ctrl-C; with --json one answer after the other."
    )
    var watch: Int?

    func validate() throws {
        guard watch.map({ (1...3600).contains($0) }) ?? true else {
            throw ValidationError("--watch takes a number of seconds from 1 to 3600")
        }
    }

    /// Shows once, or again and again on a cleared screen. A daemon that does not answer for a while is said, and
    /// asked again.
    func show(_ look: () async throws -> Void) async throws {
        guard let watch else { return try await look() }
        while !Task.isCancelled {
            if Console.isTerminal { Console.write("\u{1B}[H\u{1B}[2J") }
            do {
                try await look()
            } catch is ExitCode {
                // What a single look would end with: there is another one.
            } catch {
                Console.trouble("\(error)")
            }
            try await Task.sleep(for: .seconds(watch))
        }
    }
}
