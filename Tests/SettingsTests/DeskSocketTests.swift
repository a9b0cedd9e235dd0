import Settings
import Testing

@Suite("Where the desk answers, asked for alone")
struct DeskSocketTests {
    @Test(
        "it is where the whole configuration says, and other sections may be wrong",
        arguments: ["", "desk: {socket: run/desk.sock}", "desk: {}"]
    )
    func same(desk: String) throws {
        let files = PaperFiles.plant(more: desk)
        let socket = Settings.deskSocket(of: "plant.yaml", from: files.source)
        #expect(socket == (try files.load().deskSocket))
        let others = PaperFiles.plant(gateway: "gateway: {}", rules: "rules: 5", more: desk)
        #expect(Settings.deskSocket(of: "plant.yaml", from: others.source) == socket)
    }

    @Test(
        "what says so must be right, and there",
        arguments: [
            ("data: {}", ""), ("data: [a]", ""), ("data: {directory: data, colour: red}", ""),
            ("data: {directory: data}", "desk: {socket: []}"), ("data: {directory: data}", "nonsense: {}"),
            ("data: {directory: data}", "desk: {socket: \"\(String(repeating: "a", count: 200))\"}"),
            ("data: {directory: ", ""),
        ]
    )
    func wrong(data: String, more: String) {
        let files = PaperFiles.plant(data: data, more: more)
        #expect(Settings.deskSocket(of: "plant.yaml", from: files.source) == nil)
        #expect(!files.findings().isEmpty)
        #expect(Settings.deskSocket(of: "none.yaml", from: files.source) == nil)
    }
}
