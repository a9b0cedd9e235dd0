extension Instant {
    /// Reads `2025-06-17T10:15:00.123+09:00`: date, `T` or a space, time, a fraction of any length, and a zone
    /// (`Z`, `+09:00`, `+0900`, `+09`). What is finer than a millisecond is cut.
    ///
    /// - Returns: nil for anything else, and for stamps without a zone: nobody knows when they were.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[start..<start + count] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        func byte(at offset: Int, isOneOf choices: String) -> Bool {
            offset < bytes.count && choices.utf8.contains(bytes[offset])
        }
        guard let year = number(0, 4), byte(at: 4, isOneOf: "-"), let month = number(5, 2),
            byte(at: 7, isOneOf: "-"), let day = number(8, 2), byte(at: 10, isOneOf: "Tt "),
            let hour = number(11, 2), byte(at: 13, isOneOf: ":"), let minute = number(14, 2)
        else { return nil }
        var civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute)
        var offset = 16
        if byte(at: offset, isOneOf: ":") {
            guard let second = number(offset + 1, 2) else { return nil }
            civil.second = second
            offset += 3
            if byte(at: offset, isOneOf: ".,") {
                let digits = bytes[(offset + 1)...].prefix { (48...57).contains($0) }
                guard !digits.isEmpty else { return nil }
                let padded = digits.prefix(3).map { Int($0 - 48) } + [0, 0]
                civil.millisecond = padded[0] * 100 + padded[1] * 10 + padded[2]
                offset += 1 + digits.count
            }
        }
        guard civil.isValid else { return nil }
        if byte(at: offset, isOneOf: "Zz"), offset + 1 == bytes.count {
            self = civil.instant(offsetSeconds: 0)
            return
        }
        guard byte(at: offset, isOneOf: "+-"), let hours = number(offset + 1, 2), hours <= 23 else {
            return nil
        }
        let sign = bytes[offset] == UInt8(ascii: "-") ? -1 : 1
        offset += 3
        if byte(at: offset, isOneOf: ":") { offset += 1 }
        var minutes = 0
        if offset < bytes.count {
            guard let found = number(offset, 2), found <= 59, offset + 2 == bytes.count else { return nil }
            minutes = found
        }
        self = civil.instant(offsetSeconds: sign * (hours * 3600 + minutes * 60))
    }
}
