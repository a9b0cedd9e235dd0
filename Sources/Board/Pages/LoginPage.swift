import HTTPTypes
import Hummingbird
import Sharing

/// All that somebody sees who has not logged in; its style stands in it, for nothing else is let out.
struct LoginPage {
    private let visit: Visit

    init(_ visit: Visit) {
        self.visit = visit
    }

    /// - Parameters:
    ///   - next: where to go after the login.
    ///   - trouble: why the last attempt came to nothing.
    func response(next: String, trouble: String? = nil, status: HTTPResponse.Status = .unauthorized)
        -> Response
    {
        let say = visit.language
        let note: Markup = trouble.map { "<p class=\"note bad\" role=alert>\($0)" } ?? ""
        var response = Response(
            html: """
                <!doctype html><html lang=\(say.rawValue) data-theme=\(visit.theme.rawValue)><head><meta charset=utf-8>
                <meta name=viewport content="width=device-width, initial-scale=1">
                <title>\(say("Log in", "ログイン"))</title><link rel=icon href="data:,"><style>\(Markup.trusted(Assets.style))</style></head>
                <body class=login><main><h1>tsunagi</h1>\(note)<form method=post action=/login>
                <input type=hidden name=token value="\(visit.token)"><input type=hidden name=next value="\(Self.safe(next))">
                <label>\(say("Name", "ユーザー名")) <input name=name required autocomplete=username autocapitalize=none \
                maxlength=64 autofocus></label>
                <label>\(say("Password", "パスワード")) <input type=password name=password required \
                autocomplete=current-password maxlength=256></label>
                <button>\(say("Log in", "ログイン"))</button></form>
                <p class=hint><a href="/?lang=\(say == .en ? "ja" : "en")">\(say == .en ? "日本語" : "English")</a></main></body></html>
                """,
            status: status
        )
        response.headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src '\(Assets.styleDigest)'; img-src data:; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'none'
            """
        return response
    }

    /// An address on this board, or its first page: nobody is sent elsewhere after a login.
    static func safe(_ place: String) -> String {
        let isPlain = place.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x22 }
        let isHere = place.hasPrefix("/") && !place.hasPrefix("//") && !place.hasPrefix("/login")
        return isPlain && isHere && place.utf8.count <= 1024 ? place : "/"
    }
}
