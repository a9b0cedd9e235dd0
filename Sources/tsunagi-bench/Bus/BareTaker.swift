/// The bare subscriber as a child.
final class BareTaker: BusTaker {
    let prefix: String
    private let broker: BenchBroker
    private let folder: BenchFolder
    private var child: Worker?

    init(_ broker: BenchBroker, _ folder: BenchFolder, prefix: String) {
        (self.broker, self.folder, self.prefix) = (broker, folder, prefix)
    }

    func start(count: Int, isBacklog: Bool) async throws {
        var words = ["bare", "--port", "\(broker.port)", "--count", "\(count)", "--prefix", prefix]
        words += ["--file", "\(folder.path)/raw"]
        if isBacklog { words.append("--backlog") }
        let child = try Worker("tsunagi-bench", words)
        self.child = child
        _ = try child.line()
    }

    func finish(count: Int) async throws -> TakeOutcome {
        guard let child else { throw BenchFailure("the bare subscriber was not started") }
        let figures = try child.line().split(separator: " ").compactMap { Double($0) }
        child.finish()
        guard figures.count == 3 else { throw BenchFailure("the bare subscriber gave no figures") }
        return TakeOutcome(online: figures[0], last: figures[1], cpuMicroseconds: figures[2] * 1e6)
    }

    func leave() {
        child?.finish()
    }
}
