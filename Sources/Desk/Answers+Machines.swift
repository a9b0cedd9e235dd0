import Plant
import Query
import Readings
import RingStore

/// What the desk says of the machines.
extension Rooms {
    private static let minuteMs: Int64 = 60_000

    /// What their time and pieces came to between two words such as `8h` and `now`, each cut to the minute: by site and
    /// asset.
    func accounts(from: String, to: String) throws(QueryFailure) -> [AccountRow] {
        let now = clock()
        let first = try TimeWords.instant(from, now: now).floored(toMs: Rooms.minuteMs)
        let last = min(try TimeWords.instant(to, now: now), now).floored(toMs: Rooms.minuteMs)
        guard first < last else { throw .emptyRange }
        let view = plant.view(over: store.snapshot())
        var rows: [AccountRow] = []
        for line in plant.machines {
            do throws(StoreFailure) {
                let account = try view.account(
                    of: line.key,
                    from: first,
                    to: last,
                    offsetSeconds: offsetSeconds
                )
                if let account { rows.append(AccountRow(account)) }
            } catch {
                throw .store("\(error)")
            }
        }
        return rows
    }
}
