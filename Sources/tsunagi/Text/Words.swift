import Sharing

/// Numbers as people read them.
enum Words {
    /// `3 s`, `4 min`, `2 h 5 min`, `12 d 3 h`; `3秒`, `4分`, `2時間5分`, `12日3時間`.
    static func span(seconds: Double, in language: FeedWords.Language = .en) -> String {
        let whole = Int(max(0, seconds.rounded(.down)))
        let (minutes, hours, days) = (whole / 60 % 60, whole / 3600 % 24, whole / 86_400)
        let phrase =
            switch whole {
            case ..<60: Phrase("\(whole) s", "\(whole)秒")
            case ..<3600: Phrase("\(minutes) min", "\(minutes)分")
            case ..<86_400: Phrase("\(hours) h \(minutes) min", "\(hours)時間\(minutes)分")
            default: Phrase("\(days) d \(hours) h", "\(days)日\(hours)時間")
            }
        return phrase(language)
    }

    /// `ota/press-1/load{axis=x}`: a path and what tells series of one path apart.
    static func series(_ path: String, _ tags: [String: String]?) -> String {
        guard let tags, !tags.isEmpty else { return path }
        let words = tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return path + "{" + words.joined(separator: ",") + "}"
    }

    /// `12 KiB`, `3.1 MiB`.
    static func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return
            "\(unit == 0 || value >= 100 ? number(value.rounded()) : number(value, decimals: 1)) \(units[unit])"
    }

    /// Digits in groups of three, at most `decimals` behind the point and no zeros at the end.
    static func number(_ value: Double, decimals: Int = 3) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        var factor = 1.0
        for _ in 0..<decimals { factor *= 10 }
        let scaled = (value.magnitude * factor).rounded()
        let whole = Int((scaled / factor).rounded(.down))
        var fraction = String(Int(scaled - Double(whole) * factor))
        fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + grouped(whole) + (fraction.isEmpty || decimals == 0 ? "" : ".\(fraction)")
    }

    /// `1234567` as `1,234,567`.
    static func grouped(_ whole: Int) -> String {
        var digits = Array(String(whole.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (whole < 0 ? "-" : "") + String(digits)
    }
}
