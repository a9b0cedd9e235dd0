internal import Glibc
internal import Readings

/// The two clocks of a link: one that only runs forward, for waiting; one that people read.
enum BusClock {
    /// Nanoseconds since some moment in the past; never set back.
    static func monotonicNs() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// The time of day.
    static func now() -> Instant {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Instant(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    }
}

/// The words of a system error.
func systemWords(_ error: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let text = unsafe buffer.withUnsafeMutableBufferPointer { space -> String in
        guard let start = space.baseAddress, unsafe strerror_r(error, start, 256) == 0 else {
            return "error \(error)"
        }
        return unsafe String(cString: start)
    }
    return text
}
