import Foundation
import Testing

/// Every command that the README shows, run.
@Suite struct ReadmeCommandTests {
    /// Commands of its blocks that run elsewhere: in which file, and by which words of it. All others run here.
    static let elsewhere: [(command: String, file: String, words: String)] = [
        ("./deploy/quickstart", "Tests/GatewayTests/ReadmeTests.swift", "deploy/quickstart\", \"--seconds"),
        // What CI runs, and what runs this.
        ("./Tests/run", ".ci/run", "exec ./Tests/run"),
        ("sudo apt install -y $(deploy/deb/build)", "Tests/package", "# The README's command as it stands"),
        // The same build; the program that it makes is tested here.
        ("swift build -c release", "Tests/run", "swift build -c release"),
        (
            ".build/release/tsunagi check config/tsunagi.yaml", "Tests/GatewayTests/ReadmeTests.swift",
            "[\"check\", file]"
        ),
    ]

    /// Words that a block's output must have, by what it begins with. A block that is not named here must end well, and
    /// no more is known of it.
    static let shows: [(start: String, words: [String])] = [
        ("tsunagi map", ["ota/press-3/temperature\tgauge\t41.5\tCel"]),
        ("tsunagi board", ["office: operator", "buyer: sees what buyer-1 was released"]),
        ("tsunagi verify", ["the signature holds"]),
        ("tsunagi count", ["counted 120 pcs", "expected 46", "ボルト-M8\tota\t棚A\t-\t120\tpcs"]),
        ("tsunagi partner", ["buyer-1\tpassword\tactive\tbuyer-1-supply", "ok    proof: "]),
        ("tsunagi audit", ["buyer-1-supply/stock", "audit log: as it was", "the proof holds: record"]),
        ("tsunagi backup", ["restored/store: whole"]),
    ]

    @Test("a block is of commands, and runs, or of something else, and says of what")
    func labels() throws {
        let blocks = try ReadmeTests.blocks()
        for block in blocks {
            #expect(["sh", "yaml", "json", "text"].contains(block.label), "\(block.label): \(block.text)")
            guard block.label != "sh" else { continue }
            // The quickstart says this line itself.
            let lines = block.text.replacing("tsunagi status --config config/quickstart.yaml\n", with: "")
                .split(separator: "\n")
            #expect(!lines.contains { $0.hasPrefix("tsunagi ") || $0.hasPrefix("./") || $0.hasPrefix("$ ") })
        }
        let outside = blocks.reduce(try ReadmeTests.text()) { $0.replacing($1.text, with: "") }
        let commands = outside.split(separator: "\n").filter { $0.contains(/^ +([$] |tsunagi |[.]\/)/) }
        #expect(commands.isEmpty, "commands without a fence: \(commands)")
        for (command, file, words) in Self.elsewhere {
            #expect(
                blocks.contains { $0.label == "sh" && $0.lines.contains(command) },
                "\(command) is not in it"
            )
            let text = try String(contentsOfFile: "\(ReadmeTests.root)/\(file)", encoding: .utf8)
            #expect(text.contains(words), "\(file) does not run \(command)")
        }
        for (start, _) in Self.shows {
            #expect(blocks.contains { $0.label == "sh" && $0.text.hasPrefix(start) }, "\(start)")
        }
    }

    @Test("every block of commands does what stands there, one after the other")
    func blocks() async throws {
        let plant = try await ReadmePlant()
        // As it stands there, but for: the configuration's place, a password that nobody types, the log's own numbers.
        let usual = """
            tsunagi() {
                case "$1 $*" in
                    board*) echo 'a password of some words' | command tsunagi "$@" ;;
                    *--config*) command tsunagi "$@" ;;
                    audit*|count*|stock*) command tsunagi "$@" --config config/tsunagi.yaml ;;
                    *) command tsunagi "$@" ;;
                esac
            }

            """
        var count = 0
        for block in try ReadmeTests.blocks() where block.label == "sh" {
            guard !block.lines.allSatisfy({ line in Self.elsewhere.contains { $0.command == line } }) else {
                continue
            }
            let text = block.text.replacing("1204:5dc9da79a706…", with: plant.head)
                .replacing("prove 1187", with: "prove \(plant.record)")
            let outcome = try plant.run(usual + text)
            #expect(outcome.status == 0, "\(text)\n\(outcome.output)\n\(outcome.errors)")
            for word in Self.shows.first(where: { block.text.hasPrefix($0.start) })?.words ?? [] {
                #expect(outcome.output.contains(word), "\(word) in \(outcome.output) of \(block.text)")
            }
            count += 1
        }
        #expect(count >= Self.shows.count)
        #expect(plant.stop() == 0)
    }
}

/// The table of commands: each of them, with what it needs, at a gateway that has something to tell.
@Suite struct ReadmeTableTests {
    /// A line, what is read then, and how it ends.
    struct Trial {
        let line: String
        let shows: String
        let status: Int32

