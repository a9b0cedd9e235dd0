import ArgumentParser

/// Measurements. Each compares with a peer in the same run, because the machine's noise hits both alike; trust
/// the ratios, not the figures.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tsunagi-bench",
        abstract: "Measures tsunagi beside its peers; prints ratios of medians.",
        subcommands: [
            BusBench.self, BareCommand.self, BusLoadCommand.self, StoreBench.self, WorkloadCommand.self,
            WriterCommand.self, MemoryCommand.self,
        ]
    )
}

/// One measured figure beside its peer's: a line of `--json`.
struct Figure: Encodable {
    var figure: String
    var value: Double
    var unit: String
    var peer: String
    var peerValue: Double
    var rounds: Int

    /// `value / peer_value`; 0 when the peer measured nothing.
    var ratio: Double { peerValue == 0 ? 0 : value / peerValue }

    private enum CodingKeys: String, CodingKey {
        case figure, value, unit, peer, ratio, rounds
        case peerValue = "peer_value"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(figure, forKey: .figure)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(peer, forKey: .peer)
        try container.encode(peerValue, forKey: .peerValue)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(rounds, forKey: .rounds)
    }
}

/// The middle of several measurements; the mean of the two middle ones when their number is even.
func median(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "a median needs a value")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
