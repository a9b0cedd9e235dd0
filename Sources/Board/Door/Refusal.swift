import HTTPTypes
import Hummingbird
import Sharing

/// Why something is not answered, as a page.
struct Refusal: Error {
    let status: HTTPResponse.Status
    /// What to do next; nil where the status says it all.
    let words: String?
    let headers: HTTPFields

    init(_ status: HTTPResponse.Status, _ words: String? = nil, _ headers: HTTPFields = [:]) {
        (self.status, self.words, self.headers) = (status, words, headers)
    }

    func page(_ visit: Visit) -> Response {
        let say = visit.language
        let usual: [Int: String] = [
            400: say("This cannot be read.", "読み取れない要求です。"),
            401: say("Please log in.", "ログインしてください。"),
            403: say("This did not come from a page of this board.", "このボードのページ以外からの操作です。"),
            404: say("There is nothing here.", "ページが見つかりません。"),
            405: say("That cannot be done here.", "この操作はできません。"),
            413: say("That is too much for a form.", "送信内容が大きすぎます。"),
            429: say("Too many attempts; wait a minute.", "試行回数が多すぎます。1分ほどお待ちください。"),
        ]
        let text = words ?? usual[status.code] ?? say("This does not work now.", "現在利用できません。")
        let body: Markup = """
            <!doctype html><html lang=\(say.rawValue)><meta charset=utf-8><title>\(status.code)</title>
            <meta name=viewport content="width=device-width"><p>\(text)
            <p><a href=/>\(say("To the board", "ボードへ"))</a>
            """
        var response = Response(html: body, status: status)
        for field in headers { response.headers.append(field) }
        return response
    }
}

extension Response {
    /// A page.
    init(html: Markup, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html.text))
        )
    }

    /// After a form: the browser asks for another page.
    init(seeing place: String) {
        self.init(status: .seeOther, headers: [.location: place])
    }
}
