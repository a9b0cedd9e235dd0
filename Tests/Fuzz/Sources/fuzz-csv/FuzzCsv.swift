import Driver
import Intake

@main
enum FuzzCsv {
    static func main() {
        fuzz { start, count in fuzzCsv(start, count) }
    }
}

/// Any bytes as CSV: they become a document within its bounds, or a failure that names one of them.
private func fuzzCsv(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    exercise(.csv, payload: bytes)
    return 0
}
