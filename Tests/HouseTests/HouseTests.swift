import Testing

/// The page of manners, checked: what can be told by looking at the text is not left to a reviewer.
@Suite struct HouseTests {
    /// Each floor and what stands on it; a target may import what stands below it.
    static let floors: [[String]] = [
        ["CMosquitto", "CPlatform", "CZlib"],
        ["Readings"],
        ["Codec", "Bus", "SparkplugWire"],
        ["RingStore"],
        ["Intake", "Plant"],
        ["Query", "PromQL", "Disclosure", "Alerts"],
        ["Sharing"],
        ["Settings", "Desk"],
        ["Board"],
        ["tsunagi", "tsunagi-bench"],
    ]

    /// Where Foundation may stand: at the cold edges.
    static let foundationTargets: Set<String> = ["Settings", "Desk", "Board", "tsunagi", "tsunagi-bench"]
    /// And in these files of other rooms: NFKC for spellings of units, the rules of named zones, and the dates of
    /// certificates.
    static let foundationFiles: Set<String> = [
        "Sources/Intake/SpellingFold.swift", "Sources/Intake/Zone.swift",
        "Sources/Sharing/Onboarding/PartnerAuthority.swift",
    ]

    @Test("a target imports only what stands below it")
    func imports() {
        let floorOf = Dictionary(
            uniqueKeysWithValues: Self.floors.enumerated().flatMap { floor, names in names.map { ($0, floor) }
            }
        )
        for path in House.sources {
            let target = String(path.split(separator: "/")[1])
            guard let own = floorOf[target] else {
                Issue.record("\(path): \(target) stands on no floor")
                continue
            }
            for line in House.lines(path) where line.contains("import ") {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"),
                    words.prefix(at).allSatisfy({ $0 == "public" }),
                    let name = words.dropFirst(at + 1).last.map(String.init), let below = floorOf[name]
                else { continue }
                #expect(below < own, "\(path) imports \(name), which does not stand below \(target)")
            }
        }
    }

    @Test("a file is a room, not a hall: at most 400 lines", arguments: House.swift)
    func fileLength(path: String) {
        #expect(House.lines(path).count <= 401, "\(path) is over 400 lines")
    }

    @Test("a function fits a screen: at most 70 lines", arguments: House.sources)
    func functionLength(path: String) {
        var start: (line: Int, indent: Int)?
        for (number, line) in House.lines(path).enumerated() {
            let indent = line.prefix { $0 == " " }.count
            let text = line.dropFirst(indent)
            if let open = start, text == "}", indent == open.indent {
                #expect(
                    number - open.line < 70,
                    "\(path):\(open.line + 1): a function of \(number - open.line) lines"
                )
                start = nil
            }
            let isFunction = text.contains("func ") || text.contains("init(") || text.contains("init<")
            if isFunction, !text.hasPrefix("//"), text.hasSuffix("{") || text.hasSuffix("(") {
                start = (number, indent)
            }
        }
    }

    @Test("names use the words of the plant floor", arguments: House.sources)
    func words(path: String) {
        let banned = ["Manager", "Helper", "Util", "Handler", "Info"]
        let kinds = ["struct ", "class ", "enum ", "protocol ", "actor "]
        for (number, line) in House.lines(path).enumerated() {
            let text = line.drop { $0 == " " }
            guard !text.hasPrefix("//"), let kind = kinds.first(where: { text.contains($0) }) else {
                continue
            }
            let name =
                text.split(separator: kind, maxSplits: 1).last.map { $0.prefix { $0.isLetter || $0 == "." } }
                ?? ""
            for word in banned {
                #expect(
                    !name.contains(word),
                    "\(path):\(number + 1): “\(name)” says nothing; name what it is"
                )
            }
        }
    }

    @Test("Foundation stands only at the cold edges", arguments: House.sources)
    func foundation(path: String) {
        let target = String(path.split(separator: "/")[1])
        guard !Self.foundationTargets.contains(target), !Self.foundationFiles.contains(path) else { return }
        for (number, line) in House.lines(path).enumerated() {
            #expect(!line.contains("import Foundation"), "\(path):\(number + 1): Foundation on a hot floor")
        }
    }

    @Test("nothing is left unfinished or forced", arguments: House.sources)
    func manners(path: String) {
        for (number, line) in House.lines(path).enumerated() {
            let place = "\(path):\(number + 1)"
            #expect(!line.contains("TO" + "DO"), "\(place): an unfinished place")
            #expect(!line.contains("try" + "!"), "\(place): try without an answer to its error")
            #expect(!line.contains("String(for" + "mat:"), "\(place): drags a second number writer in")
        }
    }
}
