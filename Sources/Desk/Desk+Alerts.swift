import Alerts
import Hummingbird

/// What the desk answers of alerts.
extension Desk {
    func alerts(_ v1: RouterGroup<BasicRequestContext>) {
        v1.get("alerts") { [rooms] _, _ in try json(rooms.alerts.answer()) }
        v1.post("alerts/ack") { [rooms] request, _ in
            try await answer {
                let words = words(of: request)
                let name = try AlertRefusal.name(words["by"])
                return try json(try await rooms.alerts.acknowledge(words["alert"] ?? "", name))
            }
        }
        v1.post("alerts/silence") { [rooms] request, _ in
            try await answer {
                let silence = try Silence(words(of: request), now: rooms.clock())
                return try json(try await rooms.alerts.silence(silence))
            }
        }
    }

    /// A refusal with its text; whoever asked gets both.
    private func answer(_ make: () async throws -> Response) async throws -> Response {
        do {
            return try await make()
        } catch let failure as AlertRefusal {
            return try refusal(failure.description)
        }
    }
}
