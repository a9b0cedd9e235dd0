import Codec
import Driver

@testable import RingStore

@main
enum FuzzJournal {
    static func main() {
        fuzz { start, count in fuzzJournal(start, count) }
    }
}

/// Any bytes as the body of a journal record and as a definition: they throw or give something.
private func fuzzJournal(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var record = ByteReader(bytes)
    _ = try? BatchRecord.decode(&record)
    var definition = ByteReader(bytes)
    _ = try? Definition(from: &definition)
    return 0
}
