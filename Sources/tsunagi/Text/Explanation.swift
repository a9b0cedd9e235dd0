import Disclosure
import Readings
import Sharing

/// An agreement in plain words, for the person who signs it.
struct Explanation {
    /// In which the words are.
    enum Language: String, CaseIterable {
        case en, ja

        /// As the terminal's surroundings say: `ja_JP.UTF-8`.
        init(surroundings: String) {
            self = surroundings.hasPrefix("ja") ? .ja : .en
        }
    }

    let agreement: Agreement
    let language: Language

    /// Who receives what for, and until when.
    var opening: String {
        let partner = agreement.recipient.name ?? agreement.recipient.id
        let end = agreement.validity.notAfter.iso8601
        switch language {
        case .en:
            let relation = agreement.recipient.relationship?.rawValue ?? "no relation"
            let state =
                agreement.status == .active
                ? "" : " The agreement is \(agreement.status.rawValue): nothing leaves."
            return
                "\(partner) (\(relation)) receives for \(agreement.purpose.rawValue), until \(end):\(state)"
        case .ja:
            let state = agreement.status == .active ? "" : "現在は \(agreement.status.rawValue) のため、何も送られません。"
            return "\(partner) に、目的「\(agreement.purpose.rawValue)」で \(end) まで開示するもの:\(state)"
        }
    }

    /// One grant: what, where, how often, how exact, how late.
    func line(_ grant: Grant) -> String {
        switch language {
        case .en:
            "\(grant.id): \(measure(grant)) of \(grant.products.joined(separator: ", ")) "
                + "at \(grant.sites.joined(separator: ", ")); \(fold(grant)) \(width(grant)), \(precision(grant)); "
                + "sent \(delay(grant)) after it is over. Single readings, their times and everything else stay here."
        case .ja:
            "\(grant.id): \(grant.sites.joined(separator: "、"))の\(grant.products.joined(separator: "、"))の\(measure(grant))。"
                + "\(width(grant))ごとの\(fold(grant))、\(precision(grant))。締めの\(delay(grant))後に送信。"
                + "個々の測定値とその時刻、その他のデータは外に出ません。"
        }
    }

    private func measure(_ grant: Grant) -> String {
        let metric = grant.metric ?? ""
        let words: (en: String, ja: String) =
            switch grant.measure {
            case .stock: ("the stock", "在庫数")
            case .daysOfSupply: ("the days of supply", "在庫日数")
            case .plannedOutput: ("the planned output", "生産計画数")
            case .capacityFree: ("the free capacity", "空き能力")
            case .output: ("the good pieces", "良品数")
            case .status: ("the state", "稼働状態")
            case .oee: ("the OEE", "設備総合効率(OEE)")
            case .energy: ("the energy used", "使用電力量")
            case .process: ("the metric \(metric)", "測定値「\(metric)」")
            }
        return language == .en ? words.en : words.ja
    }

    private func fold(_ grant: Grant) -> String {
        let words: (en: String, ja: String) =
            switch grant.aggregate {
            case .last: ("as it is at the end of each", "終わりの値")
            case .mean: ("the mean of each", "平均")
            case .min: ("the least of each", "最小")
            case .max: ("the greatest of each", "最大")
            case .sum: ("the sum of each", "合計")
            case .count: ("how many in each", "件数")
            }
        return language == .en ? words.en : words.ja
    }

    private func width(_ grant: Grant) -> String {
        let words: (en: String, ja: String) =
            switch grant.bucket {
            case .minute: ("minute", "1分")
            case .fiveMinutes: ("five minutes", "5分")
            case .quarterHour: ("quarter of an hour", "15分")
            case .hour: ("hour", "1時間")
            case .day: ("day", "1日")
            case .week: ("week", "1週間")
            }
        return language == .en ? words.en : words.ja
    }

    private func precision(_ grant: Grant) -> String {
        switch (grant.precision, language) {
        case (.exact, .en): "exactly as it is"
        case (.exact, .ja): "そのままの値"
        case (.round(let base), .en): "to the nearest \(Words.number(base))"
        case (.round(let base), .ja): "\(Words.number(base))単位に丸めた値"
        case (.band(let edges), .en): "only between which of \(list(edges)) it lies"
        case (.band(let edges), .ja): "\(list(edges))で区切った範囲のみ"
        }
    }

    private func list(_ edges: [Double]) -> String {
        edges.map { Words.number($0) }.joined(separator: ", ")
    }

    private func delay(_ grant: Grant) -> String {
        let seconds = Double(grant.delayMs + ReleaseClock.graceMs) / 1000
        guard language == .ja else { return Words.span(seconds: seconds) }
        let parts = [(86_400.0, "日"), (3600, "時間"), (60, "分"), (1, "秒")]
        let part = parts.first { seconds >= $0.0 } ?? (1, "秒")
        return Words.number(seconds / part.0, decimals: 1) + part.1
    }
}
