import Alerts
import Bus
import Desk
import Disclosure
import Intake
import Logging
import Plant
import Readings
import Settings
import Sharing

/// Reads the configuration again while the gateway runs, and has every room go by it: all of it, or nothing.
///
///     read and check ─▶ filters on disk ─▶ broker's rights ─▶ rules ─▶ subscriptions ─▶ agreements
///
/// Nothing that is under way is broken off: messages are read by the rules that stand when their batch begins, a new
/// filter is asked for after its rules stand, an old one given back after that. Links stay as they are.
actor Reload {
    /// What is changed while it runs.
    struct Parts: Sendable {
        let filters: FilterMemory
        let broker: ManagedBroker?
        let ingest: Ingest
        let link: BusLink
        let files: FileDoor
        let outbox: Outbox
        /// Takes over at its next turn by what is shared.
        let agree: @Sendable (Terms) -> Void
        /// Whether it has.
        let hasAgreed: @Sendable () -> Bool
        /// The agreements that something is released under.
        let feeds: @Sendable () -> Set<String>
        /// Tells a partner, through the outbox, when its agreement ends.
        let announce: @Sendable (RevocationRecord, Agreement) throws -> Void
        /// Says something on the bus.
        let publish: @Sendable (BusMessage) -> Void
        /// Goes by other alert rules.
        let alert: @Sendable (AlertOptions) async -> Void
    }

    /// How long an answer waits for the rules to be gone by.
    private static let patience = Duration.seconds(2)

    var settings: Settings
    private(set) var filters: [String]
    let parts: Parts
    let logger: Logger
    /// While a reload or a revocation is under way.
    var isBusy = false
    /// Before it no notice is over: nobody need look.
    var noticesEnd = Instant.distantPast
    /// Which partners the broker knows.
    private var roll: PartnerRoll?

    init(_ settings: Settings, _ parts: Parts, logger: Logger) {
        self.settings = settings
        self.parts = parts
        self.logger = logger
        filters = parts.ingest.filters
    }

    /// Reads the file that the daemon was started with; what comes of it goes into the log too.
    ///
    /// - Parameter wish: a configuration by which more leaves than before is gone by only when that is confirmed (S20).
    func now(_ wish: ReloadWish) async -> ReloadReport {
        guard !isBusy else {
            var report = ReloadReport(applied: false)
            report.findings = ["a reload is under way already; ask again in a moment"]
            return report
        }
        isBusy = true
        defer { isBusy = false }
        let report = await run(wish)
        if wish == .dry { return report }
        for finding in report.findings { logger.error("reload: \(finding)") }
        if report.applied {
            for line in report.lines { logger.notice("reload: \(line)") }
        } else if report.needsConfirmation {
            for line in report.sharing { logger.warning("reload: \(line)") }
            logger.warning(
                "reload: more would leave than before; nothing was changed: tsunagi reload asks, and --yes says yes"
            )
        } else {
            logger.error("reload: nothing was changed")
        }
        return report
    }

    private func run(_ wish: ReloadWish) async -> ReloadReport {
        let clock = ContinuousClock()
        let began = clock.now
        var report = ReloadReport(applied: false)
        var folders: [DropPlace] = []
        do {
            let fresh = try Settings.standing(settings.file)
            let changes = settings.changes(to: fresh)
            let adopted = settings.adopting(fresh)
            let sharing =
                AgreementChange.changes(from: settings.agreements, to: adopted.agreements)
                + AgreementChange.renumbered(settings.agreements, from: settings.trade, to: adopted.trade)
            report.sharing = sharing.map(\.description)
            report.needsConfirmation = wish != .confirmed && sharing.contains { $0.effect == .widens }
            if wish == .dry || report.needsConfirmation { return report }
            let table = try RuleTable(adopted.rules)
            _ = try parts.filters.exchange(table.filters)
            try changeRights(adopted, filters: table.filters)
            report.changes = changes.lines.map {
                ReloadReport.Change(sign: $0.sign.rawValue, part: $0.part, name: $0.name)
            }
            parts.ingest.inboxes.adopt(adopted.rules.rules)
            report.changes += changeFilters(to: table)
            report.rulesUnchanged = changes.rulesUnchanged
            report.restart = changes.restart
            if settings.plant != adopted.plant { parts.ingest.plant.adopt(adopted.plant) }
            if settings.agreements != adopted.agreements || settings.trade != adopted.trade
                || settings.consents != adopted.consents
            {
                parts.agree(Terms(adopted))
            }
            let alerts = settings.alerts != adopted.alerts ? adopted.alerts : nil
            settings = adopted
            report.applied = true
            if let alerts { await parts.alert(alerts) }
            folders = table.drops
        } catch let failures as SettingsFailures {
            report.findings = failures.findings.map(\.description)
        } catch {
            report.findings = ["\(error)"]
        }
        guard report.applied else { return report }
        if await !areRulesAdopted(clock, by: began + Self.patience) {
            report.notes.append("the new rules are gone by as soon as the broker's link stands")
        }
        do throws(Trouble) {
            try parts.files.open(folders)
        } catch {
            report.notes.append(error.description)
        }
        report.milliseconds = Int((clock.now - began) / .milliseconds(1))
        return report
    }

    /// Lets sensors say what the new rules read, and partners in; the broker's links stay.
    private func changeRights(_ fresh: Settings, filters: [String]) throws {
        guard let broker = parts.broker else { return }
        let fresh = try PartnerRoll.read(fresh)
        guard filters != self.filters || fresh != roll else { return }
        try broker.reload(sensorFilters: Gateway.sensorFilters(filters), partners: fresh.partners)
        roll = fresh
    }

    var folders: Links.Folders { Links.Folders(of: settings) }

    /// The rules first, then what they ask for.
    private func changeFilters(to table: RuleTable) -> [ReloadReport.Change] {
        // Files are read by rules that stand.
        parts.files.keep(table.drops)
        parts.ingest.intake.adopt(table)
        parts.link.setFilters(table.filters)
        let (old, new) = (Set(filters), Set(table.filters))
        filters = table.filters
        return new.subtracting(old).sorted().map { ReloadReport.Change(sign: "+", part: "filter", name: $0) }
            + old.subtracting(new).sorted().map { ReloadReport.Change(sign: "-", part: "filter", name: $0) }
    }

    private func areRulesAdopted(_ clock: ContinuousClock, by end: ContinuousClock.Instant) async -> Bool {
        while !parts.ingest.intake.hasAdopted {
            guard clock.now < end, !Task.isCancelled else { return false }
            // Cancelled means that nobody waits for the answer any more.
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}