        init(_ line: String, _ shows: String, _ status: Int32 = 0) {
            (self.line, self.shows, self.status) = (line, shows, status)
        }
    }

    /// In this order: some do what others look at. `$C` is `--config` and the file.
    static let trials = [
        Trial("tsunagi check config/tsunagi.yaml", "fine: 3 rules"),
        // What it finds of a machine for tests, whose clock nobody keeps, is no fault of the command's.
        Trial("tsunagi doctor --lang ja $C || [ $? = 1 ]", "ルール 3 件、契約 1 件"),
        Trial("tsunagi map check config/tsunagi.yaml", "line1/+/status"),
        Trial("tsunagi map test tasmota", "0 failed"),
        Trial(
            "echo '{\"ts\": \"2026-06-17T10:15:00Z\", \"temp\": 1, \"state\": 1}' | tsunagi map try $C"
                + " --topic line1/press-3/status --received 2026-06-17T10:15:30Z",
            "ota/press-3/temperature"
        ),
        Trial("tsunagi map watch 'line1/#' --seconds 5 $C", "press"),
        Trial("tsunagi map preset tasmota", "names:"),
        Trial("tsunagi status $C || [ $? = 1 ]", "broker   online"),
        Trial(
            "(sleep 2; printf q) | script -qec \"stty cols 100 rows 30; tsunagi top --every 1 $C\" /dev/null",
            "press-3"
        ),
        Trial("tsunagi stock $C", "ボルト-M8\tota\t棚A\t-\t46\tpcs"),
        Trial("tsunagi machines --since 8h $C", "press-3\tota"),
        Trial("tsunagi alerts $C", "low-stock/ota/ボルト-M8\tstanding", 1),
        Trial("tsunagi alerts list $C", "low-stock/ota/ボルト-M8\tstanding", 1),
        Trial("tsunagi alerts ack low-stock/ota/ボルト-M8 --by hanako $C", "acknowledged by hanako"),
        Trial("tsunagi alerts silence low-stock --for 2h --by hanako $C", "silenced: low-stock"),
        Trial("tsunagi alerts test RULES.yaml --since 7d $C", "screws-low/ota/ボルト-M8"),
        Trial("tsunagi count ボルト-M8 44 $C", "expected 46"),
        Trial("tsunagi series 'ota/棚A/**' $C", "ota/棚A/stock_count/ボルト-M8"),
        Trial("tsunagi query ota/press-3/temperature --since 6h --every 1m $C", "\t41.5\t"),
        Trial("tsunagi watch 'ota/press-*/temperature' --count 1 --seconds 60 $C", "41.5"),
        Trial("tsunagi metrics $C", "tsunagi_build_info{version="),
        Trial("tsunagi dead list $C", "path_missing\tpress\tline1/press-3/status"),
        Trial("tsunagi dead show 1 $C", "write optional: true"),
        Trial(
            """
            sed -i '/metric: state/s/}}$/}, optional: true}/' config/tsunagi.yaml
            sed -i 's/products: .mazak-01./products: [mazak-01, press-3]/' config/agreements/buyer-1.yaml
            tsunagi share diff $C
            """,
            "buyer-1-supply/status: products newly: press-3",
            1
        ),
        Trial("tsunagi reload --yes $C", "~ rule press"),
        Trial("tsunagi dead replay $C", "1 of 1 letters were read"),
        Trial("tsunagi sparkplug nodes $C", "suwa/edge-1\talive"),
        Trial("tsunagi sparkplug rebirth suwa/edge-1 $C", "was asked for its births"),
        Trial("tsunagi sparkplug command suwa/edge-1 'Line Speed' 70 $C", "Line Speed = 70 was sent"),
        Trial("tsunagi share explain buyer-1-supply $C", "ボルト-M8\tota"),
        Trial("tsunagi disaster start buyer-1-supply --grant stock --by hanako $C", "requested for stock"),
        Trial("tsunagi disaster approve buyer-1-supply --by taro $C", "approved by hanako, taro"),
        Trial("tsunagi disaster status $C", "stock leave exactly until", 1),
        Trial("tsunagi disaster end buyer-1-supply --by taro $C", "buyer-1-supply: ended"),
        Trial("tsunagi partner add buyer-1 $C", "card.txt"),
        Trial("tsunagi partner show buyer-1 --qr $C", "tsunagi/v1/p/buyer-1/#   QoS 1"),
        Trial("tsunagi partner rights $C", "topic read tsunagi/v1/p/buyer-1/buyer-1-supply/#"),
        Trial("tsunagi audit show --partner buyer-1 $C", "buyer-1-supply/stock"),
        Trial("tsunagi audit verify --head $HEAD $C", "audit log: as it was"),
        Trial("tsunagi audit prove $RECORD $C | tee proof.json", "buyer-1-supply"),
        Trial("tsunagi keys show $C", "plant-ota-1"),
        Trial("tsunagi verify --keys plant-ota.json --jws @release.jws release.json", "the signature holds"),
        Trial("tsunagi verify --keys plant-ota.json --proof proof.json release.json", "the proof holds"),
        Trial("tsunagi keys rotate $C", "plant-ota-2 signs after the next tsunagi reload"),
        Trial("echo 'a password of some words' | tsunagi board user add office $C", "office: operator"),
        Trial("tsunagi board user list $C", "office\teverything"),
        Trial("tsunagi board user remove office $C", "office: taken out"),
        Trial("tsunagi backup gateway.backup $C", "written to gateway.backup"),
        Trial("tsunagi restore gateway.backup restored", "restored: whole"),
        Trial("tsunagi query ota/press-3/temperature --offline restored/store", "\t41.5\tgood"),
        Trial("tsunagi series --offline restored/store", "ota/press-3/state"),
        Trial("tsunagi watch --partner buyer-1 --count 1 --seconds 120 $C", "tsunagi/v1/p/buyer-1/"),
        Trial("tsunagi completion bash", "tsunagi"),
        Trial("tsunagi completion zsh", "tsunagi"),
        Trial("tsunagi completion fish", "tsunagi"),
        Trial("tsunagi manual man && ls man", "tsunagi-share-explain.1"),
        Trial("tsunagi partner rotate buyer-1 $C", "card.txt"),
        Trial("tsunagi partner list $C", "buyer-1\tpassword\tactive"),
        Trial("tsunagi revoke buyer-1-supply --yes $C", "ok    proof: "),
    ]

