public import Disclosure
import Glibc
public import Readings
import Synchronization

/// What left last under each grant, as its recipient sees it: for whoever is to see just that, on a screen.
///
/// Shown is what the broker has, never what waits for it or was taken back. The last of each grant lies in a file beside
/// the outbox, so that a restart shows it too; see ``ShowcaseFile``.
public final class Showcase: Sendable {
    /// A bucket that left, or waits for the broker.
    public struct Shown: Hashable, Sendable {
        let bucketStart: Instant
        /// Exclusive.
        public let bucketEnd: Instant
        /// As they left; none when the bucket was withheld.
        public let values: [Release.Value]
        /// The broker has it.
        var hasLeft = false
    }

    /// Buckets of a grant that are kept.
    static let bucketsMax = 64
    /// Values of all grants together that are kept; then a grant keeps only its last buckets. 100 bytes each.
    static let valuesMax = 100_000
    /// The file is written again after a second for each 64 KiB of it, at least.
    private static let bytesPerSecond = 64 << 10

    private struct State {
        /// By topic: who receives, under which agreement and grant.
        var shown: [String: [Shown]] = [:]
        var values = 0
        /// Something was decided or left that the file does not tell of.
        var isFresh = false
        /// Turns that pass before the file is written again.
        var rests = 0
        var fault: String?
    }

    private let file: String?
    private let state: Mutex<State>

    /// - Parameter directory: where the file lies; without it a restart forgets everything. A file that cannot be read, or
    ///   is torn, shows what is whole of it.
    public init(directory: String? = nil) {
        file = directory.map { $0 + "/showcase" }
        var state = State()
        for (topic, shown) in file.map(ShowcaseFile.read) ?? [] {
            state.shown[topic, default: []].append(shown)
            state.values += shown.values.count
        }
        self.state = Mutex(state)
    }

    /// Why the file cannot be written, for the operator; nil while it can.
    public var fault: String? { state.withLock { $0.fault } }

    /// A release that was decided, and waits.
    func add(_ release: Release) {
        let shown = Shown(
            bucketStart: release.bucketStart,
            bucketEnd: release.bucketEnd,
            values: release.values
        )
        state.withLock { state in
            var list = state.shown.removeValue(forKey: release.topic) ?? []
            list.append(shown)
            state.values += release.values.count
            state.isFresh = true
            while list.count > Self.bucketsMax || (state.values > Self.valuesMax && list.count > 2) {
                // The last that left stays until another one has.
                let isLast = list.lastIndex(where: \.hasLeft) == 0
                state.values -= list.remove(at: isLast ? 1 : 0).values.count
            }
            state.shown[release.topic] = list
        }
    }

    /// The broker has a release.
    public func left(_ entry: OutboxEntry) {
        // An empty one clears what the broker retains.
        guard !entry.payload.isEmpty else { return }
        state.withLock { state in
            let list = state.shown[entry.topic] ?? []
            guard let index = list.lastIndex(where: { $0.bucketStart == entry.bucketStart }) else { return }
            state.shown[entry.topic]?[index].hasLeft = true
            state.isFresh = true
        }
    }

    /// Forgets what no grant of these agreements covers any more.
    func forget(unlessGrantedBy agreements: [Agreement]) {
        let topics = agreements.flatMap { agreement in
            agreement.grants.map { Release.topic(agreement, $0) }
        }
        let granted = Set(topics)
        state.withLock { state in
            let gone = state.shown.filter { !granted.contains($0.key) }
            guard !gone.isEmpty else { return }
            for topic in gone.keys { state.shown[topic] = nil }
            state.values -= gone.values.joined().reduce(0) { $0 + $1.values.count }
            state.isFresh = true
        }
    }

    /// What has left of a grant, oldest first.
    public func shown(_ agreement: Agreement, _ grant: Grant) -> [Shown] {
        state.withLock { $0.shown[Release.topic(agreement, grant)] ?? [] }.filter(\.hasLeft)
    }

    /// Writes the file where it is not up to date; called once a second, by one caller, and once more at the end.
    ///
    /// - Parameter isLast: whether it is written however shortly after the time before.
    public func keep(isLast: Bool = false) {
        guard let file else { return }
        let fresh: [String: [Shown]]? = state.withLock { state in
            state.rests = max(0, state.rests - 1)
            guard state.isFresh, isLast || state.rests == 0 else { return nil }
            state.isFresh = false
            return state.shown
        }
        guard let fresh else { return }
        let bytes = ShowcaseFile.bytes(fresh)
        let code = PlacedFile.replace(file, with: bytes)
        state.withLock { state in
            state.rests = 1 + bytes.count / Self.bytesPerSecond
            state.fault =
                code == 0
                ? nil
                : "cannot write \(file): \(unsafe String(cString: strerror(code))); after a restart partners' pages are"
                    + " empty until something leaves"
            if code != 0 { state.isFresh = true }
        }
    }
}
