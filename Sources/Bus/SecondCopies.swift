/// Recognises second copies while the filters of a link change.
///
/// A filter that replaces another is asked for before the other is given back, or a message in between would be lost.
/// Between the broker's two answers it may deliver a message once for each of the two: both copies stand in its queue
/// for us one behind the other, one of them marked as the new subscription's. A broker that delivers a message once
/// marks all or none.
struct SecondCopies {
    private struct Copy {
        let topic: [UInt8]
        let payload: [UInt8]
        let isMarked: Bool
    }

    private var old: [TopicFilter] = []
    private(set) var new: [TopicFilter] = []
    /// The message before, if both an old and a new filter let it through and it has no second copy yet.
    private var first: Copy?

    /// Whether old and new filters that overlap have been asked for.
    var areLikely: Bool { !old.isEmpty }

    /// - Returns: those of the new filters that overlap old ones: they are to be marked.
    static func overlapping(_ new: [String], old: [String]) -> [String] {
        let gone = old.compactMap(filter)
        return new.filter { text in
            filter(text).map { wanted in gone.contains { $0.overlaps(wanted) } } ?? false
        }
    }

    /// Both are asked for; `new` are those that overlap.
    mutating func begin(old: [String], new: [String]) {
        self.old += old.compactMap(Self.filter)
        self.new += new.compactMap(Self.filter)
        first = nil
    }

    /// The broker has let go of the old ones, or the connection is another.
    mutating func end() {
        old = []
        new = []
        first = nil
    }

    /// Takes note of a message.
    ///
    /// - Parameter doBothStand: whether the broker has granted all new filters and not yet let go of the old ones.
    /// - Returns: whether it is the second copy of the one before.
    mutating func isSecond(
        _ topic: Span<UInt8>,
        _ payload: Span<UInt8>,
        isMarked: Bool,
        doBothStand: Bool
    ) -> Bool {
        guard doBothStand else {
            first = nil
            return false
        }
        if let known = first, known.isMarked != isMarked, known.topic.span.holds(topic),
            known.payload.span.holds(payload)
        {
            first = nil
            return true
        }
        let isShared = old.contains { $0.matches(topic) } && new.contains { $0.matches(topic) }
        first = isShared ? Copy(topic: topic.copied, payload: payload.copied, isMarked: isMarked) : nil
        return false
    }

    private static func filter(_ text: String) -> TopicFilter? {
        do throws(TopicFailure) {
            return try TopicFilter(text)
        } catch {
            // What is no filter is refused by the broker, and lets nothing through.
            return nil
        }
    }
}

extension Span where Element == UInt8 {
    fileprivate var copied: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }

    fileprivate func holds(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
