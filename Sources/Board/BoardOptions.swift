/// Where the board listens, and whom it lets in.
public struct BoardOptions: Hashable, Sendable {
    /// A numeric address of this machine.
    public var host: String
    /// 1 … 65 535, or 0 for a free one.
    public var port: Int
    /// Files of the certificate, with those between it and its authority, and of its key; nil for plain HTTP.
    public var certificate: (chain: String, key: String)? {
        get { chain.map { ($0, key) } }
        set { (chain, key) = (newValue?.chain, newValue?.key ?? "") }
    }
    private var chain: String?
    private var key = ""
    /// Whether a name and a password are asked for.
    public var asksLogin: Bool
    /// Further names by which browsers reach it, such as a proxy's.
    public var names: [String]
    /// Holds the book of users.
    public var folder: String
    /// Where dygraphs lies.
    public var charts: String

    /// Where Debian's libjs-dygraphs puts its files.
    public static let chartsDefault = "/usr/share/javascript/dygraphs"

    /// A board for this machine's own browser, without a login.
    public init(host: String, port: Int, folder: String) {
        (self.host, self.port, self.folder) = (host, port, folder)
        asksLogin = false
        names = []
        charts = Self.chartsDefault
    }
}
