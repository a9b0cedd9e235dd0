/// How exactly a recipient may see a value.
public enum Precision: Hashable, Sendable {
    /// As it is.
    case exact
    /// The nearest multiple of `base`, which is finite and above 0.
    case round(base: Double)
    /// Only between which two of these edges it lies; at least one edge, finite, ascending.
    case band(edges: [Double])

    /// The word in an agreement's `precision.mode`.
    public var mode: String {
        switch self {
        case .exact: "exact"
        case .round: "round"
        case .band: "band"
        }
    }

    /// All words of ``mode``.
    public static let modes = ["exact", "round", "band"]
}
