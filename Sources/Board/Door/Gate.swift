import HTTPTypes
import Hummingbird
import Sharing

/// Everybody comes through here: who it is, whether a form is the board's own, and what a browser must not do with the
/// answer. Without a login nothing but the health page answers where one is asked for.
struct Gate: RouterMiddleware {
    typealias Context = Visit

    let options: BoardOptions
    let sessions: Sessions
    let logins: Logins
    /// Seals the tokens of forms, for as long as the process lives.
    let key = Secrets.randomBytes(32)

    /// What a form may hold.
    static let formBytesMax = 16 << 10
    static let health = "/healthz"
    /// What partners may ask for; whose releases they see is looked at there.
    private static let partnerPaths: Set = ["/", "/partner", "/live", "/logout"]

    func handle(
        _ request: Request,
        context visit: Visit,
        next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        var visit = visit
        visit.settle(request)
        visit.isOverTLS = isSecure(request)
        var response: Response
        do {
            response = try await pass(request, &visit, next)
        } catch let refusal as Refusal {
            response = refusal.page(visit)
        } catch let error as any HTTPResponseError {
            response = Refusal(error.status).page(visit)
        }
        for (name, value) in Self.headers where response.headers[name] == nil {
            response.headers[name] = value
        }
        for (name, value) in visit.wishes(request) { response.remember(name, value, isSecure(request)) }
        return response
    }

    private func pass(
        _ request: Request,
        _ visit: inout Visit,
        _ next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        if path == Self.health { return try await next(request, visit) }
        guard HostName.allows(request.head.authority, options) else {
            throw Refusal(
                HTTPResponse.Status(code: 421, reasonPhrase: "Misdirected Request"),
                visit.language(
                    "This board does not go by that name; write it under board: names: in the configuration.",
                    "この名前では応答しません。設定の board: names: に追加してください。"
                )
            )
        }
        let isForPrograms = path == "/metrics" || path.hasPrefix("/api/")
        guard let caller = try await caller(request, &visit, isForPrograms: isForPrograms) else {
            if path == "/login", request.method == .post {
                try await readForm(request, &visit)
                return try await next(request, visit)
            }
            if isForPrograms {
                throw Refusal(.unauthorized, nil, [.wwwAuthenticate: "Basic realm=\"tsunagi\""])
            }
            return LoginPage(visit).response(next: request.head.path ?? "/")
        }
        visit.caller = caller
        if !caller.isOperator, !Self.partnerPaths.contains(path), !Assets.all.contains(path) {
            throw Refusal(.notFound)
        }
        switch request.method {
        case .get, .head: break
        case .post where isForPrograms: try checkOrigin(request)
        case .post: try await readForm(request, &visit)
        default: throw Refusal(.methodNotAllowed)
        }
        return try await next(request, visit)
    }

    private func caller(_ request: Request, _ visit: inout Visit, isForPrograms: Bool) async throws -> Caller?
    {
        guard options.asksLogin else {
            visit.token = Secrets.seal("local", key)
            return .local
        }
        if let secret = request.cookies[Self.cookie(isSecure(request))]?.value, secret.utf8.count == 64,
            let caller = sessions.caller(secret)
        {
            visit.session = secret
            visit.token = Secrets.seal(secret, key)
            return caller
        }
        visit.token = Secrets.seal("login", key)
        guard isForPrograms, let words = BasicWords(request.headers[.authorization]) else { return nil }
        switch await logins.askAgain(name: words.name, password: words.password, from: visit.address) {
        case .welcome(let user): return Caller(name: user.name, partner: user.partner)
        case .wait(let seconds): throw Refusal(.tooManyRequests, nil, [.retryAfter: "\(seconds)"])
        case .wrong: return nil
        }
    }

    /// Reads a form that came from a page of ours, and refuses every other.
    private func readForm(_ request: Request, _ visit: inout Visit) async throws {
        try checkOrigin(request)
        let kind = request.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
        guard kind.lowercased() == "application/x-www-form-urlencoded" else {
            throw Refusal(.unsupportedMediaType)
        }
        let told = request.headers[.contentLength].flatMap { Int($0) }
        guard told ?? 0 <= Self.formBytesMax else { throw Refusal(.contentTooLarge) }
        let body = try await request.body.collect(upTo: Self.formBytesMax)
        guard let words = WebWords.words(String(decoding: body.readableBytesView, as: UTF8.self)) else {
            throw Refusal(.badRequest)
        }
        guard Secrets.areEqual((words["token"] ?? "").utf8, visit.token.utf8) else {
            throw Refusal(
                .forbidden,
                visit.language(
                    "The form is too old, or not from this board; load the page again and send it once more.",
                    "フォームの有効期限が切れています。ページを再読み込みして、もう一度送信してください。"
                )
            )
        }
        visit.form = words
    }

