internal import Readings

/// Until when certificates are good: the dates of a PEM file, read no further than to them.
///
/// A certificate is a DER tree (RFC 5280); the end of its validity stands here:
///
///     SEQUENCE ─ SEQUENCE ─┬ [0] version, may be absent
///                          ├ serial number, algorithm, issuer
///                          └ SEQUENCE validity ─ begin, end: UTCTime (0x17) or GeneralizedTime (0x18)
enum CertificateDates {
    /// No PEM file of ours is longer.
    static let bytesMax = 1 << 20

    /// The earliest end of the certificates in a PEM text; nil when there is none that can be read.
    static func end(pem: [UInt8]) -> Instant? {
        var ends: [Instant] = []
        var body: [UInt8] = []
        var isInside = false
        for line in pem.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            if line.elementsEqual("-----BEGIN CERTIFICATE-----".utf8) {
                (isInside, body) = (true, [])
            } else if line.elementsEqual("-----END CERTIFICATE-----".utf8) {
                if isInside, let end = end(der: base64(body)) { ends.append(end) }
                isInside = false
            } else if isInside {
                body += line
            }
        }
        return ends.min()
    }

    /// What stands in base64 (RFC 4648); other characters are passed over.
    private static func base64(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for character in text {
            let digit: UInt8
            switch character {
            case 65...90: digit = character - 65
            case 97...122: digit = character - 71
            case 48...57: digit = character + 4
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: continue
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    /// The end of one certificate's validity.
    static func end(der: [UInt8]) -> Instant? {
        guard let certificate = item(der[...]), certificate.tag == 0x30,
            let signed = item(certificate.content), signed.tag == 0x30
        else { return nil }
        var rest = signed.content
        if let version = item(rest), version.tag == 0xA0 { rest = version.rest }
        for _ in 0..<3 {
            guard let passed = item(rest) else { return nil }
            rest = passed.rest
        }
        guard let validity = item(rest), validity.tag == 0x30, let begin = item(validity.content),
            let end = item(begin.rest)
        else { return nil }
        return instant(end.tag, end.content)
    }

    /// The first item of a run, and what stands behind it.
    private static func item(_ run: ArraySlice<UInt8>) -> (
        tag: UInt8, content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>
    )? {
        guard run.count >= 2, let tag = run.first else { return nil }
        var place = run.startIndex + 2
        var length = Int(run[run.startIndex + 1])
        if length >= 0x80 {
            let count = length & 0x7F
            guard (1...3).contains(count), run.endIndex - place >= count else { return nil }
            length = run[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
            place += count
        }
        guard run.endIndex - place >= length else { return nil }
        return (tag, run[place..<place + length], run[(place + length)...])
    }

    /// `YYMMDDHHMMSSZ`, of which 50 to 99 are of the last century, or `YYYYMMDDHHMMSSZ`.
    private static func instant(_ tag: UInt8, _ text: ArraySlice<UInt8>) -> Instant? {
        let isShort = tag == 0x17
        guard isShort || tag == 0x18, text.count == (isShort ? 13 : 15), text.last == UInt8(ascii: "Z") else {
            return nil
        }
        var numbers = text.dropLast().map { Int($0) - 48 }
        guard numbers.allSatisfy({ (0...9).contains($0) }) else { return nil }
        if isShort { numbers = (numbers[0] >= 5 ? [1, 9] : [2, 0]) + numbers }
        let pair = stride(from: 0, to: 14, by: 2).map { numbers[$0] * 10 + numbers[$0 + 1] }
        let civil = CivilTime(
            year: pair[0] * 100 + pair[1],
            month: pair[2],
            day: pair[3],
            hour: pair[4],
            minute: pair[5],
            second: pair[6]
        )
        return civil.isValid ? civil.instant(offsetSeconds: 0) : nil
    }
}
