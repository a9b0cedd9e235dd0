public import Readings

/// Dead letters as operators' programs read them from `tsunagi/v1/g/<gateway>/dead`.
public enum DeadLetterFeed {
    /// The topic for a gateway's dead letters.
    public static func topic(gateway: String) -> String { "tsunagi/v1/g/\(gateway)/dead" }

    /// `{"time","topic","rule","reason","detail","qos","retain","bytes","count","payload"}`; a payload that is not
    /// UTF-8 stands as base64 in `payloadBase64` instead.
    public static func payload(of letter: DeadLetter) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            let texts = [
                ("time", letter.time.iso8601), ("topic", letter.topic), ("rule", letter.rule),
                ("reason", letter.reason.rawValue), ("detail", letter.detail),
            ]
            for (name, text) in texts {
                json.key(name)
                json.string(text)
            }
            json.key("qos")
            json.number(Int64(letter.qos))
            json.key("retain")
            json.bool(letter.retain)
            json.key("bytes")
            json.number(Int64(letter.bytes))
            json.key("count")
            json.number(Int64(clamping: letter.count))
            if let text = letter.payloadText {
                json.key("payload")
                json.string(text)
            } else {
                json.key("payloadBase64")
                json.string(base64(letter.payload))
            }
        }
        return json.bytes
    }

    /// Base64 with padding (RFC 4648).
    public static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : digits[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension DeadLetter {
    /// The kept payload as text, or nil when it is not UTF-8. A character that the cut at 4 KiB split is left out.
    public var payloadText: String? {
        if let text = String(validating: payload, as: UTF8.self) { return text }
        guard bytes > payload.count else { return nil }
        for cut in 1...3 where cut < payload.count {
            if let text = String(validating: payload.dropLast(cut), as: UTF8.self) { return text }
        }
        return nil
    }
}
