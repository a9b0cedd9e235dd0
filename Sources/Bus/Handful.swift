/// The messages of one burst, on their way from the library to the sink.
///
/// The library goes to the kernel several times for each message. A sink that works in between finds its code and its
/// data gone from the nearest caches each time; handed a burst in one go, it finds them there. That is worth a copy.
struct Handful {
    /// Together, topics included. A message that is larger by itself is handed on as it comes.
    static let bytesMax = 64 << 10

    private struct Item {
        let topicCount: UInt32
        let payloadCount: UInt32
        let arrival: BusArrival
    }

    private var items: [Item] = []
    /// Each item's topic and payload, one behind the other.
    private var bytes: [UInt8] = []

    init() {
        items.reserveCapacity(64)
        bytes.reserveCapacity(Self.bytesMax)
    }

    /// - Returns: whether there was room.
    mutating func add(_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ arrival: BusArrival) -> Bool {
        guard bytes.count + topic.count + payload.count <= Self.bytesMax else { return false }
        items.append(
            Item(
                topicCount: UInt32(topic.count),
                payloadCount: UInt32(payload.count),
                arrival: arrival
            )
        )
        unsafe topic.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        unsafe payload.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return true
    }

    /// Hands all of them on, in the order in which they came.
    mutating func hand(to take: (Span<UInt8>, Span<UInt8>, BusArrival) -> Void) {
        guard !items.isEmpty else { return }
        var start = 0
        for item in items {
            let middle = start + Int(item.topicCount)
            let end = middle + Int(item.payloadCount)
            take(bytes.span.extracting(start..<middle), bytes.span.extracting(middle..<end), item.arrival)
            start = end
        }
        drop()
    }

    mutating func drop() {
        items.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}
