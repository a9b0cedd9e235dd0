import Desk
import Disclosure
import Readings
import Sharing
import Synchronization

/// Disaster modes, as operators ask for them.
extension Gateway {
    func disaster(_ wish: DisasterWish) throws(DisasterRefusal) -> DisasterRow {
        let agreements = clock.withLock { $0 }.agreements
        guard let agreement = agreements.first(where: { $0.id == wish.agreement }) else {
            let known = agreements.filter { $0.emergency != nil }.map(\.id).joined(separator: ", ")
            throw DisasterRefusal(
                "no agreement \"\(wish.agreement)\"; with an emergency clause there are: \(known.isEmpty ? "none" : known)"
            )
        }
        var lasting: Period?
        if let text = wish.lasting {
            guard let period = Period(text) else {
                throw DisasterRefusal("\"\(text)\" is no length of time, e.g. PT12H, P3D")
            }
            lasting = period
        }
        let now = WallClock.now
        do {
            switch wish.step {
            case .start:
                return DisasterRow(
                    try emergencies.request(
                        agreement,
                        grants: wish.grants,
                        by: wish.name,
                        lasting: lasting,
                        now: now
                    )
                )
            case .approve: return DisasterRow(try emergencies.approve(agreement, by: wish.name, now: now))
            case .end: return DisasterRow(try emergencies.end(agreement, now: now))
            }
        } catch {
            throw DisasterRefusal("\(error)")
        }
    }

    /// Says in a line of `status` that a disaster mode is on.
    static func words(_ mode: EmergencyMode) -> String {
        "disaster mode: \(mode.grants.joined(separator: ", ")) of \(mode.agreement) leave exactly until "
            + (mode.until?.iso8601 ?? "it is ended")
    }
}
