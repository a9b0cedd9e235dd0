/// Payloads one behind the other, as a socket delivers them: to look at one costs no count of who holds it.
struct PayloadRun {
    private(set) var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []

    init(_ payloads: [[UInt8]]) {
        for payload in payloads {
            ranges.append(bytes.count..<bytes.count + payload.count)
            bytes += payload
        }
    }

    var count: Int { ranges.count }

    /// Where a payload stands in ``bytes``; behind the last comes the first again.
    func range(_ number: Int) -> Range<Int> { ranges[number % ranges.count] }
}
