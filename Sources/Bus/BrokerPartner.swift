/// A partner at a broker: a user of its own, how it proves who it is, and what it may read. It may write nothing.
public struct BrokerPartner: Hashable, Sendable {
    /// How a partner proves who it is.
    public enum Login: String, Hashable, Sendable, CaseIterable {
        /// Over the listener that sensors use too.
        case password
        /// A client certificate with the partner's id as its common name, over the partners' own listener.
        case certificate
    }

    /// 1 … 64 characters of `[a-z0-9-]`; the name of its user, and a level of its topics.
    public var id: String
    /// How it proves who it is.
    public var login: Login
    /// Filters of what is delivered to it; nothing else ever is.
    public var reads: [String]
    /// Topics that it may say something on; usually none.
    public var writes: [String]

    /// A partner, and what it may read.
    public init(_ id: String, login: Login = .password, reads: [String], writes: [String] = []) {
        self.id = id
        self.login = login
        self.reads = reads
        self.writes = writes
    }

    /// All that may ever be published to it, whichever agreements grant it: `tsunagi/v1/p/<partner>/#`.
    public static func topics(of id: String) -> String { "tsunagi/v1/p/\(id)/#" }
}

/// The listener of a managed broker for partners with certificates.
public struct PartnerListener: Hashable, Sendable {
    /// A numeric address.
    public var address: String
    /// 1 … 65 535, or 0 for a free one.
    public var port: Int
    /// The authority that signed the broker's certificate and the partners'; it is used for this broker alone, because
    /// whoever holds a certificate of it may connect.
    public var caFile: String
    /// The broker's own certificate …
    public var certificateFile: String
    /// … and its key.
    public var keyFile: String
    /// The certificates of the authority that do not hold any more.
    public var revocationFile: String

    /// Paths of PEM files, which are read at the start and at each reload.
    public init(
        address: String,
        port: Int,
        caFile: String,
        certificateFile: String,
        keyFile: String,
        revocationFile: String
    ) {
        self.address = address
        self.port = port
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.revocationFile = revocationFile
    }
}
