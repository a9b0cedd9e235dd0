import Driver
import Intake

@main
enum FuzzJson {
    static func main() {
        fuzz { start, count in fuzzJson(start, count) }
    }
}

/// Any bytes as JSON and as JSON lines: they become a document within its bounds, or a failure that names one of them.
private func fuzzJson(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for format in [.json, .jsonl] as [PayloadFormat] { exercise(format, payload: bytes) }
    return 0
}
