import Sharing
import Testing

@testable import Board

/// What goes into a page, and what comes out of an address.
@Suite struct MarkupTests {
    @Test(
        "whatever a name holds, it is text on the page",
        arguments: [
            ("ボルト-M8", "ボルト-M8"), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a\" onload='x'", "a&quot; onload=&#39;x&#39;"), ("R&D", "R&amp;D"),
            ("a\u{0}b\u{1B}", "a\u{FFFD}b\u{FFFD}"),
        ]
    )
    func escapes(name: String, text: String) {
        let markup: Markup = "<b title=\"\(name)\">\(name)</b>"
        #expect(markup.text == "<b title=\"\(text)\">\(text)</b>")
        let twice: Markup = "\(markup)\([markup])"
        #expect(twice.text == markup.text + markup.text, "markup stands as it is")
    }

    @Test(
        "words of an address are read as browsers write them, and nothing else",
        arguments: [
            ("name=%E6%A3%9AA&lot=L+1", ["name": "棚A", "lot": "L 1"]), ("a=1&a=2&b", ["a": "2", "b": ""]),
            ("", [:]),
            ("a=%4", nil), ("a=%zz", nil), ("a=%ff", nil), (String(repeating: "a=1&", count: 65), nil),
        ] as [(String, [String: String]?)]
    )
    func words(text: String, words: [String: String]?) {
        #expect(WebWords.words(text) == words)
    }

    @Test("what is written into an address is read back")
    func roundTrip() {
        for name in ["ボルト-M8", "a/b?c=d&e#f %+\"'<>", "\r\nX: y", "~._-"] {
            #expect(WebWords.words("name=\(WebWords.escaped(name))") == ["name": name])
        }
    }

    @Test("an address on the board is one to go on to, every other is not")
    func next() {
        for place in ["/", "/item?name=%E3%83%9C", "/partner?id=buyer-1"] {
            #expect(LoginPage.safe(place) == place)
        }
        for place in [
            "//evil.example/", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "", "/login", "/a b",
        ] {
            #expect(LoginPage.safe(place) == "/", "\(place)")
        }
    }
}

/// By which names a board may be asked.
@Suite struct HostNameTests {
    private func options(_ host: String, _ names: [String] = []) -> BoardOptions {
        var options = BoardOptions(host: host, port: 8088, folder: "/nowhere")
        options.names = names
        return options
    }

    @Test("on loopback only this machine's own names, and those that are written down")
    func loopback() {
        let board = options("127.0.0.1", ["Board.example.jp"])
        for name in ["localhost:8088", "127.0.0.1:8088", "[::1]:8088", "LOCALHOST", "board.example.jp"] {
            #expect(HostName.allows(name, board), "\(name)")
        }
        for name in ["evil.example", "localhost.evil.example:8088", "192.0.2.1", "", "[", ":8088", nil] {
            #expect(!HostName.allows(name, board), "\(name ?? "none")")
        }
    }

    @Test("elsewhere every name, until some are written down")
    func elsewhere() {
        #expect(HostName.allows("plant.example:8088", options("0.0.0.0")))
        #expect(!HostName.allows("evil.example", options("0.0.0.0", ["plant.example"])))
        #expect(HostName.allows("192.0.2.7:8088", options("192.0.2.7", ["plant.example"])))
    }
}

/// Numbers and times in both languages.
@Suite struct LanguageTests {
    @Test(
        "as many digits as tell something",
        arguments: [
            (0, "0"), (1.25, "1.25"), (-3.5, "−3.5"), (12.345, "12.35"), (123.45, "123.5"),
            (1_234_567.8, "1,234,568"),
            (0.0004, "0"), (999.96, "1,000"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(Language.en.number(value) == text)
    }

    @Test("the first language of the browser that the board speaks")
    func accepting() {
        #expect(Language(accepting: "ja,en-US;q=0.9") == .ja)
        #expect(Language(accepting: "fr-FR, JA;q=0.8, en;q=0.7") == .ja)
        #expect(Language(accepting: "de") == .en)
        #expect(Language(accepting: nil) == .en)
    }

    @Test("how long something lasts")
    func spans() {
        #expect(Language.en.span(59.9) == "59 s" && Language.ja.span(59.9) == "59秒")
        #expect(Language.en.span(7260) == "2 h 1 min" && Language.ja.span(7260) == "2時間1分")
        #expect(Language.en.span(-5) == "0 s" && Language.en.span(90_000) == "1 d 1 h")
    }
}
