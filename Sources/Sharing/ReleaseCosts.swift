import Glibc

/// What releases cost of the CPU, step by step; the publishing, which is another thread's, left out.
public struct ReleaseCosts: Hashable, Sendable {
    /// A step of a release.
    public enum Step: Int, Hashable, Sendable, CaseIterable {
        /// Whether it may leave at all, and of pooled values all that decides about them.
        case rules
        /// Measuring the bucket, and obscuring what was measured.
        case aggregation
        /// Writing it in its form.
        case form
        case signature
        /// Writing it to the outbox; what the disk takes is waited for, and costs nothing.
        case outbox
        /// Telling the audit log, likewise.
        case audit
    }

    /// Releases, withheld ones too.
    public private(set) var count = 0
    private var nanoseconds = [Int64](repeating: 0, count: Step.allCases.count)
    private var last: Int64 = 0

    /// Nothing was spent.
    init() {}

    /// Microseconds for each release.
    public func microseconds(_ step: Step) -> Double {
        Double(nanoseconds[step.rawValue]) / 1000 / Double(max(1, count))
    }

    /// A step begins.
    mutating func begin() {
        last = ReleaseCosts.now()
    }

    /// A step is over, and the next one begins; on the thread that began it.
    mutating func end(_ step: Step) {
        let now = ReleaseCosts.now()
        nanoseconds[step.rawValue] += now - last
        last = now
    }

    mutating func count(_ releases: Int) {
        count += releases
    }

    mutating func add(_ other: ReleaseCosts) {
        count += other.count
        for index in nanoseconds.indices { nanoseconds[index] += other.nanoseconds[index] }
    }

    /// CPU time of this thread.
    private static func now() -> Int64 {
        // Seconds and nanoseconds, two words as `timespec` is. Its members belong to CoreFoundation in a build for tests and
        // to the C library in any other, and no import is right for both.
        var time: (seconds: Int, nanoseconds: Int) = (0, 0)
        unsafe withUnsafeMutablePointer(to: &time) { pointer in
            unsafe pointer.withMemoryRebound(to: timespec.self, capacity: 1) { time in
                _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, time)
            }
        }
        return Int64(time.seconds) * 1_000_000_000 + Int64(time.nanoseconds)
    }
}
