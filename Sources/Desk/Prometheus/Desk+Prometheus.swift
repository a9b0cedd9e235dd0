import Hummingbird
import PromQL
import Readings
import RingStore

/// The store as a data source of Grafana and of whoever else asks Prometheus's questions.
extension Desk {
    /// Adds `/api/v1/…`, by GET and by POST of a form, to a router or to a group of one.
    ///
    /// Everything here only reads. Answers and refusals have the form and the status of Prometheus 2.42; what costs
    /// more than a look takes one of the desk's seats.
    func prometheus<Context: RequestContext>(on routes: some RouterMethods<Context>) {
        let api = routes.group("api/v1")
        add("query", to: api) { (question) throws(PromRefusal) in
            let answer = try answer(try question.query(), at: try question.instant(), question)
            return PromReply(answer, isRange: false)
        }
        add("query_range", to: api) { (question) throws(PromRefusal) in
            let answer = try answer(try question.query(), at: try question.range(), question)
            return PromReply(answer, isRange: true)
        }
        add("series", to: api) { (question) throws(PromRefusal) in
            guard try !question.selectors().isEmpty else { throw .badData("no match[] parameter provided") }
            return PromReply(try series(question).prefix(question.limit).map(\.labels))
        }
        add("labels", to: api) { (question) throws(PromRefusal) in
            let names = Set(try series(question).flatMap { $0.labels.labels.map(\.name) })
            return PromReply(names.sorted().prefix(question.limit))
        }
        api.get("label/:name/values") { request, context in
            let name = FormWords.decoded(context.parameters.get("name") ?? "")
            return try await reply(to: request) { (question) throws(PromRefusal) in
                let values = Set(try series(question).map { $0.labels[name] }).subtracting([""])
                return PromReply(values.sorted().prefix(question.limit))
            }
        }
        add("metadata", to: api) { question in PromReply(metadata(question)) }
        add("status/buildinfo", to: api) { _ in
            // Whoever asks wants to know which PromQL is spoken here.
            PromReply([
                ("version", "2.42.0"), ("revision", "tsunagi \(rooms.version)"), ("branch", ""),
                ("buildUser", ""),
                ("buildDate", ""), ("goVersion", ""),
            ])
        }
    }

    private typealias Answer = @Sendable (PromQuestion) throws(PromRefusal) -> PromReply

    private func add<Context: RequestContext>(
        _ path: RouterPath,
        to api: RouterGroup<Context>,
        _ make: @escaping Answer
    ) {
        api.get(path) { request, _ in try await reply(to: request, make) }
        api.post(path) { request, _ in try await reply(to: request, make) }
    }

    /// A form may not be longer; a query may not either.
    private static let formBytesMax = 64 << 10

    private func reply(to request: Request, _ make: Answer) async throws -> Response {
        var words = FormWords(request.uri.query ?? "")
        if request.method == .post {
            var request = request
            let form = try await request.collectBody(upTo: Desk.formBytesMax)
            words = words.adding(FormWords(String(buffer: form)))
        }
        let question = PromQuestion(words: words, now: rooms.clock())
        let seat = try await counter.wait()
        do throws(PromRefusal) {
            guard let seat else { throw .busy }
            defer { seat.leave() }
            return json(try make(question), .ok)
        } catch {
            return json(PromReply(error), HTTPResponse.Status(code: error.kind.status))
        }
    }

    private func json(_ reply: PromReply, _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.bytes))
        )
    }

    // MARK: Answers

    private func answer(
        _ query: PromQuery,
        at grid: Grid,
        _ question: PromQuestion
    ) throws(PromRefusal) -> PromQuery.Answer {
        let limits = try question.limits()
        let end = ContinuousClock.now + .seconds(limits.seconds)
        do throws(PromFailure) {
            return try query.answer(at: grid, over: rooms.store.snapshot(), limits: limits) {
                ContinuousClock.now > end
            }
        } catch {
            throw PromRefusal(error)
        }
    }

    /// What `match[]` selects, each series once, or all; a text with the state that it is in.
    private func series(_ question: PromQuestion) throws(PromRefusal) -> [(series: Series, labels: LabelSet)]
    {
        let selectors = try question.selectors()
        let snapshot = rooms.store.snapshot()
        var found: [(series: Series, labels: LabelSet)] = []
        if selectors.isEmpty {
            found = snapshot.series.map { ($0, SeriesLabels.labels(of: $0)) }
        } else {
            var seen: Set<SeriesID> = []
            for selector in selectors {
                do throws(PromFailure) {
                    found += try selector.series(in: snapshot).filter { seen.insert($0.series.id).inserted }
                } catch {
                    throw PromRefusal(error)
                }
            }
        }
        for index in found.indices where found[index].series.type == .text {
            guard case .text(let id)? = snapshot.latest(found[index].series.id)?.value else { continue }
            found[index].labels = found[index].labels.with(SeriesLabels.state, snapshot.text(id))
        }
        return found
    }

    /// By metric: what its series are, each kind and unit once.
    private func metadata(
        _ question: PromQuestion
    ) -> [(metric: String, entries: [(type: String, help: String, unit: String)])] {
        var kinds: [String: Set<MetricKind>] = [:]
        let wanted = question.words["metric"]
        for series in rooms.store.snapshot().series where wanted == nil || series.key.metric == wanted {
            let kind = MetricKind(kind: series.kind, type: series.type, unit: series.unit)
            kinds[series.key.metric, default: []].insert(kind)
        }
        return kinds.sorted { $0.key < $1.key }.prefix(question.limit).map { metric, kinds in
            (metric, kinds.map { ($0.word, $0.help, $0.unit) }.sorted { ($0.0, $0.2) < ($1.0, $1.2) })
        }
    }
}

/// What tells series of one metric apart but for their labels.
private struct MetricKind: Hashable {
    var kind: Kind
    var type: ValueType
    var unit: String

    /// The type in Prometheus's words.
    var word: String {
        if type == .text { return "stateset" }
        return kind == .counter ? "counter" : "gauge"
    }

    var help: String {
        switch (kind, type) {
        case (_, .text): "1 for the text in the label state, 0 while it is another"
        case (_, .flag): "1 for yes, 0 for no"
        case (.delta, _): "a movement, counted once; sum_over_time adds movements up"
        default: kind.word
        }
    }
}
