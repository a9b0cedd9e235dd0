import Glibc
import Readings

/// One line to standard output, at once: whoever started us waits for it.
func tell(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe write(STDOUT_FILENO, bytes, bytes.count)
}

/// The clocks of this process.
enum BenchClock {
    /// CPU time that all threads of this process have used, in seconds.
    static var cpuSeconds: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// CPU time that this thread has used, in seconds.
    static var threadSeconds: Double { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Runs evenly, from an unknown start.
    static var seconds: Double { read(CLOCK_MONOTONIC) }

    /// The time of day.
    static var now: Instant { Instant(milliseconds: Int64(read(CLOCK_REALTIME) * 1000)) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
