public import Readings

/// An alert in plain words: what and where, how bad, since when, and what to do next.
public struct AlertWords: Sendable {
    /// In which language.
    public enum Language: String, Hashable, Sendable, CaseIterable {
        case en, ja
    }

    private let language: Language
    private let offsetSeconds: @Sendable (Instant) -> Int

    /// - Parameter offsetSeconds: how far the readers' clocks are ahead of UTC at an instant.
    public init(_ language: Language, offsetSeconds: @escaping @Sendable (Instant) -> Int) {
        self.language = language
        self.offsetSeconds = offsetSeconds
    }

    /// One line, without a full stop.
    public func line(_ alert: Alert) -> String {
        switch language {
        case .en:
            alert.stage == .ended
                ? "\(place(alert)): all right again: \(what(alert))"
                : "\(place(alert)): \(what(alert)); since \(stamp(alert.since)); \(step(alert))"
        case .ja:
            alert.stage == .ended
                ? "\(place(alert)): 復旧しました(\(what(alert)))"
                : "\(place(alert)): \(what(alert))。\(stamp(alert.since))から。\(step(alert))"
        }
    }

    private func place(_ alert: Alert) -> String {
        guard !alert.site.isEmpty else { return alert.name }
        return language == .en ? "\(alert.name) at \(alert.site)" : "\(alert.site)の\(alert.name)"
    }

    /// How bad it is, or how it is now that it is over.
    private func what(_ alert: Alert) -> String {
        language == .en ? english(alert) : japanese(alert)
    }

    private func english(_ alert: Alert) -> String {
        let value = amount(alert.value, alert)
        let limit = amount(alert.limit, alert)
        let isOver = alert.stage == .ended
        switch alert.kind {
        case .lowStock:
            let end = alert.end.map { "; at today's rate it runs out on \(date($0))" } ?? ""
            return isOver ? "\(value) on hand" : "\(value), below the reorder point of \(limit)\(end)"
        case .lowCover:
            let end = alert.end.map { "; at today's rate it runs out on \(date($0))" } ?? ""
            if isOver { return alert.end == nil ? "nothing is consumed" : "lasts \(value)" }
            return "lasts \(value), less than \(limit)\(end)"
        case .machineStopped:
            let state = alert.detail.map { " (\($0))" } ?? ""
            if isOver { return "stopped no more\(state)" }
            return "stopped\(state) for \(value) of planned time, longer than \(limit)"
        case .sourceSilent: return isOver ? "heard again" : "silent for \(value), longer than \(limit)"
        case .clockSkew:
            let side = alert.detail.map { " \($0)" } ?? ""
            return isOver
                ? "its clock is \(value)\(side)" : "its clock is \(value)\(side), more than \(limit)"
        case .feedLate:
            let fault = alert.detail.map { ": \($0)" } ?? ""
            return isOver ? "leaves in time" : "late by \(value), more than \(limit)\(fault)"
        case .linkDown:
            let fault = alert.detail.map { ": \($0)" } ?? ""
            return isOver ? "the link stands" : "no link for \(value)\(fault)"
        case .certificate:
            let end = alert.end.map { ", on \(date($0))" } ?? ""
            if alert.value <= 0 { return "ended\(end.dropFirst())" }
            return "ends in \(value)\(end)"
        case .disk: return isOver ? "\(value) free" : "\(value) free, less than \(limit)"
        }
    }

    private func japanese(_ alert: Alert) -> String {
        let value = amount(alert.value, alert)
        let limit = amount(alert.limit, alert)
        let isOver = alert.stage == .ended
        switch alert.kind {
        case .lowStock:
            let end = alert.end.map { "。今の消費量では\(date($0))に欠品" } ?? ""
            return isOver ? "在庫\(value)" : "在庫\(value)、発注点\(limit)を下回る\(end)"
        case .lowCover:
            let end = alert.end.map { "。今の消費量では\(date($0))に欠品" } ?? ""
            if isOver { return alert.end == nil ? "消費なし" : "在庫は\(value)分" }
            return "在庫は\(value)分、下限\(limit)を下回る\(end)"
        case .machineStopped:
            let state = alert.detail.map { "(\($0))" } ?? ""
            return isOver ? "停止は解消\(state)" : "計画稼働時間中に\(value)停止\(state)、上限\(limit)を超過"
        case .sourceSilent: return isOver ? "通信再開" : "\(value)受信なし、上限\(limit)を超過"
        case .clockSkew:
            let side = alert.detail.map { $0 == "slow" ? "遅れ" : "進み" } ?? "ずれ"
            return isOver ? "時計の\(side)は\(value)" : "時計が\(value)\(side)、上限\(limit)を超過"
        case .feedLate:
            let fault = alert.detail.map { "(\($0))" } ?? ""
            return isOver ? "定刻どおり送信" : "送信が\(value)遅延、上限\(limit)を超過\(fault)"
        case .linkDown:
            let fault = alert.detail.map { "(\($0))" } ?? ""
            return isOver ? "接続済み" : "\(value)接続なし\(fault)"
        case .certificate:
            let end = alert.end.map { "\(date($0))" } ?? ""
            return alert.value <= 0 ? "証明書は\(end)に失効" : "証明書の期限まで\(value)(\(end))"
        case .disk: return isOver ? "空き\(value)" : "空き\(value)、下限\(limit)を下回る"
        }
    }

