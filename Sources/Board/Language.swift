import Readings
import Sharing

/// In which a page speaks; both texts of a word stand beside each other: `say("Stock", "在庫")`.
typealias Language = FeedWords.Language

extension FeedWords.Language {
    func callAsFunction(_ english: String, _ japanese: String) -> String {
        self == .en ? english : japanese
    }

    /// The one that a browser asks for first of those that we speak.
    init(accepting header: String?) {
        let first = header?.lowercased().split(separator: ",").lazy.compactMap { word in
            Language(rawValue: String(word.drop { $0 == " " }.prefix(2)))
        }.first
        self = first ?? .en
    }

    /// Digits in groups of three, as many behind the point as tell something.
    func number(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        let decimals =
            value.magnitude >= 1000 ? 0 : value.magnitude >= 100 ? 1 : value.magnitude >= 10 ? 2 : 3
        let factor = [1.0, 10, 100, 1000][decimals]
        let scaled = Int64((value.magnitude * factor).rounded())
        let whole = scaled / Int64(factor)
        var fraction = String(scaled % Int64(factor))
        fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        var digits = Array(String(whole))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (value < 0 && scaled > 0 ? "−" : "") + String(digits)
            + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    /// How long stock lasts: a tenth of a day tells enough.
    func days(_ value: Double) -> String { number((value * 10).rounded() / 10) }

    /// `3 s`, `4 min`, `2 h 5 min`, `12 d 3 h`; `3秒`, `4分`, `2時間5分`, `12日3時間`. The script of the pages says the same.
    func span(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds.rounded(.down)))
        switch whole {
        case ..<60: return self("\(whole) s", "\(whole)秒")
        case ..<3600: return self("\(whole / 60) min", "\(whole / 60)分")
        case ..<86_400:
            return self("\(whole / 3600) h \(whole / 60 % 60) min", "\(whole / 3600)時間\(whole / 60 % 60)分")
        default:
            return self(
                "\(whole / 86_400) d \(whole / 3600 % 24) h",
                "\(whole / 86_400)日\(whole / 3600 % 24)時間"
            )
        }
    }

    /// `12 KiB`, `3.1 MiB`.
    func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return "\(number((value * 10).rounded() / 10)) \(units[unit])"
    }

    /// A word of ``Readings/Quality``.
    func quality(_ quality: Quality) -> String {
        switch quality {
        case .good: self("good", "良好")
        case .uncertain: self("uncertain", "不確か")
        case .bad: self("bad", "不良")
        case .stale: self("stale", "途絶")
        }
    }
}

/// Times as the plant's clocks show them.
struct PlantTime: Sendable {
    let offsetSeconds: @Sendable (Instant) -> Int

    /// `2026-06-17 10:15`.
    func minute(_ instant: Instant) -> String {
        let text = local(instant)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// `10:15`, with the day before it unless it is today's.
    func short(_ instant: Instant, now: Instant) -> String {
        let text = local(instant)
        let time = String(text.dropFirst(11).prefix(5))
        return text.prefix(10) == local(now).prefix(10) ? time : "\(text.dropFirst(5).prefix(5)) \(time)"
    }

    /// How far the plant's clocks are ahead of UTC between two instants: from when on, by how many seconds.
    ///
    /// - Returns: the first one holds from `from` on, each until the next; hours that are put forward and back between two
    ///   weeks, or between two of `looksMax` looks at a longer time, are not seen.
    func offsets(from: Instant, to: Instant) -> [(from: Instant, seconds: Int)] {
        var steps = [(from: from, seconds: offsetSeconds(from))]
        let strideMs = max(7 * 86_400_000, to.msSince(from) / Self.looksMax)
        var seen = from
        while seen < to {
            let next = min(to, seen.advanced(byMs: strideMs))
            let seconds = offsetSeconds(next)
            if seconds != steps[steps.count - 1].seconds {
                // To the second in which it changes.
                var (before, after) = (seen, next)
                while after.msSince(before) > 1000 {
                    let middle = before.advanced(byMs: after.msSince(before) / 2)
                    if offsetSeconds(middle) == seconds { after = middle } else { before = middle }
                }
                steps.append((after.floored(toMs: 1000), seconds))
            }
            seen = next
        }
        return steps
    }

    /// Ten years by the week.
    private static let looksMax: Int64 = 522

    private func local(_ instant: Instant) -> String {
        instant.advanced(byMs: Int64(offsetSeconds(instant)) * 1000).iso8601
    }
}
