public import Hummingbird
import NIOCore
import Sharing

/// Who asks: an operator, who sees everything, or a partner, who sees what it was released.
public struct Caller: Hashable, Sendable {
    /// Empty on a board that asks for no login.
    public var name: String
    /// Whose releases are seen; nil for an operator.
    public var partner: String?

    /// Whoever comes to a board on loopback that asks for no login.
    static let local = Caller(name: "", partner: nil)

    /// Whether everything may be seen.
    public var isOperator: Bool { partner == nil }
}

/// A request on its way through the board.
public struct Visit: RequestContext {
    /// What Hummingbird keeps of it.
    public var coreContext: CoreRequestContextStorage
    /// Who asks; set by the ``Gate``, which lets nobody pass without it.
    public internal(set) var caller = Caller(name: "", partner: "")
    /// By which the request came.
    let connection: any Channel
    /// Of the other end.
    let address: String
    var language = FeedWords.Language.en
    var theme = Theme.auto
    /// What a form must bring along.
    var token = ""
    /// The session's secret; nil without one.
    var session: String?
    /// The browser has the page over TLS, ours or a proxy's.
    var isOverTLS = false
    /// The words of the form that was sent.
    var form: [String: String] = [:]

    /// By Hummingbird, for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = source.channel
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Light or dark, or as the system has it.
enum Theme: String, CaseIterable, Sendable {
    case auto, light, dark
}