    /// What to do next.
    private func step(_ alert: Alert) -> String {
        switch (alert.kind, language) {
        case (.lowStock, .en), (.lowCover, .en): "order it, or count it: tsunagi count \(alert.name) QTY"
        case (.lowStock, .ja), (.lowCover, .ja): "発注するか、棚卸ししてください: tsunagi count \(alert.name) 数量"
        case (.machineStopped, .en): "go and see; a planned stop needs a state that says so"
        case (.machineStopped, .ja): "現場を確認してください。計画停止であれば状態をそのように設定してください"
        case (.sourceSilent, .en): "look at its power, its network and its login at the broker"
        case (.sourceSilent, .ja): "電源、ネットワーク、ブローカーへのログインを確認してください"
        case (.clockSkew, .en): "set its clock, best by NTP"
        case (.clockSkew, .ja): "時計を合わせてください(NTP推奨)"
        case (.feedLate, .en): "tsunagi status names what stands in the way"
        case (.feedLate, .ja): "原因は tsunagi status で確認できます"
        case (.linkDown, .en): "look whether the broker runs and lets us in: tsunagi status"
        case (.linkDown, .ja): "ブローカーの稼働とログインを確認してください: tsunagi status"
        case (.certificate, .en): "renew it; a partner's by tsunagi partner rotate"
        case (.certificate, .ja): "更新してください。取引先のものは tsunagi partner rotate で更新します"
        case (.disk, .en): "make room, or move data.directory to a larger disk"
        case (.disk, .ja): "空きを増やすか、data.directory を大きいディスクへ移してください"
        }
    }

    // MARK: Numbers

    private func amount(_ value: Double, _ alert: Alert) -> String {
        switch alert.kind.measure {
        case .quantity: AlertWords.number(value) + (alert.unit.isEmpty ? "" : " \(alert.unit)")
        case .duration: span(value)
        case .bytes: AlertWords.bytes(value)
        }
    }

    /// `45 s`, `12 min`, `2 h 5 min`, `1.8 d`.
    private func span(_ milliseconds: Double) -> String {
        let seconds = Int(min(max(0, milliseconds), 1e15) / 1000)
        let (minute, hour, day) = language == .en ? (" min", " h", " d") : ("分", "時間", "日")
        switch seconds {
        case ..<60: return "\(seconds)" + (language == .en ? " s" : "秒")
        case ..<3600: return "\(seconds / 60)\(minute)"
        case ..<86_400:
            let rest = seconds / 60 % 60
            let minutes = rest == 0 ? "" : (language == .en ? " " : "") + "\(rest)\(minute)"
            return "\(seconds / 3600)\(hour)\(minutes)"
        default: return AlertWords.number((Double(seconds) / 8640).rounded(.down) / 10) + day
        }
    }

    /// At most three decimals, no zeros at the end.
    static func number(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
        let thousandths = Int64((value * 1000).rounded())
        let (whole, rest) = (thousandths.magnitude / 1000, thousandths.magnitude % 1000)
        var text = (thousandths < 0 ? "-" : "") + "\(whole)"
        if rest > 0 {
            let digits = String(rest)
            text += "." + String(repeating: "0", count: 3 - digits.count) + digits
            while text.last == "0" { text.removeLast() }
        }
        return text
    }

    private static func bytes(_ value: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (max(0, value), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return "\(number((value * 10).rounded() / 10)) \(units[unit])"
    }

    /// `2026-12-03`, by the readers' clocks.
    private func date(_ instant: Instant) -> String {
        let civil = CivilTime(instant, offsetSeconds: offsetSeconds(instant))
        return "\(civil.year)-\(AlertWords.two(civil.month))-\(AlertWords.two(civil.day))"
    }

    /// `2026-11-30 08:15`, by the readers' clocks.
    private func stamp(_ instant: Instant) -> String {
        let civil = CivilTime(instant, offsetSeconds: offsetSeconds(instant))
        return "\(date(instant)) \(AlertWords.two(civil.hour)):\(AlertWords.two(civil.minute))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
