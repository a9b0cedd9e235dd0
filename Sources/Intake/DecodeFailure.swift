/// Why bytes are not a document of the declared format; the message becomes a dead letter `decode`.
struct DecodeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The format's name as it is written in a rule.
    let format: String
    /// 0-based, from the payload's first byte (its byte order mark not counted).
    let byte: Int
    /// What was found, or what was expected.
    let message: String

    /// The bytes are well formed, but what they say cannot be used; `byte` is where the item at fault begins.
    var isMeaning = false

    /// `json: byte 5: …` or `senml … at byte 5`: the dead letter's detail.
    var description: String {
        isMeaning ? "\(format) \(message) at byte \(byte)" : "\(format): byte \(byte): \(message)"
    }

    /// The same of a format that stands on the one that failed.
    func of(_ format: PayloadFormat) -> DecodeFailure {
        DecodeFailure(format: format.rawValue, byte: byte, message: message, isMeaning: isMeaning)
    }
}
