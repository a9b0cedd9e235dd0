public import Desk
public import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import Readings
public import ServiceLifecycle
import Sharing
import Synchronization

/// Why the board cannot answer; one line for the operator.
public struct BoardFailure: Error, Sendable, CustomStringConvertible {
    /// What, where, and what to do next.
    public let description: String
}

/// The page that people look at: HTTP on loopback, or over TLS with a login.
///
///     request ─▶ Patience ─▶ Gate: host, login, form ─▶ routes ─▶ Painter ─▶ Shell
///                                                         └─▶ Live: once a second, what changed
public struct Board: Service {
    /// What else stands behind the operators' login: routes of other rooms.
    public typealias Annex = @Sendable (RouterGroup<Visit>) -> Void

    private let options: BoardOptions
    private let logger: Logger
    private let annex: Annex
    private let server: HTTPServerBuilder
    private let sessions: Sessions
    private let logins: Logins
    private let roll: Roll
    let painter: Painter
    let live: Live

    /// Connections at once; more wait in the system's queue.
    static let connectionsMax = 1200
    /// Between two requests.
    static let idleSeconds: Int64 = 75

    /// - Parameter annex: adds routes that operators alone may ask.
    /// - Throws: ``BoardFailure`` when its certificate, key or book of users cannot be read.
    public init(_ rooms: Rooms, _ options: BoardOptions, logger: Logger, annex: @escaping Annex = { _ in })
        throws(BoardFailure)
    {
        (self.options, self.logger, self.annex) = (options, logger, annex)
        let book = UserBook(folder: options.folder)
        do throws(UserBookFailure) {
            roll = Roll(try book.users())
        } catch {
            throw BoardFailure(description: "board: \(error)")
        }
        let uptime = rooms.uptimeSeconds
        sessions = Sessions(uptime: uptime)
        logins = Logins(book: { [roll] in roll.users }, uptime: uptime)
        painter = Painter(rooms, hasCharts: Board.hasCharts(options.charts))
        live = Live(painter)
        var plain = HTTP1Channel.Configuration(
            additionalChannelHandlers: [Patience()],
            idleTimeout: .seconds(Board.idleSeconds)
        )
        plain.httpDecoder = .init(
            maxHeaderFieldSize: 8 << 10,
            maxHeaderListSize: 16 << 10,
            maxHeaderFieldCount: 64
        )
        guard let certificate = options.certificate else {
            server = .http1(configuration: plain)
            return
        }
        do {
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.chain).map {
                    .certificate($0)
                },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))
            )
            server = try .tls(.http1(configuration: plain), tlsConfiguration: tls)
        } catch {
            throw BoardFailure(
                description:
                    "board: \(certificate.chain) and \(certificate.key) are no certificate and its key in PEM: \(error)"
            )
        }
    }

    /// Answers until the daemon ends.
    public func run() async throws {
        let application = Application(
            router: router(),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                availableConnectionsDelegate: .maximum(Board.connectionsMax, logger: logger)
            ),
            onServerRunning: { [logger, options] channel in
                let port = channel.localAddress?.port ?? options.port
                let host = options.host.contains(":") ? "[\(options.host)]" : options.host
                let scheme = options.certificate == nil ? "http" : "https"
                logger.notice("the board answers at \(scheme)://\(host):\(port)/")
            },
            logger: logger
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                group.addTask { await live.run() }
                group.addTask { await readRoll() }
                try await group.waitForAll()
            }
        } catch let error as IOError {
            throw BoardFailure(
                description:
                    "the board cannot answer at \(options.host):\(options.port): \(error); set board: listen: to a"
                    + " free port of this machine"
            )
        }
    }

    /// Follows `tsunagi board user`: who is taken out is out at once.
    private func readRoll() async {
        guard options.asksLogin else { return }
        let book = UserBook(folder: options.folder)
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do throws(UserBookFailure) {
                let users = try book.users()
                if users != roll.users {
                    roll.take(users)
                    sessions.keep(Set(users))
                }
            } catch {
                logger.error("board: \(error); the users that were read before count on")
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func router() -> Router<Visit> {
        let router = Router(context: Visit.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: Gate(options: options, sessions: sessions, logins: logins))
        routes(router)
        annex(router.group().add(middleware: OperatorsOnly()))
        for (name, asset) in Assets.own {
            router.get(RouterPath(name)) { _, _ in Assets.response(asset) }
        }
        let folder = options.charts
        for (name, chart) in Assets.charts {
            router.get(RouterPath(name)) { _, _ in
                guard let bytes = try? SmallFile.text("\(folder)/\(chart.file)") else {
                    throw Refusal(.notFound)
                }
                return Assets.response(Assets.Asset(kind: chart.kind, bytes: bytes))
            }
        }
        router.post("login") { _, visit in try await login(visit) }
        router.post("logout") { request, visit in
            if let session = visit.session { sessions.end(session) }
            var response = Response(seeing: "/")
            let isSecure = visit.isOverTLS
            response.headers[.setCookie] =
                "\(Gate.cookie(isSecure))=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
                + (isSecure ? "; Secure" : "")
            return response
        }
        return router
    }

    private func login(_ visit: Visit) async throws -> Response {
        let say = visit.language
        let next = visit.form["next"] ?? "/"
        let page = LoginPage(visit)
        let answer = await logins.ask(
            name: visit.form["name"] ?? "",
            password: visit.form["password"] ?? "",
            from: visit.address
        )
        switch answer {
        case .welcome(let user):
            var response = Response(seeing: LoginPage.safe(next))
            let isSecure = visit.isOverTLS
            response.headers[.setCookie] =
                "\(Gate.cookie(isSecure))=\(sessions.begin(user)); Path=/; HttpOnly; SameSite=Strict"
                + (isSecure ? "; Secure" : "")
            logger.notice("board: \(user.name) logged in from \(visit.address)")
            return response
        case .wrong:
            logger.warning("board: a login from \(visit.address) came to nothing")
            return page.response(
                next: next,
                trouble: say("Name or password is wrong.", "ユーザー名またはパスワードが違います。")
            )
        case .wait(let seconds):
            var response = page.response(
                next: next,
                trouble: say(
                    "Too many attempts; try again in \(seconds) s.",
                    "試行回数が多すぎます。\(seconds)秒後にやり直してください。"
                ),
                status: .tooManyRequests
            )
            response.headers[.retryAfter] = "\(seconds)"
            return response
        }
    }

    /// Whether somebody who logged in still is.
    func isStanding(_ session: String, _ caller: Caller) -> Bool { sessions.caller(session) == caller }

    private static func hasCharts(_ folder: String) -> Bool {
        Assets.charts.values.allSatisfy { (try? SmallFile.text("\(folder)/\($0.file)")) != nil }
    }
}

/// The users as they were read last.
final class Roll: Sendable {
    private let list: Mutex<[BoardUser]>

    init(_ users: [BoardUser]) {
        list = Mutex(users)
    }

    var users: [BoardUser] { list.withLock { $0 } }

    func take(_ users: [BoardUser]) {
        list.withLock { $0 = users }
    }
}

/// Partners find nothing here.
struct OperatorsOnly: RouterMiddleware {
    typealias Context = Visit

    func handle(
        _ request: Request,
        context visit: Visit,
        next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        guard visit.caller.isOperator else { throw Refusal(.notFound) }
        return try await next(request, visit)
    }
}
