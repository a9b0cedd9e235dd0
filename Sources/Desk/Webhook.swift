public import Alerts
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why a webhook was not called; its text names neither path nor token.
public enum WebhookFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its authorities cannot be read.
    case authorities(file: String, why: String)
    /// Nobody answered in time.
    case unreachable(place: String, why: String)
    /// Somebody answered, but did not take it.
    case refused(place: String, status: Int)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .authorities(let file, let why): "\(file) cannot be used: \(why); set alerts.webhook.ca_file"
        case .unreachable(let place, let why): "\(place) gives no answer: \(why); it is tried again"
        case .refused(let place, let status) where status == 401 || status == 403:
            "\(place) answers \(status): it does not know the token of alerts.webhook.token_file"
        case .refused(let place, let status): "\(place) answers \(status); look at its own log"
        }
    }

    /// Whether the same call would never be taken.
    public var isFinal: Bool {
        if case .refused(_, let status) = self { [400, 413, 415, 422].contains(status) } else { false }
    }
}

/// Calls a place over HTTP/1.1, one call after the other, a connection for each: alerts are few.
public struct Webhook: Sendable {
    /// From the beginning of a call to its answer.
    private static let patience = Duration.seconds(10)

    private let options: WebhookOptions
    private let tls: NIOSSLContext?

    /// - Throws: ``WebhookFailure/authorities(file:why:)``.
    public init(_ options: WebhookOptions) throws(WebhookFailure) {
        self.options = options
        guard options.isSecure else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = options.caFile { configuration.trustRoots = .file(file) }
        do {
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .authorities(file: options.caFile ?? "the system's authorities", why: "\(error)")
        }
    }

    /// Posts a JSON text; returns when the place has taken it.
    public func post(_ json: String) async throws(WebhookFailure) {
        let status: Int
        do {
            status = try await withThrowingTaskGroup(of: Int?.self) { group in
                group.addTask { try await call(json) }
                group.addTask {
                    try await Task.sleep(for: Webhook.patience)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let status = first else {
                    throw WebhookFailure.unreachable(
                        place: "\(options)",
                        why: "not within \(Webhook.patience)"
                    )
                }
                return status
            }
        } catch let failure as WebhookFailure {
            throw failure
        } catch {
            throw .unreachable(place: "\(options)", why: "\(error)")
        }
        if !(200...299).contains(status) { throw .refused(place: "\(options)", status: status) }
    }

    private typealias Link = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func call(_ json: String) async throws -> Int {
        let body = ByteBuffer(string: json)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: options.path)
        let isUsualPort = options.port == (options.isSecure ? 443 : 80)
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        head.headers.add(name: "host", value: isUsualPort ? host : "\(host):\(options.port)")
        head.headers.add(name: "user-agent", value: "tsunagi")
        head.headers.add(name: "content-type", value: "application/json; charset=utf-8")
        head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        head.headers.add(name: "connection", value: "close")
        if let token = options.token { head.headers.add(name: "authorization", value: "Bearer \(token)") }
        var status: Int?
        do {
            try await connect().executeThenClose { [head] inbound, outbound in
                try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
                // What it says beside its status is for nobody here.
                for try await case .head(let head) in inbound {
                    status = Int(head.status.code)
                    return
                }
            }
        } catch {
            // Whoever has answered may hang up as it likes.
            if status == nil { throw error }
        }
        guard let status else {
            throw WebhookFailure.unreachable(place: "\(options)", why: "it broke off")
        }
        return status
    }

    private func connect() async throws -> Link {
        let (host, tls) = (options.host, tls)
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .connect(host: host, port: options.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        // Of an address the certificate has to name the address itself.
                        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                        let name = isAddress ? nil : host
                        try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    return try Link(wrappingChannelSynchronously: channel)
                }
            }
    }
}
