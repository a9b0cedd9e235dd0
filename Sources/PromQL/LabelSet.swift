public import Readings

/// What tells one row of an answer from another: names and values, the metric's among them as `__name__`.
public struct LabelSet: Hashable, Sendable {
    /// Sorted by name, each name once, no value empty.
    public private(set) var labels: [Tag]

    /// The metric's name is a label of this name.
    public static let metric = "__name__"

    /// - Parameter labels: in any order; empty values are left out, of equal names the first counts.
    public init(_ labels: [Tag] = []) {
        var kept: [Tag] = []
        for label in labels where !label.value.isEmpty && !kept.contains(where: { $0.name == label.name }) {
            kept.append(label)
        }
        self.labels = kept.sorted { $0.name < $1.name }
    }

    /// The value of a label; empty when it is not there.
    public subscript(name: String) -> String {
        labels.first { $0.name == name }?.value ?? ""
    }

    /// Without the metric's name, as most operations leave it.
    var unnamed: LabelSet { without([LabelSet.metric]) }

    func without(_ names: [String]) -> LabelSet {
        var set = self
        set.labels.removeAll { names.contains($0.name) }
        return set
    }

    func only(_ names: [String]) -> LabelSet {
        var set = self
        set.labels.removeAll { !names.contains($0.name) }
        return set
    }

    /// With one label set, or taken away by an empty value.
    public func with(_ name: String, _ value: String) -> LabelSet {
        LabelSet([Tag(name: name, value: value)] + labels.filter { $0.name != name })
    }

    /// The order of answers.
    static func precedes(_ left: LabelSet, _ right: LabelSet) -> Bool {
        left.labels.lexicographicallyPrecedes(right.labels)
    }
}

/// How a series of the house is named in Prometheus's language.
///
///     site  asset  metric     ─▶  site, asset, __name__
///     tag lot                 ─▶  lot
///     tag site, asset, …      ─▶  exported_site, …        what the house itself uses
///     text RUNNING            ─▶  state="RUNNING"         a series for each text, of 1 and 0
public enum SeriesLabels {
    /// The label that tells which text a series of a text is about.
    public static let state = "state"
    private static let own: Set<String> = ["site", "asset", LabelSet.metric]
    private static let exported = "exported_"

    /// Labels of a series; of a text without ``state``.
    public static func labels(of series: Series) -> LabelSet {
        var labels = [
            Tag(name: LabelSet.metric, value: series.key.metric), Tag(name: "site", value: series.key.site),
            Tag(name: "asset", value: series.key.asset),
        ]
        for tag in series.key.tags {
            let isTaken = own.contains(tag.name) || (series.type == .text && tag.name == state)
            labels.append(Tag(name: isTaken ? exported + tag.name : tag.name, value: tag.value))
        }
        return LabelSet(labels)
    }

    /// What the store knows under a name.
    static func label(named name: String) -> Label {
        switch name {
        case LabelSet.metric: .metric
        case "site": .site
        case "asset": .asset
        default: .tag(name)
        }
    }

    /// Whether the store itself can go by conditions on this name; others are looked at afterwards.
    static func isStored(_ name: String) -> Bool { name != state && !name.hasPrefix(exported) }
}
