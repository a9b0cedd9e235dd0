import Glibc
import Readings
import Testing

@testable import Board

/// Who may log in.
@Suite struct UserBookTests {
    private let folder: String

    init() {
        var template = Array("/tmp/tsunagi-board-XXXXXX".utf8CString)
        folder =
            mkdtemp(&template) == nil
            ? "" : String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("a password is known again, another one is not, and the file holds neither")
    func passwords() throws {
        let book = UserBook(folder: folder + "/board")
        #expect(try book.users().isEmpty)
        let now = Instant(milliseconds: 1_750_000_000_000)
        try book.keep("office", partner: nil, password: "korekara-hajimaru", now: now)
        try book.keep("visitor", partner: "buyer-1", password: "korekara-hajimaru", now: now)
        let users = try book.users()
        #expect(users.map(\.name) == ["office", "visitor"] && users.map(\.partner) == [nil, "buyer-1"])
        #expect(users[0].has(password: "korekara-hajimaru") && !users[0].has(password: "korekara-hajimari"))
        try book.keep("office", partner: nil, password: "yama no ue no ie", now: now)
        #expect(try book.users()[0].has(password: "yama no ue no ie"))
        #expect(try book.remove("office"))
        #expect(try !book.remove("office"))
        #expect(try book.users().map(\.name) == ["visitor"])
        for path in [book.path, folder + "/board"] { unlink(path) }
        rmdir(folder + "/board")
        rmdir(folder)
    }

    @Test("a short password is refused, with what to do")
    func short() {
        #expect(throws: UserBookFailure.self) {
            try UserBook(folder: folder).keep(
                "office",
                partner: nil,
                password: "short",
                now: Instant(milliseconds: 0)
            )
        }
        rmdir(folder)
    }

    @Test("scrypt is RFC 7914's, as its parameters say")
    func scrypt() {
        // Python's hashlib.scrypt(b"korekara", salt=bytes(16), n=1<<15, r=8, p=3, dklen=32, maxmem=1<<28)
        let hash = Secrets.slowHash("korekara", salt: [UInt8](repeating: 0, count: 16))
        #expect(Secrets.hex(hash) == "d7211638eabd35d34922ad3678314f44a7f2aa38c0f691edfbe5d8844caedf2e")
    }
}
