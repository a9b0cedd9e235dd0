import Foundation
import Testing

/// Every assertion of the specification about host applications is in a test's title, or here with the reason why it
/// cannot be proved in these tests.
@Suite struct SparkplugCoverageTests {
    /// By the assertions' ids, without `tck-id-`.
    static let excused: [String: String] = [
        "message-flow-phid-sparkplug-clean-session-311": "we speak MQTT 5 only",
        "operational-behavior-host-application-host-id": "one gateway cannot see another's configuration",
        "message-flow-phid-sparkplug-subscription":
            "the link that listens is another client than the one that speaks; its filters are those of the rules",
        "host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet":
            "the client always says DISCONNECT when it ends in order",
        "operational-behavior-host-application-multi-server-timestamp": "a gateway has one broker",
        "operational-behavior-primary-application-state-with-multiple-servers-state":
            "a gateway has one broker",
        "operational-behavior-primary-application-state-with-multiple-servers-state-subs":
            "a gateway has one broker",
    ]

    @Test("every assertion is proved or excused, and none both")
    func coverage() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        // What is proved over a connection stands with the tests of the bus.
        let bus = folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "BusTests/GreetingTests.swift")
        var titles = try String(contentsOf: bus, encoding: .utf8)
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.lastPathComponent != "SparkplugCoverageTests.swift" {
            titles += try String(contentsOf: file, encoding: .utf8)
        }
        let proved = Set(titles.matches(of: /tck-id-[A-Za-z0-9-]+/).map { String($0.output) })
        let excused = Set(Self.excused.keys.map { "tck-id-\($0)" })
        let wanted = Set(sparkplugTable("host.tsv").map { $0[0] }.filter { $0.hasPrefix("tck-id-") })
        #expect(wanted.count == 132)
        #expect(wanted.subtracting(proved).subtracting(excused).sorted() == [])
        #expect(proved.subtracting(wanted).sorted() == [])
        #expect(proved.intersection(excused).sorted() == [])
        #expect(excused.subtracting(wanted).sorted() == [])
    }
}
