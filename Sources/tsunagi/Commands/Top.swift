import ArgumentParser
import Desk

/// `tsunagi top`: the status as a live screen.
struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "A live screen: rates, lag, sources that went silent, feeds, what is wrong.",
        discussion: "Keys: q ends, s sorts by rate, age or name, / filters by name."
    )

    @Option(help: "Seconds between two looks, 1 to 60.")
    var every: Int = 2

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard (1...60).contains(every) else { throw ValidationError("--every takes a number from 1 to 60") }
    }

    func run() async throws {
        let client = try desk.client()
        let terminal = try Terminal()
        var screen = TopScreen(in: .ofTerminal)
        var nextLookMs = Int64.min
        while !Task.isCancelled {
            if WallClock.uptimeMs >= nextLookMs {
                do {
                    screen.take(try await client.get("/v1/status", as: StatusReport.self))
                } catch {
                    screen.take(trouble: "\(error)")
                }
                nextLookMs = WallClock.uptimeMs + Int64(every) * 1000
            }
            terminal.show(screen.lines(rows: terminal.size.rows))
            let waitMs = max(0, min(nextLookMs - WallClock.uptimeMs, 1000))
            for key in typed(terminal.keys(withinMs: Int32(waitMs))) {
                if screen.press(key) { return }
            }
        }
    }

    /// Full-width names are typed too: characters, not bytes. An arrow or another key's sequence is none.
    private func typed(_ bytes: [UInt8]) -> [Character] {
        bytes.first == 0x1B && bytes.count > 1 ? [] : Array(String(decoding: bytes, as: UTF8.self))
    }
}

extension TopScreen {
    /// Does what a key stands for.
    ///
    /// - Returns: whether it is the end.
    mutating func press(_ key: Character) -> Bool {
        switch key {
        case "\u{3}", "\u{4}": return true
        case "\r", "\n": isTyping = false
        case "\u{1B}": (isTyping, filter) = (false, "")
        case "\u{7F}", "\u{8}": if isTyping, !filter.isEmpty { filter.removeLast() }
        case _ where isTyping: if filter.count < 64 { filter.append(key) }
        case "/": (isTyping, filter) = (true, "")
        case "s": order = order.next
        case "q": return true
        default: break
        }
        return false
    }
}