    /// Whether it was asked for by a page of this board's. Browsers say so with every POST.
    private func checkOrigin(_ request: Request) throws {
        if let origin = request.headers[.origin] {
            let host = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last
            guard origin.hasPrefix("http://") || origin.hasPrefix("https://"),
                let host, host.lowercased() == request.head.authority?.lowercased()
            else { throw Refusal(.forbidden) }
        } else if let site = request.headers[.secFetchSite] {
            guard site == "same-origin" else { throw Refusal(.forbidden) }
        } else if request.headers[.authorization] == nil {
            throw Refusal(.forbidden)
        }
    }

    /// Over TLS, ours or a proxy's: the browser says by which the page came.
    func isSecure(_ request: Request) -> Bool {
        options.certificate != nil || request.headers[.origin]?.hasPrefix("https://") == true
            || request.cookies[Self.cookie(true)] != nil
    }

    /// The session's cookie; over TLS one that no other host and no plain page can set.
    static func cookie(_ isSecure: Bool) -> String { isSecure ? "__Host-tsunagi" : "tsunagi" }

    /// With every answer. No script and no style but the board's own files, no frame around it, nothing kept. The one
    /// style that is let in by its digest is what dygraphs measures an em with: margin: 0; padding: 0 0 0 1em; border: 0;
    private static let headers: [HTTPField.Name: String] = [
        .contentSecurityPolicy: """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-hashes' \
        'sha256-MJyOH6fkfzWPCLv2CfAAYjOtxkqoLBYZsmiMyy1D4sc='; img-src 'self'; connect-src 'self'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """,
        .xContentTypeOptions: "nosniff",
        .referrerPolicy: "same-origin",
        .cacheControl: "no-store",
        .frameOptions: "DENY",
        .resourcePolicy: "same-origin",
        .openerPolicy: "same-origin",
        .permissionsPolicy: "camera=(), geolocation=(), microphone=()",
    ]
}

extension HTTPField.Name {
    static let referrerPolicy = word("Referrer-Policy")
    static let frameOptions = word("X-Frame-Options")
    static let resourcePolicy = word("Cross-Origin-Resource-Policy")
    static let openerPolicy = word("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = word("Permissions-Policy")
    static let secFetchSite = word("Sec-Fetch-Site")
    static let lastEventID = word("Last-Event-ID")

    private static func word(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a header's name") }
        return name
    }
}

extension Visit {
    /// Language and theme: as the address says, or a cookie, or the browser.
    fileprivate mutating func settle(_ request: Request) {
        let words = WebWords.words(request.uri.query ?? "") ?? [:]
        language =
            words["lang"].flatMap { Language(rawValue: $0) }
            ?? request.cookies["lang"].flatMap { Language(rawValue: $0.value) }
            ?? Language(accepting: request.headers[.acceptLanguage])
        theme =
            words["theme"].flatMap { Theme(rawValue: $0) }
            ?? request.cookies["theme"].flatMap { Theme(rawValue: $0.value) } ?? .auto
    }

    /// What the address says is remembered.
    fileprivate func wishes(_ request: Request) -> [(String, String)] {
        let words = WebWords.words(request.uri.query ?? "") ?? [:]
        var wishes: [(String, String)] = []
        if words["lang"] == language.rawValue { wishes.append(("lang", language.rawValue)) }
        if words["theme"] == theme.rawValue { wishes.append(("theme", theme.rawValue)) }
        return wishes
    }
}

extension Response {
    /// A taste, for a year. Session cookies are set where somebody logs in.
    fileprivate mutating func remember(_ name: String, _ value: String, _ isSecure: Bool) {
        headers.append(
            HTTPField(
                name: .setCookie,
                value: "\(name)=\(value); Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict"
                    + (isSecure ? "; Secure" : "")
            )
        )
    }
}
