import Desk
import Foundation
import Testing

/// Who gets into the board, and what is turned away at its door.
@Suite struct BoardDoorTests {
    private static let places = [
        "/", "/item?name=%E3%83%9C%E3%83%AB%E3%83%88-M8", "/machine?site=ota&asset=press-1",
        "/partner?id=buyer-1",
        "/live?page=", "/chart?site=ota&location=A&item=x&from=0&to=1", "/board.css", "/board.js",
        "/dygraph.js",
        "/icon.svg", "/metrics", "/api/v1/query?query=up", "/count", "/logout", "/v1/status", "/nothing",
        "/%2e%2e/",
    ]

    @Test("from another machine nothing but the health page answers without a login")
    func closed() async throws {
        let plant = try await BoardPlant(
            board: "tls: {certificate: board.pem, key: board.key}",
            host: "0.0.0.0"
        )
        defer { plant.end() }
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":46}")
        #expect(try await eventually(within: 10) { try await plant.daemon.stock("ボルト-M8") == 46 })
        for place in Self.places {
            let answer = try plant.ask(place)
            #expect(answer.status == 401, "\(place): \(answer.head)")
            for word in ["ボルト", "棚A", "press-1", "buyer-1", "supply-", "46"] {
                #expect(!answer.body.contains(">\(word)"), "\(place) tells of \(word)")
            }
            #expect(answer.head.contains("frame-ancestors 'none'"), "\(place): \(answer.head)")
        }
        #expect(try plant.ask("/healthz").body == "ok\n")
        // Plain HTTP gets nothing at all.
        #expect(try !plant.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n", seconds: 2).contains("200"))

