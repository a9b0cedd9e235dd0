/// A name under which a series has a value that selectors ask for.
public enum Label: Hashable, Sendable {
    case site
    case asset
    case metric
    /// A tag of the three names above cannot be asked for.
    case tag(String)

    /// The label of a name: `site`, `asset`, `metric`, or a tag.
    public init(name: String) {
        switch name {
        case "site": self = .site
        case "asset": self = .asset
        case "metric": self = .metric
        default: self = .tag(name)
        }
    }

    /// As selectors write it.
    public var name: String {
        switch self {
        case .site: "site"
        case .asset: "asset"
        case .metric: "metric"
        case .tag(let name): name
        }
    }

    /// The key's value; empty when it has none. Of several tags of one name the first counts.
    public func value(in key: SeriesKey) -> String {
        switch self {
        case .site: key.site
        case .asset: key.asset
        case .metric: key.metric
        case .tag(let name): key.tags.first { $0.name == name }?.value ?? ""
        }
    }
}
