import Bus
import Intake
import Plant
import Query
import Readings
import RingStore
import Sharing

/// The desk's answers, put together from what the rooms say of themselves.
extension Rooms {
    /// More sources than this are not listed.
    static let sourcesMax = 50

    /// How the gateway is.
    public func status() -> StatusReport {
        let now = clock()
        let link = link()
        let store = store.status
        let sources = intake.sources(limit: Rooms.sourcesMax)
        let figures = intake.status
        let waiting = waiting()
        let feeds = feeds().map { report($0, pending: waiting[$0.feed] ?? 0) }
        let findings = findings(link, store, feeds)
        return StatusReport(
            state: findings.isEmpty ? "ok" : "degraded",
            findings: findings,
            version: version,
            gateway: gateway,
            time: now.iso8601,
            clock: Intake.isSet(now) ? "set" : "unsynced",
            uptimeSeconds: uptimeSeconds(),
            broker: report(link, now),
            intake: report(figures, store),
            sparkplug: StatusReport.Sparkplug(figures.sparkplug, voice: sparkplug()),
            store: report(store),
            discards: discards(link, figures, store, feeds),
            alerts: StatusReport.Alerts(alerts.rows()),
            feeds: feeds,
            releaseCosts: StatusReport.ReleaseCosts(releaseCosts()),
            sources: sources.map { report($0, now) },
            sourcesCount: figures.sources,
            troubledSources: intake.troubledSources(limit: Rooms.sourcesMax).map { report($0, now) }
        )
    }

    /// Samples and current values as of now.
    var history: History { History(store.snapshot(), asOf: clock()) }

    /// Series with their current values; those of an asset from which nothing is heard any more are stale.
    func series(_ question: QueryWords) throws -> [SeriesRow] {
        var rows = history.series(try question.selector(), limit: try question.count("limit", or: 1000))
        let sources = intake.sources(limit: Rooms.staleSourcesMax)
        let silent = Set(sources.filter(\.isStale).map(\.name))
            .subtracting(sources.filter { !$0.isStale }.map(\.name))
        for index in rows.indices where rows[index].quality != nil && silent.contains(rows[index].asset) {
            rows[index].quality = Quality.stale.word
        }
        return rows
    }

    /// As many as the intake tells apart.
    private static let staleSourcesMax = 10_000

    /// What the machines do.
    public func machines() -> [MachineRow] {
        let now = clock()
        let snapshot = store.snapshot()
        return plant.machines.filter { $0.asOf > .distantPast }.map { line in
            MachineRow(
                machine: line.key.asset,
                site: line.key.site,
                state: line.state.map { snapshot.text($0) },
                stateSeconds: line.stateSince.map { seconds(from: $0, to: now) },
                good: line.good.made,
                reject: line.reject.made,
                time: line.asOf.iso8601,
                ageSeconds: seconds(from: line.asOf, to: now)
            )
        }
    }

    // MARK: Parts of the status

