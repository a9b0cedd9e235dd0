import Readings

/// Everything that `tsunagi status` shows, and the stock, as figures for Prometheus.
///
/// Names begin with `tsunagi_`; times are seconds, sizes bytes; counters count from the daemon's start unless the
/// status tells otherwise. Reasons and texts are the operator's to read in `status`: here is a figure for each.
struct MetricsPage {
    private let report: StatusReport
    private let lines: [StockRow]

    init(_ report: StatusReport, stock: [StockRow]) {
        (self.report, lines) = (report, stock)
    }

    func text(_ form: MetricsWriter.Form) -> String {
        var page = MetricsWriter(form)
        gateway(&page)
        alerts(&page)
        broker(&page)
        intake(&page)
        sparkplug(&page)
        store(&page)
        stock(&page)
        feeds(&page)
        sources(&page)
        page.end()
        return page.text
    }

    private func gateway(_ page: inout MetricsWriter) {
        let facts = [("version", report.version), ("gateway", report.gateway)]
        page.info("tsunagi_build", "Version and id of the gateway.", facts)
        page.gauge(
            "tsunagi_healthy",
            "1 while all is well, 0 while the status is degraded.",
            report.state == "ok" ? 1 : 0
        )
        page.gauge(
            "tsunagi_findings",
            "What is wrong now; tsunagi status says it in words.",
            Double(report.findings.count)
        )
        page.gauge(
            "tsunagi_clock_set",
            "1 once the gateway's own clock is set.",
            report.clock == "set" ? 1 : 0
        )
        page.gauge("tsunagi_uptime_seconds", unit: "seconds", "Since the daemon began.", report.uptimeSeconds)
    }

    private func alerts(_ page: inout MetricsWriter) {
        guard let alerts = report.alerts else { return }
        page.gauge(
            "tsunagi_alerts_standing",
            "Alerts that stand, silenced ones too.",
            Double(alerts.standing)
        )
        page.gauge("tsunagi_alerts_open", "Of them those that nobody has acknowledged.", Double(alerts.open))
    }

    private func broker(_ page: inout MetricsWriter) {
        let link = report.broker
        page.gauge(
            "tsunagi_broker_online",
            "1 while the link to the broker stands.",
            link.state == "online" ? 1 : 0
        )
        page.gauge(
            "tsunagi_broker_faulty",
            "1 while the link has a trouble to tell of.",
            link.lastError == nil ? 0 : 1
        )
        page.counter("tsunagi_broker_reconnects", "Connections after the first one.", Double(link.reconnects))
        page.counter("tsunagi_messages", "Messages, durable and acknowledged.", Double(link.messages))
        page.gauge(
            "tsunagi_messages_per_second",
            "Messages per second, over the last ten seconds.",
            link.messagesPerSecond
        )
        page.gauge(
            "tsunagi_last_message_age_seconds",
            unit: "seconds",
            "Since the last message.",
            link.lastMessageAgeSeconds
        )
        let lags = [("50", link.lagMsP50), ("99", link.lagMsP99)]
        page.gauge(
            "tsunagi_message_lag_seconds",
            unit: "seconds",
            "From reading a message to its acknowledgement, over the last minute.",
            lags.compactMap { share, ms in ms.map { ([("percentile", share)], $0 / 1000) } }
        )
    }

    private func intake(_ page: inout MetricsWriter) {
        let intake = report.intake
        page.counter("tsunagi_readings", "Readings made of messages and files.", Double(intake.readings))
        page.counter("tsunagi_files", "Dropped files that were read.", Double(intake.files))
        page.counter(
            "tsunagi_dead_letters",
            "Messages and readings that came to nothing, by why; survives restarts.",
            MetricsPage.points("reason", intake.deadByReason)
        )
        page.gauge("tsunagi_dead_letters_kept", "Dead letters in their ring.", Double(intake.lettersKept))
        page.counter(
            "tsunagi_discards",
            "Everything that came or was there and is not kept, by why.",
            MetricsPage.points("reason", report.discards)
        )
    }

    private func sparkplug(_ page: inout MetricsWriter) {
        guard let host = report.sparkplug else { return }
        page.gauge("tsunagi_sparkplug_nodes", "Sparkplug's edge nodes, heard of.", Double(host.nodes))
        page.gauge("tsunagi_sparkplug_nodes_online", "Of them alive.", Double(host.nodesOnline))
        page.gauge(
            "tsunagi_sparkplug_devices",
            "Sparkplug's devices, born at some time.",
            Double(host.devices)
        )
        page.gauge("tsunagi_sparkplug_devices_online", "Of them alive.", Double(host.devicesOnline))
        page.counter(
            "tsunagi_sparkplug_rebirths",
            "Requests for births, made and not made.",
            [
                ([("asked", "yes")], Double(host.rebirthsAsked)),
                ([("asked", "no")], Double(host.rebirthsUnasked)),
            ]
        )
        page.counter("tsunagi_sparkplug_held", "Messages that waited for others.", Double(host.held))
        page.counter("tsunagi_sparkplug_gaps", "Gaps that were not closed in time.", Double(host.gaps))
        page.counter(
            "tsunagi_sparkplug_complaints",
            "What nodes do that the specification does not want, by kind.",
            MetricsPage.points("kind", host.complaints)
        )
    }

