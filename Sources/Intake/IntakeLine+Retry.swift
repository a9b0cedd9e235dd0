import Readings

extension IntakeLine {
    /// Reads a letter's payload into the batch as it would be read today. The batch holds nothing but letters read
    /// again.
    mutating func retry(_ letter: DeadLetter, at present: Instant) -> RetryOutcome {
        // Three bytes at most are cut with the character that they belong to.
        if letter.topic.utf8.count > DeadLetter.topicBytesMax - 4 {
            return RetryOutcome(
                refusal: "its topic is too long to be kept whole; let the source send it again"
            )
        }
        if letter.bytes > letter.payload.count {
            return RetryOutcome(
                refusal:
                    "only the first \(letter.payload.count) of its \(letter.bytes) bytes were kept; let the source "
                    + "send it again"
            )
        }
        if batch.isEmpty { batch.opened = present }
        let (readings, movements, ignored) = (batch.readings.count, batch.movements.count, status.ignored)
        defer {
            now = present
            retrying = nil
        }
        retrying = Retrying()
        (now, qos, isRetained, attempts) = (letter.time, letter.qos, letter.retain, 0)
        let topic = Array(letter.topic.utf8)
        scene.begin(topic: topic.span)
        findRoute(topic.span)
        defer { leaveRoute() }
        if routes.routes[route].isSparkplug {
            return RetryOutcome(
                refusal: "a message of Sparkplug means nothing outside of its session; ask for a birth: "
                    + "tsunagi sparkplug rebirth NODE"
            )
        }
        guard routes.routes[route].isAsked else {
            return RetryOutcome(refusal: "no rule asks for its topic; add one")
        }
        read(letter.payload.span)
        let done = retrying ?? Retrying()
        // A neighbour of what failed was counted then, and nothing in it would tell.
        if done.unmarked > 0, attempts > 1, letter.reason != .noRule {
            batch.readings.removeLast(batch.readings.count - readings)
            marks.takeBack(batch.movements.count - movements)
            batch.movements.removeLast(batch.movements.count - movements)
            return RetryOutcome(
                refusal:
                    "it holds several movements without id and time; those beside the bad one were counted, and "
                    + "which they are is not known: count the stock"
            )
        }
        return RetryOutcome(
            readings: batch.readings.count - readings,
            isIgnored: status.ignored > ignored,
            failures: done.failures
        )
    }
}

/// What is found while a letter is read again.
struct Retrying: Sendable {
    var failures: [RetryOutcome.Failure] = []
    /// Movements with neither id nor stamp.
    var unmarked = 0
}