    private func findings(_ link: LinkStatus, _ store: StoreStatus, _ feeds: [StatusReport.Feed]) -> [String]
    {
        var findings: [String] = []
        let now = clock()
        if !Intake.isSet(now) {
            findings.append(
                "clock: it stands at \(now.iso8601); set it, e.g. let chronyd or systemd-timesyncd ask the network. "
                    + "\(intake.status.timeless) messages wait for it, and nothing is released"
            )
        }
        if link.state != .online {
            findings.append("broker: \(link.lastError ?? "the link is \(link.state.word)")")
        } else if let error = link.lastError {
            findings.append("broker: \(error)")
        }
        if let voice = sparkplug(), voice.state != .online, link.state == .online {
            findings.append("sparkplug: \(voice.lastError ?? "the host's link is \(voice.state.word)")")
        }
        for certificate in link.certificates {
            if let warning = certificate.warning(at: now) {
                findings.append("certificate: \(certificate.file) \(warning)")
            }
        }
        if let fault = store.fault { findings.append("store: \(fault)") }
        if let fault = letters.status.fault { findings.append("dead letters: \(fault)") }
        for feed in feeds {
            if let fault = feed.fault { findings.append("feed \(feed.agreement)/\(feed.grant): \(fault)") }
        }
        return findings + stockFindings() + faults() + alerts.faults()
    }

    private func report(_ link: LinkStatus, _ now: Instant) -> StatusReport.Broker {
        StatusReport.Broker(
            address: link.address,
            managed: managedListen != nil,
            state: link.state.word,
            since: link.since.iso8601,
            lastError: link.lastError,
            reconnects: link.reconnects,
            messages: link.messages,
            messagesPerSecond: messageRate(),
            lastMessageAgeSeconds: link.lastMessageAt.map { seconds(from: $0, to: now) },
            lagMsP50: link.lagMsP50,
            lagMsP99: link.lagMsP99,
            listen: managedListen
        )
    }

    private func report(_ intake: IntakeStatus, _ store: StoreStatus) -> StatusReport.Intake {
        let kept = letters.status
        return StatusReport.Intake(
            readings: intake.readings,
            files: intake.files,
            duplicates: store.duplicates,
            redelivered: intake.redelivered,
            deadLetters: intake.dead,
            deadByReason: Dictionary(
                uniqueKeysWithValues: intake.deadByReason.map { ($0.key.rawValue, $0.value) }
            ),
            topDeadReason: intake.deadTopReason?.rawValue,
            lettersKept: kept.kept,
            lettersGone: kept.gone
        )
    }

    private func discards(
        _ link: LinkStatus,
        _ intake: IntakeStatus,
        _ store: StoreStatus,
        _ feeds: [StatusReport.Feed]
    ) -> [String: UInt64] {
        let all = [
            "broker_queue": link.brokerDropped ?? 0,
            "dead": intake.dead,
            "duplicate": store.duplicates,
            "redelivered": intake.redelivered,
            "ignored": intake.ignored,
            "empty": intake.empty,
            "unasked": intake.unasked,
            "ring_overwrite": store.segmentsOvertaken,
            "letter_overwrite": letters.status.gone,
            "clock_unset": intake.timelessDropped,
            "movement_marks": intake.movementMarksForgotten,
            "withheld": feeds.reduce(0) { $0 + UInt64($1.withheld) },
        ]
        return all.filter { $0.value > 0 }
    }

    private func report(_ store: StoreStatus) -> StatusReport.Store {
        StatusReport.Store(
            usedBytes: store.usedBytes,
            budgetBytes: store.budgetBytes,
            seriesCount: store.seriesCount,
            seriesForgotten: store.seriesForgotten,
            samples: store.readingsStored,
            oldest: store.oldest?.iso8601,
            syncMsP99: store.commits > 0 ? store.syncMsP99 : nil,
            damaged: store.damaged,
            fault: store.fault
        )
    }

    private func report(_ feed: FeedStatus, pending: Int) -> StatusReport.Feed {
        StatusReport.Feed(
            partner: feed.partner,
            agreement: feed.agreement,
            grant: feed.grant,
            topic: feed.topic,
            lastBucketEnd: feed.lastBucketEnd?.iso8601,
            nextDue: feed.nextDue.iso8601,
            released: feed.releasedCount,
            withheld: feed.withheldCount,
            lastWithheld: feed.lastWithheld,
            pending: pending,
            fault: feed.fault
        )
    }

    private func report(_ source: SourceStatus, _ now: Instant) -> StatusReport.Source {
        StatusReport.Source(
            name: source.name,
            rule: source.rule,
            messages: source.messages,
            lastSeenAgeSeconds: source.lastSeen == .distantPast
                ? nil : seconds(from: source.lastSeen, to: now),
            rhythmSeconds: source.rhythmMs.map { Double($0) / 1000 },
            stale: source.isStale,
            clockSkewSeconds: source.isSkewed ? source.skewMs.map { Double($0) / 1000 } : nil
        )
    }

    func seconds(from earlier: Instant, to later: Instant) -> Double {
        max(0, Double(later.msSince(earlier)) / 1000)
    }
}

extension StatusReport.ReleaseCosts {
    fileprivate init?(_ costs: ReleaseCosts) {
        guard costs.count > 0 else { return nil }
        let steps = ReleaseCosts.Step.allCases.map { ("\($0)", costs.microseconds($0)) }
        self.init(count: costs.count, microseconds: Dictionary(uniqueKeysWithValues: steps))
    }
}
