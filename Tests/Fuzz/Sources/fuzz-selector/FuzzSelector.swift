import Driver

@main
enum FuzzSelector {
    static func main() {
        fuzz { start, count in fuzzSelector(start, count) }
    }
}

/// Any bytes as a selector: it is read and asked, or its mistake is named with a column that is there.
private func fuzzSelector(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    exercise(selector: Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
