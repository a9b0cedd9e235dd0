import Intake
import Readings
import Sharing

extension Rooms {
    /// Dead letters, newest first.
    func dead(_ question: LetterQuestion) -> [DeadLetterRow] {
        letters.letters(limit: question.limit, where: question.wants).map { DeadLetterRow($0) }
    }

    /// Has today's rules read letters again, the newest first that were not read with success before.
    ///
    /// - Throws: ``DeskRefusal`` when the link's thread did not come for them in time; nothing is read then.
    func replay(_ question: LetterQuestion) async throws(DeskRefusal) -> ReplayAnswer {
        let kept = letters.letters(limit: question.limit) { $0.replayed == nil && question.wants($0) }
        guard let last = kept.last else { return ReplayAnswer(letters: [], next: nil) }
        let inOrder = Array(kept.reversed())
        let outcomes = try await onLink { answer in intake.retry(inOrder.map(\.letter), answer: answer) }
        let settled = zip(inOrder, outcomes).filter { $1.isSettled }.map(\.0.number)
        letters.markReplayed(settled, at: clock())
        return ReplayAnswer(
            letters: zip(inOrder, outcomes).map { ReplayRow($0, $1) },
            next: kept.count == question.limit ? last.number : nil
        )
    }
}

extension DeadLetterRow {
    init(_ kept: KeptLetter) {
        let letter = kept.letter
        self.init(
            number: kept.number,
            time: letter.time.iso8601,
            topic: letter.topic,
            rule: letter.rule,
            reason: letter.reason.rawValue,
            detail: letter.detail,
            fix: letter.reason.usualFix,
            qos: Int(letter.qos),
            retain: letter.retain,
            bytes: letter.bytes,
            keptBytes: letter.payload.count,
            count: letter.count,
            payload: letter.payloadText ?? "base64:" + DeadLetterFeed.base64(letter.payload),
            replayed: kept.replayed?.iso8601
        )
    }
}

extension ReplayRow {
    init(_ kept: KeptLetter, _ outcome: RetryOutcome) {
        let state =
            outcome.refusal != nil
            ? "refused"
            : !outcome.failures.isEmpty ? "dead" : outcome.isIgnored ? "ignored" : "read"
        self.init(
            number: kept.number,
            topic: kept.letter.topic,
            outcome: state,
            readings: outcome.readings,
            count: kept.letter.count,
            why: outcome.refusal.map { [$0] }
                ?? outcome.failures.map { "\($0.reason.rawValue): \($0.detail)" }
        )
    }
}