    /// Once the daemon has ended.
    static let closed = [
        Trial("tsunagi store info data/store", "journal"),
        Trial("tsunagi store verify data/store", "data/store: whole"),
        Trial("tsunagi store export data/store --output all.lines", "samples of"),
        Trial("tsunagi store import other all.lines --budget 16", "imported"),
        Trial("tsunagi store compact data/store", "now"),
    ]

    /// The plant's own daemon, and what the quickstart's test plays into its own.
    static let elsewhere = ["tsunagi run --config x", "tsunagi simulate --config x"]

    /// The commands of the table's first column: their words, and the options that are named with them.
    static func commands() throws -> [(words: [String], options: [String])] {
        let rows = try ReadmeTests.text().split(separator: "\n").filter { $0.hasPrefix("| `tsunagi ") }
        return rows.flatMap { row in
            let cell = row.replacing("\\|", with: "/").split(separator: "|")[0]
            let quoted = cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            return quoted.filter { $0.offset % 2 == 1 }.flatMap { alternatives(String($0.element)) }
        }
    }

    /// `dead list/show N/replay` is three commands.
    private static func alternatives(_ text: String) -> [(words: [String], options: [String])] {
        let parts = text.split(separator: "/").map { $0.split(separator: " ").map(String.init) }
        let first = parts[0].drop { $0 == "tsunagi" }.prefix { $0.allSatisfy(\.isLowercase) }
        let rest = parts.dropFirst().map { Array(first.dropLast()) + $0.prefix(1) }
        let options = parts.last?.filter { $0.hasPrefix("--") } ?? []
        return ([Array(first)] + rest).map { ($0, options) }
    }

    /// Whether a line runs a command with its options.
    static func fits(_ line: String, _ command: (words: [String], options: [String])) -> Bool {
        line.components(separatedBy: "tsunagi ").dropFirst().contains { run in
            let words = run.split { " \n|".contains($0) }.map(String.init)
            // A variable stands for the configuration's.
            return words.starts(with: command.words)
                && command.options.allSatisfy { words.contains($0) || $0 == "--config" }
        }
    }

    @Test("no command stands in it that is not tried, and none is tried that it has not")
    func complete() throws {
        let commands = try Self.commands()
        #expect(commands.count > 60, "\(commands.count)")
        let lines = (Self.trials + Self.closed).map(\.line) + Self.elsewhere
        for command in commands {
            #expect(lines.contains { Self.fits($0, command) }, "tsunagi \(command) is tried by no test")
        }
        // `map preset` and `alerts list` are named in words.
        let more = [["map", "preset"], ["alerts", "list"]].map { (words: $0, options: [String]()) }
        for line in lines {
            #expect((commands + more).contains { Self.fits(line, $0) }, "\(line) is not in the table")
        }
    }

    @Test("each does what stands beside it")
    func table() async throws {
        let plant = try await ReadmePlant()
        func run(_ trials: [Trial]) throws {
            for trial in trials {
                let values = "HEAD=\(plant.head)\nRECORD=\(plant.record)\n"
                let outcome = try plant.run(values + trial.line)
                #expect(
                    outcome.status == trial.status && (outcome.output + outcome.errors).contains(trial.shows),
                    "\(trial.line) ended with \(outcome.status): \(outcome.output.suffix(3000)) \(outcome.errors)"
                )
            }
        }
        try run(Self.trials)
        #expect(plant.stop() == 0)
        try run(Self.closed)
    }
}
