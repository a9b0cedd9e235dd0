import ArgumentParser

/// Measurements. Each compares with a peer in the same run, because the machine's noise hits both alike; trust
/// the ratios, not the figures.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tsunagi-bench",
        abstract: "Measures tsunagi beside its peers; prints ratios of medians.",
        subcommands: [
            BusBench.self, DecodeBench.self, TopicsBench.self, ShareBench.self, StoreBench.self,
            BareCommand.self,
            BusLoadCommand.self,
            WorkloadCommand.self,
            WriterCommand.self, MemoryCommand.self,
        ]
    )
}
