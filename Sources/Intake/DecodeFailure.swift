/// Why bytes are not a document of the declared format; the message becomes a dead letter `decode`.
struct DecodeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The format's name as it is written in a rule.
    let format: String
    /// 0-based, from the payload's first byte (its byte order mark not counted).
    let byte: Int
    /// What was found, or what was expected.
    let message: String

    /// `json: byte 5: …`: the dead letter's detail.
    var description: String { "\(format): byte \(byte): \(message)" }
}