    private func store(_ page: inout MetricsWriter) {
        let store = report.store
        page.gauge(
            "tsunagi_store_used_bytes",
            unit: "bytes",
            "Of the budget, what holds something.",
            Double(store.usedBytes)
        )
        page.gauge(
            "tsunagi_store_budget_bytes",
            unit: "bytes",
            "All files of the store.",
            Double(store.budgetBytes)
        )
        page.gauge("tsunagi_store_series", "Series that are known.", Double(store.seriesCount))
        page.counter(
            "tsunagi_store_series_forgotten",
            "Series that all rings have forgotten.",
            Double(store.seriesForgotten)
        )
        page.counter("tsunagi_store_samples", "Samples that were committed.", Double(store.samples))
        page.gauge(
            "tsunagi_store_oldest_timestamp_seconds",
            unit: "seconds",
            "The earliest stamp that is still there.",
            store.oldest.flatMap { MetricsPage.seconds($0) }
        )
        page.gauge(
            "tsunagi_store_sync_seconds",
            unit: "seconds",
            "How long a commit takes to reach the disk, of the last 512.",
            store.syncMsP99.map { [([("percentile", "99")], $0 / 1000)] } ?? []
        )
        page.gauge("tsunagi_store_damaged_places", "Places that were found damaged.", Double(store.damaged))
        page.gauge("tsunagi_store_faulty", "1 while the store has a fault.", store.fault == nil ? 0 : 1)
    }

    /// The ledger's lines: what movements and counts come to is in no series.
    private func stock(_ page: inout MetricsWriter) {
        func each(_ value: (StockRow) -> Double?) -> MetricsWriter.Points {
            lines.compactMap { row in
                let labels = [
                    ("item", row.item), ("site", row.site), ("location", row.location),
                    ("lot", row.lot ?? ""), ("unit", row.unit),
                ]
                return value(row).map { (labels, $0) }
            }
        }
        page.gauge(
            "tsunagi_stock_on_hand",
            "What lies there, in its unit; may be negative.",
            each { $0.quantity }
        )
        page.gauge(
            "tsunagi_stock_consumption_per_day",
            "What left a day, in its unit, over today and the seven days before.",
            each { $0.consumptionPerDay }
        )
        page.gauge(
            "tsunagi_stock_cover_seconds",
            unit: "seconds",
            "How long it lasts at that rate.",
            each { $0.coverDays.map { $0 * 86_400 } }
        )
        page.gauge(
            "tsunagi_stock_last_reading_age_seconds",
            unit: "seconds",
            "Since the latest stamp that is part of it.",
            each { $0.ageSeconds }
        )
    }

    private func feeds(_ page: inout MetricsWriter) {
        func each(_ value: (StatusReport.Feed) -> Double?) -> MetricsWriter.Points {
            report.feeds.compactMap { feed in
                value(feed).map {
                    ([("partner", feed.partner), ("agreement", feed.agreement), ("grant", feed.grant)], $0)
                }
            }
        }
        page.counter("tsunagi_feed_released", "Buckets that left with values.", each { Double($0.released) })
        page.counter("tsunagi_feed_withheld", "Buckets that left without.", each { Double($0.withheld) })
        page.gauge(
            "tsunagi_feed_pending",
            "Releases that no broker has confirmed yet.",
            each { Double($0.pending) }
        )
        page.gauge("tsunagi_feed_faulty", "1 while the feed has a fault.", each { $0.fault == nil ? 0 : 1 })
        page.gauge(
            "tsunagi_feed_last_bucket_end_timestamp_seconds",
            unit: "seconds",
            "The end of the last bucket that was decided.",
            each { $0.lastBucketEnd.flatMap { MetricsPage.seconds($0) } }
        )
        page.gauge(
            "tsunagi_feed_next_due_timestamp_seconds",
            unit: "seconds",
            "When the next bucket leaves.",
            each { MetricsPage.seconds($0.nextDue) }
        )
        guard let costs = report.releaseCosts else { return }
        page.gauge("tsunagi_releases_costed", "Releases whose cost was measured.", Double(costs.count))
        page.gauge(
            "tsunagi_release_cost_seconds",
            unit: "seconds",
            "What one release costs of the CPU, by step.",
            costs.microseconds.sorted { $0.key < $1.key }.map { ([("step", $0.key)], $0.value / 1_000_000) }
        )
    }

    private func sources(_ page: inout MetricsWriter) {
        let listed = Set(report.sources.map { [$0.rule, $0.name] })
        let all = report.sources + report.troubledSources.filter { !listed.contains([$0.rule, $0.name]) }
        func each(_ value: (StatusReport.Source) -> Double?) -> MetricsWriter.Points {
            all.compactMap { source in
                value(source).map { ([("source", source.name), ("rule", source.rule)], $0) }
            }
        }
        page.gauge(
            "tsunagi_sources",
            "Sources that are told apart; at most a hundred are listed.",
            Double(report.sourcesCount)
        )
        page.counter("tsunagi_source_messages", "Messages of a source.", each { Double($0.messages) })
        page.gauge(
            "tsunagi_source_last_seen_age_seconds",
            unit: "seconds",
            "Since the source's last message.",
            each { $0.lastSeenAgeSeconds }
        )
        page.gauge(
            "tsunagi_source_rhythm_seconds",
            unit: "seconds",
            "The longest pause that the source has made lately.",
            each { $0.rhythmSeconds }
        )
        page.gauge(
            "tsunagi_source_stale",
            "1 while it is silent for three times its rhythm.",
            each { $0.stale ? 1 : 0 }
        )
        page.gauge(
            "tsunagi_source_clock_skew_seconds",
            unit: "seconds",
            "How far its clock is behind ours, where that is more than a minute.",
            each { $0.clockSkewSeconds }
        )
    }

    // MARK: Figures

    private static func points(_ label: String, _ counts: [String: UInt64]) -> MetricsWriter.Points {
        counts.sorted { $0.key < $1.key }.map { ([(label, $0.key)], Double($0.value)) }
    }

    /// Since 1970.
    private static func seconds(_ stamp: String) -> Double? {
        Instant(iso8601: stamp).map { Double($0.milliseconds) / 1000 }
    }
}
