import ArgumentParser
import Glibc

/// The child of ``MemoryProbe``: prints what the ring store holds in memory, idle and active, in bytes.
struct MemoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Prints the memory of an opened store; for the memory of `store`.",
        shouldDisplay: false
    )

    @Option var folder: String
    @Option var series: Int
    @Flag(help: "Makes the store and three samples of each series first.") var fill = false

    func run() throws {
        let before = try ProcessFigures.residentBytes(getpid())
        let own = OwnContestant(budgetBytes: OwnContestant.budgetBytes(series: series))
        if fill {
            try own.open(folder: folder, lines: LineBook(plain: series))
            try MemoryProbe.append(own, series: series, turns: 0..<3)
            tell("0 \(try ProcessFigures.residentBytes(getpid()) - before)")
            own.close()
            return
        }
        // Without the names, which are ours and not the store's.
        try own.open(folder: folder, lines: LineBook(plain: 0), seriesLimit: series)
        let idle = try ProcessFigures.residentBytes(getpid()) - before
        own.close()
        try own.open(folder: folder, lines: LineBook(plain: series))
        own.forgetNames()
        // Long enough that both generations of the head fill, which hold 65,536 rows each at least, and a merge runs
        // beside them; the most of all that counts.
        var most = 0
        let turns = max(24, 200_000 / series)
        try MemoryProbe.append(own, series: series, turns: 3..<(3 + turns)) {
            most = max(most, try ProcessFigures.residentBytes(getpid()))
        }
        tell("\(idle) \(most - before)")
        own.close()
    }
}
