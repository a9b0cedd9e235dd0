import FoundationEssentials
public import Hummingbird
public import Logging
import Query
import Readings
import RingStore
import ServiceLifecycle
import Synchronization

/// The counter at which operators ask: HTTP on a Unix socket, JSON out; what is to be done is asked for by POST.
public struct Desk: Sendable {
    let rooms: Rooms
    let counter = Counter(seats: 2)

    /// Made of its parts.
    public init(_ rooms: Rooms) {
        self.rooms = rooms
    }

    /// The service that answers at `socket`; whoever may open the socket may ask.
    public func application(socket: String, logger: Logger) -> some ApplicationProtocol {
        Application(
            router: router(),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket),
                serverName: "tsunagi"
            ),
            logger: logger
        )
    }

    /// Adds what programs ask, `/metrics` and Prometheus's `/api/v1`, to routes that have a login in front of them.
    public func programs<Context: RequestContext>(on routes: some RouterMethods<Context>) {
        prometheus(on: routes)
        metrics(on: routes)
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        prometheus(on: router)
        metrics(on: router)
        let v1 = router.group("v1")
        v1.get("status") { _, _ in try json(rooms.status()) }
        v1.get("stock") { _, _ in try json(rooms.stock()) }
        v1.get("machines") { _, _ in try json(rooms.machines()) }
        v1.get("accounts") { request, _ in
            let words = words(of: request)
            guard let seat = counter.take() else { return try busy() }
            defer { seat.leave() }
            return try await answer {
                try json(rooms.accounts(from: words["from"] ?? "8h", to: words["to"] ?? "now"))
            }
        }
        share(v1)
        alerts(v1)
        v1.post("count") { request, _ in
            do {
                let count = try rooms.count(try CountWish(words(of: request), now: rooms.clock()))
                return try json(count)
            } catch let failure as CountRefusal {
                return try refusal(failure.description, failure.isFault ? .serviceUnavailable : .badRequest)
            }
        }
        v1.get("dead") { request, _ in
            try await answer { try json(rooms.dead(try LetterQuestion(words(of: request)))) }
        }
        v1.post("dead/replay") { request, _ in
            try await answer { try json(try await rooms.replay(try LetterQuestion(words(of: request)))) }
        }
        v1.get("sparkplug/nodes") { _, _ in
            try await answer { try json(try await rooms.sparkplugNodes()) }
        }
        v1.post("sparkplug/rebirth") { request, _ in
            try await answer { try json(try await rooms.sparkplugRebirth(words(of: request))) }
        }
        v1.post("sparkplug/command") { request, _ in
            try await answer { try json(try await rooms.sparkplugCommand(words(of: request))) }
        }
        v1.get("series") { request, _ in
            try await answer { try json(try rooms.series(QueryWords(words(of: request)))) }
        }
        v1.get("query") { request, _ in
            let question = QueryWords(words(of: request))
            guard let seat = counter.take() else { return try busy() }
            defer { seat.leave() }
            return try await answer { try json(rooms.history.query(try question.query(now: rooms.clock()))) }
        }
        v1.get("watch") { request, _ in
            let selector: Selector
            do throws(QueryFailure) {
                selector = try QueryWords(words(of: request)).selector()
            } catch {
                return try refusal(error.description)
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    try await watch(selector, writer: &writer)
                    try await writer.finish(nil)
                }
            )
        }
        return router
    }

    /// What changes what leaves, and what tells of it.
    private func share(_ v1: RouterGroup<BasicRequestContext>) {
        v1.post("reload") { request, _ in
            let words = words(of: request)
            let wish: ReloadWish =
                words["dry"] == "yes" ? .dry : words["confirmed"] == "yes" ? .confirmed : .unlessMoreLeaves
            return try json(await rooms.reload(wish))
        }
        v1.get("disaster") { _, _ in try json(rooms.disasters()) }
        v1.post("disaster") { request, _ in
            do {
                return try json(try rooms.disaster(try DisasterWish(words(of: request))))
            } catch let failure as DisasterRefusal {
                return try refusal(failure.description)
            }
        }
        v1.post("revoke") { request, _ in
            let words = words(of: request)
            return try json(await rooms.revoke(words["agreement"] ?? "", words["now"] == "yes"))
        }
        v1.post("partners") { request, _ in
            if let trouble = await rooms.readPartners(words(of: request)["cut"]) {
                return try refusal(trouble, .serviceUnavailable)
            }
            return try json([String: String]())
        }
        v1.get("share/examples") { request, _ in
            try await answer {
                try json(
                    (try rooms.examples(words(of: request)["agreement"] ?? "") ?? []).map { ShareExample($0) }
                )
            }
        }
    }

    /// Sends what is committed from now on, four times a second, until the asker hangs up.
    ///
    /// A cursor over the store: a slow reader falls behind and is moved forward; nobody waits for it.
    private func watch(_ selector: Selector, writer: inout any ResponseBodyWriter) async throws {
        var cursor = rooms.store.snapshot().cursor
        var machine = RegexMachine()
        // By id: a series is asked once, not with each of its samples.
        var isSelected: [SeriesID: Bool] = [:]
        var forgettings: UInt64 = 0
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            let snapshot = rooms.store.snapshot()
            let live = snapshot.live(after: cursor, limit: 10_000)
            cursor = live.cursor
            if snapshot.forgettings != forgettings {
                // An id may stand for another series now.
                isSelected.removeAll()
                forgettings = snapshot.forgettings
            }
            var text = ""
            for (id, sample) in live.rows {
                if isSelected[id] == false { continue }
                guard let series = snapshot.series(id) else { continue }
                if isSelected[id] == nil { isSelected[id] = selector.matches(series.key, with: &machine) }
                guard isSelected[id] == true else { continue }
                var row = SampleRow(sample, in: snapshot)
                row.path = series.key.path
                text += try string(row) + "\n"
            }
            // An empty line now and then finds out that nobody listens any more.
            try await writer.write(ByteBuffer(string: text.isEmpty ? "\n" : text))
            try await Task.sleep(for: .milliseconds(250))
        }
    }
}

