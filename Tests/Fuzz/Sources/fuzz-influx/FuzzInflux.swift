import Driver
import Intake

@main
enum FuzzInflux {
    static func main() {
        fuzz { start, count in fuzzInflux(start, count) }
    }
}

/// Any bytes as line protocol: they become a document within its bounds, or a failure that names one of them.
private func fuzzInflux(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    exercise(.influx, payload: bytes)
    return 0
}
