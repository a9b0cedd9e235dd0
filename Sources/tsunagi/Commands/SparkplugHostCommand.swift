import ArgumentParser
import Desk

/// `tsunagi sparkplug …`: the edge nodes, and what a host application may want of them.
struct SparkplugHostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparkplug",
        abstract: "Lists Sparkplug's edge nodes, asks one for its births, or writes a metric.",
        subcommands: [SparkplugNodes.self, SparkplugRebirth.self, SparkplugWrite.self]
    )
}

/// `tsunagi sparkplug nodes`: who is born and alive.
struct SparkplugNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Lists edge nodes and their devices."
    )

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let rows = try await desk.client().get("/v1/sparkplug/nodes", as: [SparkplugNodeRow].self)
        if desk.json { return try sayJSON(rows) }
        var table = TextTable([
            ("NODE OR DEVICE", .left), ("STATE", .left), ("METRICS", .right), ("BDSEQ", .right),
            ("WAITING", .right),
            ("BIRTH ASKED", .right),
        ])
        for row in rows {
            for device in row.devices {
                let isNode = device.name == row.node
                let asked = row.rebirthAskedAgeSeconds.map { "\(Words.span(seconds: $0)) ago" } ?? ""
                table.add([
                    device.name, device.state, "\(device.metrics)",
                    isNode ? row.bdSeq.map { "\($0)" } ?? "" : "", isNode ? "\(row.held)" : "",
                    isNode ? asked : "",
                ])
            }
        }
        Console.show(table)
    }
}

/// `tsunagi sparkplug rebirth NODE`: asks for births.
struct SparkplugRebirth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebirth",
        abstract: "Asks an edge node to say its births again."
    )

    @Argument(help: "group/node, as the list of nodes names it.")
    var node: String

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let sent = try await desk.client()
            .post("/v1/sparkplug/rebirth", [("node", node)], as: SparkplugSent.self)
        if desk.json { return try sayJSON(sent) }
        Console.say("\(sent.node) was asked for its births")
    }
}

/// `tsunagi sparkplug command NODE METRIC VALUE`: writes a metric.
struct SparkplugWrite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "command",
        abstract: "Writes a metric of an edge node or device.",
        discussion: """
            The value is checked against the datatype of the birth, and a metric whose birth says readOnly is refused. \
            Whether the node does it shows in what it publishes next.
            """
    )

    @Argument(help: "group/node or group/node/device, as the list of nodes names it.")
    var node: String

    @Argument(help: "As its birth names it.")
    var metric: String

    @Argument(help: "A number, a text, or true and false.")
    var value: String

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let words = [("node", node), ("metric", metric), ("value", value)]
        let sent = try await desk.client().post("/v1/sparkplug/command", words, as: SparkplugSent.self)
        if desk.json { return try sayJSON(sent) }
        Console.say("\(sent.metric) = \(sent.value) was sent to \(sent.node)")
    }
}
