public import Disclosure

/// What a grant shares, in the words of the two languages that partners read.
public struct FeedWords: Sendable {
    /// In which the words are.
    public enum Language: String, CaseIterable, Sendable {
        case en, ja
    }

    private let grant: Grant
    private let language: Language

    /// The words for a grant.
    public init(_ grant: Grant, in language: Language) {
        self.grant = grant
        self.language = language
    }

    /// `the stock`, `在庫数`.
    public var measure: String {
        let metric = grant.metric ?? ""
        return switch grant.measure {
        case .stock: said("the stock", "在庫数")
        case .daysOfSupply: said("the days of supply", "在庫日数")
        case .plannedOutput: said("the planned output", "生産計画数")
        case .capacityFree: said("the free capacity", "空き能力")
        case .output: said("the good pieces", "良品数")
        case .status: said("the state", "稼働状態")
        case .oee: said("the OEE", "設備総合効率(OEE)")
        case .energy: said("the energy used", "使用電力量")
        case .process: said("the metric \(metric)", "測定値「\(metric)」")
        }
    }

    /// `as it is at the end of each`, `終わりの値`.
    public var fold: String {
        switch grant.aggregate {
        case .last: said("as it is at the end of each", "終わりの値")
        case .mean: said("the mean of each", "平均")
        case .min: said("the least of each", "最小")
        case .max: said("the greatest of each", "最大")
        case .sum: said("the sum of each", "合計")
        case .count: said("how many in each", "件数")
        }
    }

    /// `minute`, `1分`.
    public var width: String {
        switch grant.bucket {
        case .minute: said("minute", "1分")
        case .fiveMinutes: said("five minutes", "5分")
        case .quarterHour: said("quarter of an hour", "15分")
        case .hour: said("hour", "1時間")
        case .day: said("day", "1日")
        case .week: said("week", "1週間")
        }
    }

    /// `to the nearest 10`, `10単位に丸めた値`.
    public var precision: String {
        switch grant.precision {
        case .exact: said("exactly as it is", "そのままの値")
        case .round(let base): said("to the nearest \(digits(base))", "\(digits(base))単位に丸めた値")
        case .band(let edges):
            said(
                "only between which of \(list(edges)) it lies",
                "\(list(edges))で区切った範囲のみ"
            )
        }
    }

    /// The form that it leaves in.
    public var form: String {
        let name =
            switch (grant.form, grant.measure) {
            case (.tsunagi, _): said("JSON of tsunagi's own", "tsunagi独自のJSON")
            case (.catenax, .stock): "Catena-X ItemStock 2.0"
            case (.catenax, .daysOfSupply): "Catena-X DaysOfSupply 2.0"
            case (.catenax, _): "Catena-X PlannedProductionOutput 2.0"
            case (.epcis, _): "EPCIS 2.0"
            case (.sparkplug, _): "Sparkplug B 3.0"
            }
        return switch grant.carriage {
        case nil: name
        case .structured: said("\(name) within a CloudEvent", "\(name)(CloudEvent形式)")
        case .properties: said("\(name) with a CloudEvent's properties", "\(name)(CloudEvent属性付き)")
        }
    }

    private func said(_ english: String, _ japanese: String) -> String {
        language == .en ? english : japanese
    }

    private func list(_ edges: [Double]) -> String { edges.map(digits).joined(separator: ", ") }

    private func digits(_ number: Double) -> String {
        var json = JSONText()
        json.number(number)
        return json.text
    }
}
