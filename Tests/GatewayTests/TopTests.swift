import Foundation
import Testing

/// The live screen, in a terminal of util-linux's script(1).
@Suite struct TopTests {
    @Test(
        "top shows the gateway, filters by what is typed, and leaves the terminal as it was",
        arguments: [
            (
                "C.UTF-8",
                ["broker   online", "MSG/S", "s sort: rate", "s sort: age", "filter: 棚_", "/ filter: 棚"]
            ),
            ("ja_JP.UTF-8", ["接続     接続中", "件/秒", "s 並び: 流量", "s 並び: 経過", "絞込み: 棚_", "/ 絞込み: 棚"]),
        ]
    )
    func screen(locale: String, wanted: [String]) async throws {
        let workshop = try Workshop()
        let port = try Workshop.freePort()
        let daemon = try Daemon(
            in: workshop,
            settings: "broker: {url: managed, listen: \"127.0.0.1:\(port)\"}\n\(DutyTests.rule("stock/#"))"
        )
        try await daemon.start()
        let keys = "sleep 1; printf s; sleep 1; printf '/棚'; sleep 1; printf '\\r'; sleep 1; printf q"
        let top = "LC_ALL=\(locale) '\(Executable.path)' top --every 1 --config '\(daemon.config)'"
        let outcome = try Executable.run(
            ["-c", "(\(keys)) | script -qec \"stty cols 100 rows 30; \(top)\" /dev/null"],
            program: "/bin/sh"
        )
        let said = outcome.output
        #expect(outcome.status == 0, "\(outcome.errors) \(said.suffix(500))")
        for words in ["● "] + wanted { #expect(said.contains(words), "\(words): \(said.suffix(2000))") }
        #expect(said.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"), "\(said.suffix(100).debugDescription)")
    }

    @Test("without a terminal it says what to use instead")
    func pipe() throws {
        let outcome = try Executable.run(["top", "--socket", "/nowhere"])
        #expect(outcome.status == 1 && outcome.errors.contains("status --json"), "\(outcome)")
    }
}
