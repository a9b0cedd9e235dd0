import Alerts
import Bus
import Intake
import Logging
import ServiceLifecycle
import Settings
import Sharing

extension AlertWatch: Service {
    /// Looks and calls until the group shuts down.
    nonisolated func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [self] in
                try await Ticker {
                    let took = await ContinuousClock().measure { await self.look() }
                    return max(AlertWatch.rest, took * AlertWatch.restShare)
                }.run()
            }
            group.addTask { [self] in try await Ticker { await self.call() }.run() }
            try await group.waitForAll()
        }
    }

    /// The watch over a gateway.
    ///
    /// - Parameters:
    ///   - certificates: of all links to brokers.
    ///   - feeds: where each feed stands.
    ///   - waiting: see ``AlertSight/Rooms/waiting``.
    init(
        _ settings: Settings,
        _ ingest: Ingest,
        _ link: BusLink,
        _ publisher: BusPublisher,
        certificates: @escaping @Sendable () -> [CertificateStatus],
        feeds: @escaping @Sendable () -> [FeedStatus],
        waiting: @escaping @Sendable () -> [String: Int],
        logger: Logger
    ) {
        let folders = Links.Folders(of: settings)
        var own: [String] = []
        if case .managed(let choice) = settings.broker, choice.partnerListen != nil {
            own = [folders.authority.authorityFile, folders.authority.brokerFile]
        }
        own += [settings.board?.certificateFile].compactMap { $0 }
        let rooms = AlertSight.Rooms(
            plant: ingest.plant,
            store: ingest.store,
            sources: { [intake = ingest.intake] in intake.allSources },
            link: { link.status },
            certificates: { [own, book = folders.partners] in
                let partners = (try? book.all()) ?? []
                return certificates() + own.compactMap { CertificateStatus(file: $0) }
                    + partners.compactMap { partner in
                        partner.end.map {
                            CertificateStatus(file: book.certificateFile(of: partner.id), end: $0)
                        }
                    }
            },
            feeds: feeds,
            waiting: waiting,
            folder: absolute(folders.root),
            offsetSeconds: ZoneRules.offsetSeconds(of: settings.gateway.timezone) ?? { _ in 0 }
        )
        self.init(
            gateway: settings.gateway.id,
            folder: folders.root,
            settings.alerts,
            rooms: rooms,
            publish: { message, failed in
                publisher.publish(message) { result in
                    if case .failure = result { failed() }
                }
            },
            logger: logger
        )
    }
}
