import Driver
import Intake

@main
enum FuzzSenML {
    static func main() {
        fuzz { start, count in fuzzSenML(start, count) }
    }
}

/// Any bytes as a pack of SenML in JSON and in CBOR, and as CBOR of any kind: they become a document within its bounds, or a failure that names one of them.
private func fuzzSenML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for format in [.senml, .senmlCbor, .cbor] as [PayloadFormat] { exercise(format, payload: bytes) }
    return 0
}
