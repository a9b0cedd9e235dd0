public import Readings

extension Intake {
    /// The most letters that are read again at once.
    public static let retryLettersMax = 1000
    /// Readings of letters that become durable together.
    private static let retryReadingsMax = 4096

    /// Reads the kept payloads of dead letters again, by the rules of now and as if they arrived when they did.
    ///
    /// It happens on the link's thread, between two batches or within a second while no message comes; the readings are
    /// durable when `answer` is called there. What fails again is told in the answer and is not counted a second time.
    /// Stamps by arrival are those of the first time, so that what the store or the marks of movements have already
    /// is recognised.
    ///
    /// - Parameters:
    ///   - letters: at most ``retryLettersMax``.
    ///   - answer: gets an outcome for each, in their order; not called once the order was taken back.
    /// - Returns: takes the order back; false when it was begun, so that the answer comes.
    public func retry(
        _ letters: [DeadLetter],
        answer: @escaping @Sendable ([RetryOutcome]) -> Void
    ) -> @Sendable () -> Bool {
        precondition(letters.count <= Self.retryLettersMax, "whoever asks keeps the bound")
        return errands.give(.retry(letters, answer))
    }

    /// Reads the letters of an order and makes what they say durable.
    func retry<Failure: Error>(
        _ letters: [DeadLetter],
        _ answer: @Sendable ([RetryOutcome]) -> Void,
        _ commit: (Batch) throws(Failure) -> Void
    ) throws(Failure) {
        var outcomes: [RetryOutcome] = []
        var durable = 0
        do throws(Failure) {
            for letter in letters {
                outcomes.append(line.retry(letter, at: clock()))
                guard line.batch.readings.count >= Self.retryReadingsMax else { continue }
                try settleBatch(commit)
                durable = outcomes.count
            }
            try settleBatch(commit)
        } catch {
            for place in durable..<outcomes.count where outcomes[place].refusal == nil {
                outcomes[place] = RetryOutcome(refusal: "it could not be kept: \(error)")
            }
            while outcomes.count < letters.count {
                outcomes.append(RetryOutcome(refusal: "not tried: what came before it could not be kept"))
            }
            answer(outcomes)
            throw error
        }
        answer(outcomes)
    }
}
