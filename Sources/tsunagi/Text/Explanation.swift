import Disclosure
import Readings
import Sharing

/// An agreement in plain words, for the person who signs it.
struct Explanation {
    let agreement: Agreement
    let language: FeedWords.Language

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
        if grant.kind == .consortium { return pooledLine(grant) }
        let words = FeedWords(grant, in: language)
        return switch language {
        case .en:
            "\(grant.id): \(words.measure) of \(grant.products.joined(separator: ", ")) "
                + "at \(grant.sites.joined(separator: ", ")); \(words.fold) \(words.width), \(words.precision); "
                + "sent \(delay(grant)) after it is over, as \(words.form). "
                + "Single readings, their times and everything else stay here."
        case .ja:
            "\(grant.id): \(grant.sites.joined(separator: "、"))の\(grant.products.joined(separator: "、"))の\(words.measure)。"
                + "\(words.width)ごとの\(words.fold)、\(words.precision)。締めの\(delay(grant))後に送信(\(words.form))。"
                + "個々の測定値とその時刻、その他のデータは外に出ません。"
        }
    }

    /// One pooled grant: over whom, and that nobody's own value is told.
    private func pooledLine(_ grant: Grant) -> String {
        let words = FeedWords(grant, in: language)
        let firms = grant.contributors.joined(separator: language == .en ? ", " : "、")
        let count = grant.contributors.count
        let products = grant.products.joined(separator: language == .en ? ", " : "、")
        switch language {
        case .en:
            let folds: [Aggregate: String] = [
                .mean: "the mean over", .count: "how many have any, of",
            ]
            return "\(grant.id): \(folds[grant.aggregate] ?? "the total over") \(count) firms (\(firms)), "
                + "\(words.measure) of \(products) at the end of each \(words.width), \(words.precision); "
                + "sent \(delay(grant)) after it is over, and withheld when a firm could be told from it. "
                + "No firm's own value leaves."
        case .ja:
            let folds: [Aggregate: String] = [.mean: "平均", .count: "該当社数"]
            return
                "\(grant.id): \(count)社(\(firms))の\(products)の\(words.measure)の\(folds[grant.aggregate] ?? "合計")。"
                + "\(words.width)ごと、\(words.precision)。締めの\(delay(grant))後に送信。"
                + "一社の値が推測できる場合は送りません。各社の値は外に出ません。"
        }
    }

    private func delay(_ grant: Grant) -> String {
        let seconds = Double(grant.delayMs + grant.graceMs + ReleaseClock.leadMs) / 1000
        guard language == .ja else { return Words.span(seconds: seconds) }
        let parts = [(86_400.0, "日"), (3600, "時間"), (60, "分"), (1, "秒")]
        let part = parts.first { seconds >= $0.0 } ?? (1, "秒")
        return Words.number(seconds / part.0, decimals: 1) + part.1
    }
}
