import Foundation
import Testing

/// The pages people read: what they point at is there.
@Suite struct LinkTests {
    /// The concepts, for DocC and for people.
    static let catalogue = "Sources/tsunagi/tsunagi.docc"

    static let pages =
        ["README.md"]
        + ["Sources", "deploy", "config", "Tests"].flatMap { House.files(below: $0) }.filter {
            $0.hasSuffix(".md")
        }

    /// A heading as a link names it.
    private static func anchor(_ heading: Substring) -> String {
        heading.drop { "# ".contains($0) }.lowercased().filter {
            $0.isLetter || $0.isNumber || "- _".contains($0)
        }
        .replacing(" ", with: "-")
    }

    @Test("every link of a page to a file, a folder or a heading of its own leads there", arguments: pages)
    func links(page: String) {
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        let headings = House.lines(page).filter { $0.hasPrefix("#") }.map(Self.anchor)
        for link in House.text(page).matches(of: /\]\(([^)\s]+)\)/).map(\.1) where !link.contains("://") {
            if link.hasPrefix("#") {
                #expect(headings.contains(String(link.dropFirst())), "\(page): no heading \(link)")
            } else {
                let file = "\(House.root)/\(folder)/\(link.prefix { $0 != "#" })"
                #expect(FileManager.default.fileExists(atPath: file), "\(page): no \(link)")
            }
        }
    }

    @Test("the concepts name each other by names that there are, and each stands on the first page")
    func concepts() {
        let pages = House.files(below: Self.catalogue).filter { $0.hasSuffix(".md") }
        let names = pages.map { String($0.split(separator: "/").last?.dropLast(3) ?? "") }
        #expect(names.count >= 6)
        for page in pages {
            for link in House.text(page).matches(of: /<doc:([^>]+)>/).map(\.1) {
                #expect(names.contains(String(link)), "\(page): no page \(link)")
            }
        }
        let first = House.text("\(Self.catalogue)/tsunagi.md")
        for name in names where name != "tsunagi" {
            #expect(first.contains("<doc:\(name)>"), "\(name) is on no page")
        }
    }

    /// Beside the compiler, in toolchains that have it.
    static let docc = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/docc" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        "DocC has no fault to find with the concepts",
        .enabled(if: docc != nil, "the toolchain has no docc")
    )
    func convert() throws {
        let output = FileManager.default.temporaryDirectory.appending(
            path: "tsunagi-docc-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: output) }
        let run = Process()
        run.executableURL = URL(filePath: try #require(Self.docc))
        run.arguments = [
            "convert", "\(House.root)/\(Self.catalogue)", "--output-path", output.path,
            "--warnings-as-errors",
        ]
        try run.run()
        run.waitUntilExit()
        #expect(run.terminationStatus == 0)
        let pages = output.appending(path: "data/documentation/tsunagi").path
        #expect(FileManager.default.fileExists(atPath: "\(pages)/release.json"), "\(pages)")
    }
}
