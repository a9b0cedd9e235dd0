import Settings
import Testing

@Suite("The board: where it listens, and to whom")
struct BoardTests {
    private static func plant(_ board: String) -> PaperFiles {
        var files = PaperFiles.plant(more: "board: \(board)")
        files.texts["board.pem"] = "paper"
        files.texts["board.key"] = "paper"
        return files
    }

    @Test("there is none unless it is asked for; on loopback it asks for nothing")
    func loopback() throws {
        #expect(try PaperFiles.plant(more: "").load().board == nil)
        let usual = try #require(try Self.plant("{}").load().board)
        #expect(usual.listen == NumericPlace(host: "127.0.0.1", port: 8088))
        #expect(!usual.asksLogin && usual.certificateFile == nil)
        let other = try #require(
            try Self.plant("{listen: \"[::1]:80\", login: true, names: [a.example, b.example]}").load().board
        )
        #expect(other.listen == NumericPlace(host: "::1", port: 80) && other.asksLogin)
        #expect(other.names == ["a.example", "b.example"])
    }

    @Test("elsewhere it has TLS, and asks for a login")
    func open() throws {
        let text = "{listen: 0.0.0.0, tls: {certificate: board.pem, key: board.key}}"
        let board = try #require(try Self.plant(text).load().board)
        #expect(board.listen == NumericPlace(host: "0.0.0.0", port: 8088) && board.asksLogin)
        #expect(board.certificateFile == "board.pem" && board.keyFile == "board.key")
    }

    @Test(
        "what cannot be is told where it stands",
        arguments: [
            ("{listen: 0.0.0.0:8088}", "5:17", "can be reached from other machines, so it needs TLS"),
            ("{listen: plant.example:8088}", "5:17", "is no numeric address"),
            ("{listen: 127.0.0.1:88888}", "5:17", "port"),
            (
                "{listen: 192.0.2.1, login: false, tls: {certificate: board.pem, key: board.key}}", "5:35",
                "may be false on loopback alone"
            ),
            ("{tls: {certificate: board.pem}}", "5:14", "key \"key\" is missing"),
            ("{tls: {certificate: none.pem, key: board.key}}", "5:28", "cannot be opened"),
            ("{listn: 127.0.0.1}", "5:9", "did you mean"),
        ]
    )
    func wrong(board: String, place: String, message: String) {
        let findings = Self.plant(board).findings()
        #expect(
            findings.contains { $0.hasPrefix("plant.yaml:\(place): error: ") && $0.contains(message) },
            "\(findings)"
        )
    }
}
