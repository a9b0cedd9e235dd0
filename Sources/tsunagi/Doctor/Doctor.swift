import Bus
import Desk
import Intake
import Readings
import Settings
import Sharing

/// Looks at everything that a gateway stands on, and says what to do about what does not hold.
///
/// It changes nothing. With a broker of somebody else's it keeps a session for a moment, to see how much is kept for a
/// client that is away.
struct Doctor {
    let settings: Settings
    let language: FeedWords.Language
    /// What the daemon says of itself; nil when none answers.
    let report: StatusReport?
    private(set) var findings: [Finding] = []

    init(_ settings: Settings, report: StatusReport?, language: FeedWords.Language) {
        (self.settings, self.report, self.language) = (settings, report, language)
    }

    /// Looks everywhere, from what others stand on to what stands on it.
    mutating func look() async {
        lookAtConfiguration()
        lookAtVersions()
        lookAtClock()
        lookAtDisk()
        lookAtPermissions()
        lookAtDescriptors()
        lookAtCertificates()
        await lookAtBroker()
        lookAtDaemon()
    }

    /// Notes what is well.
    mutating func ok(_ check: String, _ says: Phrase) {
        findings.append(Finding(check: check, verdict: .ok, says: says(language), advice: nil))
    }

    /// Notes what is not well.
    mutating func note(_ check: String, _ verdict: Finding.Verdict, _ says: Phrase, _ advice: Phrase?) {
        findings.append(
            Finding(check: check, verdict: verdict, says: says(language), advice: advice?(language))
        )
    }

    private mutating func lookAtConfiguration() {
        for warning in settings.warnings {
            // The reader's own words name file and line, and what to write instead.
            note("configuration", .warn, Phrase("\(warning)", "\(warning)"), nil)
        }
        let (rules, agreements) = (settings.rules.rules.count, settings.agreements.count)
        ok(
            "configuration",
            Phrase(
                "\(settings.file): \(rules) rules, \(agreements) agreements",
                "\(settings.file): ルール \(rules) 件、契約 \(agreements) 件"
            )
        )
    }

    private mutating func lookAtVersions() {
        let library = BusGround.libraryVersion
        let versions = "tsunagi \(Version.text), libmosquitto \(library)"
        ok("versions", Phrase(versions, versions))
        guard let report, report.version != Version.text else { return }
        note(
            "versions",
            .warn,
            Phrase(
                "the daemon that runs is tsunagi \(report.version), not \(Version.text)",
                "動作中のデーモンは tsunagi \(report.version) で、このコマンドの \(Version.text) と異なります"
            ),
            Phrase("restart it: systemctl restart tsunagi", "再起動してください: systemctl restart tsunagi")
        )
    }

    private mutating func lookAtCertificates() {
        var places: [BrokerAddress] = settings.members.compactMap(\.broker?.address)
        if case .external(let options) = settings.broker { places.append(options.address) }
        let now = WallClock.now
        for place in places {
            for certificate in BusGround.certificates(of: place) {
                guard let warning = certificate.warning(at: now) else {
                    let (file, end) = (certificate.file, certificate.end.iso8601)
                    ok("certificate", Phrase("\(file) is good until \(end)", "\(file) は \(end) まで有効"))
                    continue
                }
                note(
                    "certificate",
                    certificate.end <= now ? .fail : .warn,
                    Phrase(
                        "\(certificate.file) \(warning)",
                        "\(certificate.file) の期限は \(certificate.end.iso8601)"
                    ),
                    Phrase("put the renewed file in its place", "更新した証明書に差し替えてください")
                )
            }
        }
    }

    private mutating func lookAtDaemon() {
        guard let report else {
            note(
                "daemon",
                .warn,
                Phrase("no daemon answers at \(settings.deskSocket)", "\(settings.deskSocket) でデーモンが応答しません"),
                Phrase(
                    "start it: systemctl start tsunagi, or tsunagi run --config \(settings.file)",
                    "起動してください: systemctl start tsunagi または tsunagi run --config \(settings.file)"
                )
            )
            return
        }
        let up = Words.span(seconds: report.uptimeSeconds, in: language)
        ok("daemon", Phrase("\(report.gateway) answers, up \(up)", "\(report.gateway) は応答中、稼働時間 \(up)"))
        // The daemon's findings say themselves what to do.
        for finding in report.findings { note("daemon", .fail, Phrase(finding, finding), nil) }
        for source in report.troubledSources {
            if source.stale {
                let age = source.lastSeenAgeSeconds.map { Words.span(seconds: $0, in: language) } ?? "?"
                note(
                    "source",
                    .warn,
                    Phrase("\(source.name) has been silent for \(age)", "\(source.name) から \(age) 受信がありません"),
                    Phrase("look at its power, its network and its gateway", "電源、ネットワーク、ゲートウェイを確認してください")
                )
            }
            if let skew = source.clockSkewSeconds {
                let off = Words.span(seconds: abs(skew), in: language)
                note(
                    "source",
                    .warn,
                    Phrase(
                        "\(source.name)'s clock is \(off) \(skew > 0 ? "slow" : "fast")",
                        "\(source.name) の時計が \(off) \(skew > 0 ? "遅れて" : "進んで")います"
                    ),
                    Phrase("let it set its clock from the network (NTP)", "時刻を NTP で合わせてください")
                )
            }
        }
    }
}
