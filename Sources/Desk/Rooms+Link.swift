import Bus

/// Why the desk does not do what it was asked for, in one line for whoever asked.
struct DeskRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Rooms {
    /// The link's thread looks about once a second.
    private static let patienceSeconds = 10

    /// Has something done on the link's thread and waits for its answer.
    ///
    /// - Parameter give: hands it over with a closure that takes the answer; returns one that takes it back.
    /// - Throws: ``DeskRefusal`` when that thread did not come for it in time; it is not done then.
    func onLink<Answer: Sendable>(
        _ give: (_ answer: @escaping @Sendable (Answer) -> Void) -> @Sendable () -> Bool
    ) async throws(DeskRefusal) -> Answer {
        let answer: Answer? = await withCheckedContinuation { continuation in
            // Exactly one of both comes: the answer, or that it was taken back.
            let takeBack = give { continuation.resume(returning: $0) }
            Task {
                try? await Task.sleep(for: .seconds(Rooms.patienceSeconds))
                if takeBack() { continuation.resume(returning: nil) }
            }
        }
        guard let answer else {
            throw DeskRefusal(
                "the link to the broker is \(link().state.word); this is done while it is online"
            )
        }
        return answer
    }
}