/// How many may ask for history at once: each answer holds up to a million rows in memory.
final class Counter: Sendable {
    private let free: Atomic<Int>

    init(seats: Int) {
        free = Atomic(seats)
    }

    /// A seat, or nil while all are taken.
    func take() -> Seat? {
        if free.subtract(1, ordering: .relaxed).newValue >= 0 { return Seat(counter: self) }
        free.add(1, ordering: .relaxed)
        return nil
    }

    /// A seat, or nil when none became free in ten seconds: a dashboard asks for all of its panels at once.
    func wait() async throws -> Seat? {
        let end = ContinuousClock.now + .seconds(10)
        while true {
            if let seat = take() { return seat }
            if ContinuousClock.now > end { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct Seat {
        fileprivate let counter: Counter

        func leave() {
            counter.free.add(1, ordering: .relaxed)
        }
    }
}

private func busy() throws -> Response {
    var response = try json(
        Refusal(error: "two long questions are being answered already; ask again in a moment")
    )
    response.status = .serviceUnavailable
    return response
}

private struct Refusal: Encodable { let error: String }

/// A refusal with its text; the asker gets both as `{"error": …}`.
private func answer(_ make: () async throws -> Response) async throws -> Response {
    do {
        return try await make()
    } catch let failure as QueryFailure {
        return try refusal(failure.description)
    } catch let failure as DeskRefusal {
        return try refusal(failure.description)
    }
}

func refusal(_ text: String, _ status: HTTPResponse.Status = .badRequest) throws -> Response {
    var response = try json(Refusal(error: text))
    response.status = status
    return response
}

func json(_ value: some Encodable) throws -> Response {
    Response(
        status: .ok,
        headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: try string(value)))
    )
}

private func string(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// What stands behind the question mark.
func words(of request: Request) -> [String: String] {
    var words: [String: String] = [:]
    for (name, value) in request.uri.queryParameters { words[String(name)] = String(value) }
    return words
}
