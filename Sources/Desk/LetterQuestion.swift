import Bus
import Readings
import Sharing

/// Which dead letters somebody asks for, in the words of a request.
struct LetterQuestion {
    /// More are not told at once.
    static let limitMax = 1000

    /// Newest first, at most so many.
    let limit: Int
    private let rule: String?
    private let reason: DeadReason?
    private let topic: TopicFilter?
    private let before: UInt64
    private let number: UInt64?

    /// - Parameter words: `rule`, `reason`, `topic` (a filter of MQTT), `number`, `before` (a number), `limit`; all may
    ///   be left out.
    init(_ words: [String: String]) throws(DeskRefusal) {
        rule = words["rule"]
        if let word = words["reason"] {
            guard let known = DeadReason(rawValue: word) else {
                let all = DeadReason.allCases.map(\.rawValue).joined(separator: ", ")
                throw DeskRefusal("no reason \(word); there is: \(all)")
            }
            reason = known
        } else {
            reason = nil
        }
        do throws(TopicFailure) {
            topic = try words["topic"].map { (text) throws(TopicFailure) in try TopicFilter(text) }
        } catch {
            throw DeskRefusal("topic \(words["topic"] ?? ""): \(error)")
        }
        before = try LetterQuestion.whole(words["before"], or: .max, "before")
        number = try words["number"].map { (word) throws(DeskRefusal) in
            try LetterQuestion.whole(word, or: 0, "number")
        }
        limit = Int(clamping: try LetterQuestion.whole(words["limit"], or: 100, "limit"))
        guard (1...LetterQuestion.limitMax).contains(limit) else {
            throw DeskRefusal("limit: expected 1 … \(LetterQuestion.limitMax)")
        }
    }

    private static func whole(_ word: String?, or usual: UInt64, _ name: String) throws(DeskRefusal)
        -> UInt64
    {
        guard let word else { return usual }
        guard let number = UInt64(word) else {
            throw DeskRefusal("\(name): expected a number, not \(word)")
        }
        return number
    }

    func wants(_ kept: KeptLetter) -> Bool {
        (number == nil || kept.number == number) && kept.number < before
            && (rule == nil || kept.letter.rule == rule) && (reason == nil || kept.letter.reason == reason)
            && (topic == nil || topic?.matches(kept.letter.topic) == true)
    }
}
