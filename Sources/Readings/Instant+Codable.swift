/// In small files and answers an instant is its ISO 8601 text, in UTC.
extension Instant: Codable {
    /// Reads a stamp with a zone.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(iso8601: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is no stamp")
        }
        self = instant
    }

    /// Writes it to the millisecond.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
