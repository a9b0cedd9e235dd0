import Foundation

extension Entry {
    /// A time zone: `UTC`, `+09:00`, or an IANA name that this machine has a table for.
    func zone() -> String? {
        guard let text = name() else { return nil }
        if ["Z", "UTC", "GMT"].contains(text) || Entry.isOffset(text) { return text }
        let known = TimeZone.knownTimeZoneIdentifiers
        if text.contains("/") || known.contains(text), TimeZone(identifier: text) != nil { return text }
        let near = NearestWord.hint(text, among: known)
        refuse("\"\(Entry.short(text))\" is no time zone, e.g. Asia/Tokyo or +09:00\(near)")
        return nil
    }

    /// `+09:00`, `-0330`, `+09`.
    private static func isOffset(_ text: String) -> Bool {
        guard text.hasPrefix("+") || text.hasPrefix("-") else { return false }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        let digits = parts.joined()
        guard parts.count == 1 || parts.map(\.count) == [2, 2], digits.count == 2 || digits.count == 4,
            digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits)
        else { return false }
        return digits.count == 2 ? number <= 23 : number / 100 <= 23 && number % 100 <= 59
    }
}
