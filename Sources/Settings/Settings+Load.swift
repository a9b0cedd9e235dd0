import Alerts
import Disclosure
import Intake
import Plant
public import Readings
import RingStore

extension Settings {
    /// Reads a configuration and everything it names: agreements, password files.
    ///
    /// - Parameters:
    ///   - path: a YAML file. Relative paths within it are relative to its folder.
    ///   - now: agreements that are over by then are refused; without it they only let nothing out.
    /// - Throws: ``SettingsFailures`` with every finding, not only the first.
    public static func load(path: String, now: Instant? = nil) throws(SettingsFailures) -> Settings {
        try load(path: path, from: .disk, now: now)
    }

    /// The same, with the files from wherever `files` finds them.
    public static func load(
        path: String,
        from files: FileSource,
        now: Instant? = nil
    ) throws(SettingsFailures) -> Settings {
        let findings = Findings(file: path)
        guard let root = YamlFile(findings, from: files)?.root,
            let table = YamlTable(root, keys: keys)
        else { throw SettingsFailures(findings: findings.sorted) }
        let place = FilePlace(folder: FileSource.folder(of: path), files: files)
        let gateway = table.need("gateway", "gateway: {id: plant-ota, timezone: Asia/Tokyo}")
            .flatMap { GatewayPart.read($0) }
        var letterBytes = Settings.deadLetterBytesDefault
        let store = table.need("data", "data: {directory: data, budget: 8 GiB}")
            .flatMap { DataPart.read($0, place, letterBytes: &letterBytes) }
        let broker = table.need("broker", "broker: managed")
            .flatMap { BrokerPart.read($0, place, gateway: gateway?.id ?? "gateway") }
        let rules = RulesPart.read(table, root: root, gateway: gateway, place)
        let tests = rules.map { TestsPart.read(table["tests"], $0.options, $0.list) }
        let plant = PlantPart.read(table)
        var warnings: [SettingsFailure] = []
        let trade = TradePart.read(table, &warnings)
        let alerts = AlertsPart.read(table["alerts"], place)
        let log = table["log"].flatMap { YamlTable($0, keys: logKeys)?["level"]?.choice(LogLevel.self) }
        let socket = DeskPart.read(table["desk"], in: root, place, dataDirectory: store?.directory)
        let board = BoardPart.read(table["board"], place)
        var failures = findings.sorted
        let consents = AgreementsPart.readConsents(
            table["consents"],
            place,
            gatewayZone: gateway?.timezone,
            &failures
        )
        let members = MembersPart.read(table["members"], place, gateway, consents ?? [], &failures)
        let agreements = AgreementsPart.read(
            table["agreements"],
            place,
            gatewayZone: gateway?.timezone,
            trade: trade,
            know: { book in
                book.now = now
                book.consents = consents
                book.typicalLots = plant.items.compactMapValues(\.lot)
            },
            &failures,
            &warnings
        )
        guard failures.isEmpty, let gateway, let store, let broker, let rules, let socket else {
            throw SettingsFailures(findings: failures)
        }
        return Settings(
            file: path,
            gateway: gateway,
            store: store,
            deadLetterBytes: letterBytes,
            broker: broker,
            rules: rules.options,
            tests: tests ?? [],
            plant: plant,
            trade: trade,
            agreements: agreements,
            consents: consents,
            members: members,
            alerts: alerts,
            deskSocket: socket,
            log: log ?? .notice,
            board: board,
            warnings: warnings
        )
    }

    /// The sections of a configuration.
    static let keys = [
        "gateway", "data", "broker", "defaults", "limits", "tables", "rules", "agreements", "consents",
        "members",
        "alerts", "desk", "board", "log",
        "sparkplug", "tests", "items", "sites", "containers", "machines", "shifts", "holidays",
    ]
    static let logKeys = ["level"]
}

/// Where a configuration lies, so that what it names can be found.
struct FilePlace {
    let folder: String
    let files: FileSource

    /// A path as written in the configuration, seen from the working directory.
    func path(_ written: String) -> String {
        FileSource.join(folder, written)
    }
}
