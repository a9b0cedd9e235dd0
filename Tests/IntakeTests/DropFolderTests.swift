import Foundation
import Intake
import Testing

/// When a file is whole, and what stands beside it.
@Suite struct DropFolderTests {
    private final class Inbox {
        let path = "/tmp/tsunagi-drop-\(UUID().uuidString)"
        var folder: DropFolder

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            folder = DropFolder(path)
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        }

        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        }

        /// Looks twice, as a second later, and reads what is whole.
        func whole(bytesMax: Int = 1000) throws -> [DropFolder.Found] {
            _ = try folder.look()
            return try folder.look().compactMap { try folder.read($0, bytesMax: bytesMax) }
        }
    }

    @Test("a file is whole when two looks find it the same")
    func steady() throws {
        let inbox = try Inbox()
        try inbox.write("半分", to: "在庫.csv")
        #expect(try inbox.folder.look().isEmpty)
        try inbox.write("半分と残り", to: "在庫.csv")
        #expect(try inbox.folder.look().isEmpty, "it has changed")
        #expect(try inbox.folder.look() == ["在庫.csv"])
        let found = try #require(try inbox.folder.read("在庫.csv", bytesMax: 1000))
        #expect(found.content.map { String(decoding: $0, as: UTF8.self) } == "半分と残り")
        try inbox.write("また別", to: "在庫.csv")
        #expect(try inbox.folder.read("在庫.csv", bytesMax: 1000) == nil, "it has changed since the look")
    }

    @Test("a file that somebody has open for writing waits, however long he pauses")
    func beingWritten() throws {
        let inbox = try Inbox()
        try inbox.write("", to: "在庫.csv")
        let writer = try #require(FileHandle(forWritingAtPath: "\(inbox.path)/在庫.csv"))
        writer.write(Data("棚,品番".utf8))
        #expect(try inbox.whole().isEmpty)
        #expect(try inbox.whole().isEmpty)
        writer.write(Data(",数量\n".utf8))
        try writer.close()
        #expect(try inbox.whole().map(\.bytes) == [18])
    }

    @Test("names of files that are not meant, folders, links and pipes are passed over")
    func names() throws {
        let inbox = try Inbox()
        for name in [".隠し", "~$在庫.xlsx", "在庫.csv.tmp", "在庫.csv.part", "在庫.csv~", "a.result"] {
            try inbox.write("x", to: name)
        }
        mkdir("\(inbox.path)/sub", 0o755)
        symlink("/etc/hostname", "\(inbox.path)/link.csv")
        mkfifo("\(inbox.path)/pipe.csv", 0o600)
        try inbox.write("x", to: "在庫 6月.csv")
        #expect(try inbox.whole().map(\.name) == ["在庫 6月.csv"])
        // What is written under another name and renamed is whole at once.
        rename("\(inbox.path)/在庫.csv.tmp", "\(inbox.path)/在庫.csv")
        #expect(try inbox.whole().map(\.name) == ["在庫 6月.csv", "在庫.csv"])
    }

    @Test("the outcome gets its name at the end, and tells at the next start that the file is finished")
    func outcome() throws {
        let inbox = try Inbox()
        try inbox.write("内容", to: "在庫.csv")
        let found = try #require(try inbox.whole().first)
        let content = ContentHash(Array("内容".utf8).span)
        try inbox.folder.write("file: 在庫.csv\ncontent: \(content)\n", for: found)
        #expect(try FileManager.default.contentsOfDirectory(atPath: inbox.path).count == 2)
        #expect(inbox.folder.hasPart(found, content) && !inbox.folder.hasOutcome(found, content))
        try inbox.folder.finish(found)
        #expect(!inbox.folder.hasPart(found, content) && inbox.folder.hasOutcome(found, content))
        #expect(!inbox.folder.hasOutcome(found, ContentHash([1].span)))
        #expect(try inbox.text("在庫.csv.result").hasPrefix("file: 在庫.csv\n"))
        #expect(try inbox.whole().isEmpty, "it is finished")
        // Another daemon over the same folder sees the file again, and its outcome.
        inbox.folder = DropFolder(inbox.path)
        let again = try #require(try inbox.whole().first)
        #expect(inbox.folder.hasOutcome(again, content))
        inbox.folder.pass(again)
        #expect(try inbox.whole().isEmpty)
        try inbox.write("新しい内容", to: "在庫.csv")
        #expect(try inbox.whole().map(\.name) == ["在庫.csv"])
    }

    @Test("a large file is not read, a folder that is gone and a place that cannot be written are told")
    func trouble() throws {
        let inbox = try Inbox()
        try inbox.write(String(repeating: "大", count: 400), to: "大.csv")
        let found = try #require(try inbox.whole(bytesMax: 1000).first)
        #expect(found.content == nil && found.bytes == 1200)
        try FileManager.default.removeItem(atPath: inbox.path)
        #expect(throws: DropFailure.self) { try inbox.folder.look() }
        #expect(throws: DropFailure.self) { try inbox.folder.write("x", for: found) }
        #expect(try inbox.folder.read("大.csv", bytesMax: 1000) == nil)
    }
}
