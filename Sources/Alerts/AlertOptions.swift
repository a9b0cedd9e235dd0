/// When somebody is to be told, and where.
public struct AlertOptions: Hashable, Sendable {
    /// More are refused.
    public static let rulesMax = 200

    /// Names unique; the usual ones among them.
    public var rules = AlertRule.usual
    /// Nil when nobody waits for a call.
    public var webhook: WebhookOptions?

    /// The usual rules, and no webhook.
    public init() {}
}

/// Whom to call over HTTP when an alert stands or ends.
public struct WebhookOptions: Hashable, Sendable {
    /// Over TLS.
    public var isSecure: Bool
    /// A name or an address.
    public var host: String
    /// 1 … 65 535.
    public var port: Int
    /// From the first `/` on; may hold a secret, so nobody is told.
    public var path: String
    /// Sent as `Authorization: Bearer`, never told.
    public var token: String?
    /// PEM; the system's authorities when it is nil.
    public var caFile: String?
    /// Of its `text`.
    public var language = AlertWords.Language.en

    /// A place to call.
    public init(isSecure: Bool, host: String, port: Int, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }
}

extension WebhookOptions: CustomStringConvertible {
    /// Without what may be secret.
    public var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
