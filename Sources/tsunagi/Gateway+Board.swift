import Board
import Desk
import Disclosure
import Logging
import ServiceLifecycle
import Settings
import Sharing
import Synchronization

/// The page for people.
extension Gateway {
    /// The board, if there is to be one, as a service.
    ///
    /// - Throws: ``Trouble`` when its certificate or its book of users cannot be read.
    func boards(_ rooms: Rooms, _ desk: Desk, _ logger: Logger) throws(Trouble)
        -> [ServiceGroupConfiguration.ServiceConfiguration]
    {
        guard let choice = settings.board else { return [] }
        var options = BoardOptions(
            host: choice.listen.host,
            port: choice.listen.port,
            folder: Links.Folders(of: settings).board
        )
        if let certificate = choice.certificateFile, let key = choice.keyFile {
            options.certificate = (certificate, key)
        }
        options.asksLogin = choice.asksLogin
        options.names = choice.names
        if let charts = choice.chartsFolder { options.charts = charts }
        do throws(BoardFailure) {
            let board = try Board(rooms, options, logger: logger) { routes in desk.programs(on: routes) }
            return [.init(service: board)]
        } catch {
            throw Trouble("error: \(error)")
        }
    }

    /// What has left to a partner under agreements that are active.
    func released(to partner: String) -> [ReleasedFeed] {
        clock.withLock { $0 }.agreements
            .filter { $0.recipient.id == partner && $0.status == .active }
            .flatMap { agreement in
                agreement.grants.map { grant in
                    ReleasedFeed(
                        agreement: agreement,
                        grant: grant,
                        shown: showcase.shown(agreement, grant)
                    )
                }
            }
    }
}