        let login = try plant.login("office")
        #expect(login.status == 303, "\(login.head) \(login.body)")
        let cookie =
            login.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie") } ?? ""
        for word in ["__Host-tsunagi=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            #expect(cookie.contains(word), "\(word) in \(cookie)")
        }
        let page = try plant.ask("/", as: "office")
        #expect(page.status == 200 && page.body.contains("ボルト-M8") && page.body.contains("46"))
        // Programs bring name and password along.
        let password = try #require(BoardPlant.passwords["office"])
        #expect(try plant.ask("/metrics", ["-u", "office:\(password)"]).status != 401)
        #expect(try plant.ask("/metrics", ["-u", "office:wrong"]).status == 401)
        #expect(
            try plant.ask("/metrics", ["-u", "buyer:\(BoardPlant.passwords["buyer"] ?? "")"]).status == 404
        )

        // Who is taken out is out, sessions and all.
        let removed = try Executable.run([
            "board", "user", "remove", "office", "--config", plant.daemon.config,
        ])
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(try await eventually(within: 10) { try plant.ask("/", as: "office").status == 401 })
        #expect(try plant.login("office").status == 401)
    }

    @Test("a partner sees what it was released, and finds nothing of anybody else's")
    func partners() async throws {
        let plant = try await BoardPlant(board: "login: true")
        defer { plant.end() }
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":46}")
        plant.tell("shelf/棚B", "{\"item\":\"ナット-M8\",\"qty\":77}")
        #expect(try await eventually(within: 10) { try await plant.daemon.stock("ナット-M8") == 77 })
        #expect(try plant.login("buyer").status == 303)
        let own = try plant.ask("/", as: "buyer")
        #expect(own.status == 200 && own.body.contains("supply-buyer-1"), "\(own.head)")
        for word in ["buyer-2", "ナット", "棚", "46", "77", "press-1", "withheld by"] {
            #expect(!own.body.contains(">\(word)"), "\(word) is none of its business")
        }
        #expect(try plant.ask("/partner?id=buyer-1", as: "buyer").status == 200)
        let open = [
            "/board.css", "/board.js", "/dygraph.js", "/icon.svg", "/nothing", "/logout", "/count",
            "/%2e%2e/", "/",
        ]
        for place in Self.places where !open.contains(place) && place != "/partner?id=buyer-1" {
            #expect(try plant.ask(place, as: "buyer").status == 404, "\(place)")
        }
        for place in ["/partner?id=buyer-2", "/live?page=partner&id=buyer-2", "/live?page=item&name=x"] {
            #expect(try plant.ask(place, as: "buyer").status == 404, "\(place)")
        }
        let count = ["token": own.token, "item": "ボルト-M8", "quantity": "1"]
        #expect(try plant.ask("/count", as: "buyer", form: count).status == 404)
        #expect(try await plant.daemon.stock("ボルト-M8") == 46)
    }

    @Test("a form is taken from a page of the board's own, and from nowhere else")
    func forms() async throws {
        let plant = try await BoardPlant(board: "")
        defer { plant.end() }
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":46}")
        #expect(try await eventually(within: 10) { try await plant.daemon.stock("ボルト-M8") == 46 })
        let token = try plant.ask("/").token
        #expect(token.count == 64)
        let form = ["token": token, "item": "ボルト-M8", "quantity": "40"]
        let plain = form.map { ["--data-urlencode", "\($0)=\($1)"] }.flatMap { $0 }
        let wrong: [(String, Int, [String])] = [
            ("no origin", 403, plain),
            ("another's origin", 403, plain + ["-H", "Origin: http://evil.example"]),
            ("a page without one", 403, plain + ["-H", "Origin: null"]),
            ("another site", 403, plain + ["-H", "Sec-Fetch-Site: cross-site"]),
            (
                "a text", 415,
                ["-d", "{}", "-H", "Content-Type: text/plain", "-H", "Origin: \(plant.address)"]
            ),
            ("another name", 421, plain + ["-H", "Host: evil.example", "-H", "Origin: http://evil.example"]),
        ]
        for (name, status, words) in wrong {
            #expect(try plant.ask("/count", words).status == status, "\(name)")
        }
        for token in ["", "0", String(token.reversed())] {
            let bad = ["token": token, "item": "ボルト-M8", "quantity": "40"]
            #expect(try plant.ask("/count", form: bad).status == 403, "token \(token)")
        }
        #expect(try plant.ask("/", ["-H", "Host: rebound.example"]).status == 421)
        #expect(try plant.ask("/", ["-X", "DELETE"]).status == 405)
        #expect(try await plant.daemon.stock("ボルト-M8") == 46, "nothing was counted so far")
        let bad = try plant.ask("/count", form: ["token": token, "item": "ボルト-M8", "quantity": "<b>x"])
        #expect(bad.status == 400 && bad.body.contains("&lt;b&gt;x") && !bad.body.contains("<b>x"))
        let taken = try plant.ask("/count", form: ["token": token, "item": "ボルト-M8", "quantity": "4,０"])
        #expect(taken.status == 303, "\(taken.head)")
        #expect(try await plant.daemon.stock("ボルト-M8") == 40)
    }

    @Test("no path leads out of the board, and no answer takes a header from a request")
    func paths() async throws {
        let plant = try await BoardPlant(board: "")
        defer { plant.end() }
        let out = [
            "/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc/passwd",
            "/dygraph.js/../../../../etc/passwd", "/dygraph.js%00.css", "//etc/passwd", "/board.css/..",
            "/\\..\\..\\etc\\passwd",
            "/.%252e/etc/passwd", "/usr/share/javascript/dygraphs/dygraph.min.js",
        ]
        for path in out {
            let answer = try plant.ask(path)
            #expect([400, 404].contains(answer.status), "\(path): \(answer.head)")
            #expect(!answer.body.contains("root:"))
        }
        let injected = [
            "/?lang=ja%0d%0aX-Evil:%201", "/?theme=dark%0d%0aX-Evil:%201", "/item?name=%0d%0aX-Evil:%201",
            "/?counted=%0d%0aX-Evil:%201",
        ]
        #expect(try hasHeader("content-security-policy", plant.ask("/").head), "else none would be found")
        for path in injected {
            #expect(try !hasHeader("x-evil", plant.ask(path).head), "\(path)")
        }
        let form = [
            "token": try plant.ask("/").token, "item": "a\r\nX-Evil: 1", "quantity": "1", "location": "棚A",
        ]
        #expect(try !hasHeader("x-evil", plant.ask("/count", form: form).head))
        let host = "Host: 127.0.0.1:\(plant.port)\r\n"
        let raw = [
            "GET / HTTP/1.1\r\n\(host)X: a\rX-Evil: 1\r\n\r\n", "GET / HTTP/1.1\r\n\(host)X : a\r\n\r\n",
            "GET /\u{0} HTTP/1.1\r\n\(host)\r\n",
            "POST /count HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /count HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        ]
        for text in raw {
            let answer = try plant.exchange(text, seconds: 3)
            #expect(!answer.contains("HTTP/1.1 200"), "\(text.debugDescription): \(answer.prefix(200))")
            #expect(!answer.lowercased().contains("x-evil"))
        }
        let page = try plant.ask("/item?name=%3Cscript%3Ealert(1)%3C/script%3E")
        #expect(!page.body.contains("<script>alert"))
    }

    @Test("who says little for long, or much at once, is hung up on, and nobody else waits")
    func slowAndLarge() async throws {
        let plant = try await BoardPlant(board: "")
        defer { plant.end() }
        let host = "Host: 127.0.0.1:\(plant.port)\r\n"
        let form = "\(host)Origin: \(plant.address)\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        let slow = [
            "", "GET / HT", "GET / HTTP/1.1\r\n\(host)X-A: ",
            "POST /count HTTP/1.1\r\n\(form)Content-Length: 100\r\n\r\nitem=",
        ]
        let port = plant.port
        try await withThrowingTaskGroup(of: String.self) { group in
            for text in slow {
                group.addTask {
                    // On a thread of its own, for it waits.
                    try await withCheckedThrowingContinuation { continuation in
                        Thread.detachNewThread {
                            let answer = Result { try BoardPlant.exchange(text, port: port, seconds: 60) }
                            continuation.resume(with: answer)
                        }
                    }
                }
            }
            #expect(try plant.ask("/").status == 200, "while they dawdle")
            for try await answer in group {
                #expect(!answer.hasSuffix("(still open)"), "was not hung up on: \(answer)")
            }
        }
        let token = try plant.ask("/").token
        let large = String(repeating: "a", count: 20_000)
        #expect(try plant.ask("/count", form: ["token": token, "item": large]).status == 413)
        let chunked = "POST /count HTTP/1.1\r\n\(form)Transfer-Encoding: chunked\r\n\r\n5000\r\n\(large)"
        #expect(try plant.exchange(chunked, seconds: 30).contains("413"))
        #expect(try [0, 400, 431].contains(plant.ask("/", ["-H", "X-A: \(large)"]).status))
        let many = (0..<200).flatMap { ["-H", "X-\($0): a"] }
        #expect(try [0, 400, 431].contains(plant.ask("/", many).status))
        #expect(
            try [0, 400, 404, 414, 431].contains(
                plant.ask("/" + large + large + large + large + large).status
            )
        )
        #expect(try plant.ask("/").status == 200)
    }

    @Test("passwords are not guessed: a few wrong ones, and one has to wait")
    func guesses() async throws {
        let plant = try await BoardPlant(board: "login: true")
        defer { plant.end() }
        var answers: [Int] = []
        for _ in 0..<7 { answers.append(try plant.login("office", password: "not this one").status) }
        #expect(answers == [401, 401, 401, 401, 401, 429, 429])
        #expect(try plant.login("office").status == 429, "the right one waits as well")
        let users = try String(contentsOfFile: "\(plant.workshop.path)/data/board/users", encoding: .utf8)
        let mode = try FileManager.default.attributesOfItem(atPath: "\(plant.workshop.path)/data/board/users")
        #expect(mode[.posixPermissions] as? Int == 0o600)
        for password in BoardPlant.passwords.values { #expect(!users.contains(password)) }
        #expect(!plant.daemon.said.contains("korekara"), "no password in the log")
    }

    /// Whether an answer has a header of that name; a value that has the name in it is none.
    private func hasHeader(_ name: String, _ head: String) -> Bool {
        head.lowercased().split(whereSeparator: \.isNewline).contains { $0.hasPrefix("\(name):") }
    }
}
