import Driver

@main
enum FuzzSparkplug {
    static func main() {
        fuzz { start, count in fuzzSparkplug(start, count) }
    }
}

/// Any bytes as a session of Sparkplug: each message is read or refused, and what comes of it holds together.
private func fuzzSparkplug(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    exercise(session: Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
