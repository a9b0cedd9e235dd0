import Readings

/// Why an item or a reading of a message came to nothing; its neighbours go on.
struct Fault: Error, Hashable, Sendable {
    let reason: DeadReason
    let detail: String

    init(_ reason: DeadReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// The first characters of a text that came from outside, for a detail.
    static func quote(_ text: Span<UInt8>) -> String {
        let most = 80
        guard text.count > most else { return text.text }
        return text.extracting(0..<most).text + "…"
    }
}
