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

    /// More dead letters than this are not told at once.
    static let lettersMax = 100

    /// How the gateway is.
    func status() -> StatusReport {
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
            uptimeSeconds: seconds(from: started, to: now),
            broker: report(link, now),
            intake: report(figures, store),
            store: report(store),
            feeds: feeds,
            sources: sources.map { report($0, now) },
            sourcesCount: figures.sources
        )
    }

    /// Samples and current values as of now.
    var history: History { History(store.snapshot(), asOf: clock()) }

    /// What the machines do.
    func machines() -> [MachineRow] {
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

    /// The latest dead letters, newest first.
    func dead() -> [DeadLetterRow] {
        intake.deadLetters(limit: Rooms.lettersMax).map { letter in
            DeadLetterRow(
                time: letter.time.iso8601,
                topic: letter.topic,
                rule: letter.rule,
                reason: letter.reason.rawValue,
                detail: letter.detail,
                fix: letter.reason.usualFix,
                bytes: letter.bytes,
                count: letter.count,
                payload: letter.payloadText ?? "base64:" + DeadLetterFeed.base64(letter.payload)
            )
        }
    }

    // MARK: Parts of the status

    private func findings(_ link: LinkStatus, _ store: StoreStatus, _ feeds: [StatusReport.Feed]) -> [String]
    {
        var findings: [String] = []
        if link.state != .online {
            findings.append("broker: \(link.lastError ?? "the link is \(link.state.word)")")
        } else if let error = link.lastError {
            findings.append("broker: \(error)")
        }
        if let fault = store.fault { findings.append("store: \(fault)") }
        for feed in feeds {
            if let fault = feed.fault { findings.append("feed \(feed.agreement)/\(feed.grant): \(fault)") }
        }
        return findings + stockFindings() + faults()
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
        StatusReport.Intake(
            readings: intake.readings,
            files: intake.files,
            duplicates: store.duplicates,
            redelivered: intake.redelivered,
            deadLetters: intake.dead,
            deadByReason: Dictionary(
                uniqueKeysWithValues: intake.deadByReason.map { ($0.key.rawValue, $0.value) }
            ),
            topDeadReason: intake.deadTopReason?.rawValue
        )
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
            lastSeenAgeSeconds: seconds(from: source.lastSeen, to: now)
        )
    }

    func seconds(from earlier: Instant, to later: Instant) -> Double {
        max(0, Double(later.msSince(earlier)) / 1000)
    }
}
