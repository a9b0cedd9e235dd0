import Desk
import HTTPTypes
import Hummingbird
import Readings
import RingStore
import ServiceLifecycle

extension Board {
    /// The pages, their charts and what changes on them.
    func routes(_ router: Router<Visit>) {
        router.get("healthz") { _, _ in
            let state = painter.rooms.status().state
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: state + "\n"))
            )
        }
        router.get("/") { request, visit in
            try page(visit.caller.partner.map { .partner($0) } ?? .overview, request, visit)
        }
        for name in ["item", "machine", "partner"] {
            router.get(RouterPath(name)) { request, visit in
                guard let topic = Topic(name, try words(of: request)) else { throw Refusal(.badRequest) }
                return try page(topic, request, visit)
            }
        }
        router.get("live") { request, visit in try stream(request, visit) }
        let operators = router.group().add(middleware: OperatorsOnly())
        operators.get("chart") { request, _ in try chart(request) }
        operators.post("count") { request, visit in try count(request, visit) }
        operators.post("acknowledge") { request, visit in
            let name = visit.caller.name.isEmpty ? "board" : visit.caller.name
            do {
                _ = try await painter.rooms.alerts.acknowledge(visit.form["alert"] ?? "", name)
            } catch let refusal as AlertRefusal {
                let note = Painter.Note(text: refusal.description, isTrouble: true)
                return try page(.overview, request, visit, note: note)
            }
            return Response(seeing: "/")
        }
    }

    private func page(_ topic: Topic, _ request: Request, _ visit: Visit, note: Painter.Note? = nil) throws
        -> Response
    {
        guard topic.isOpen(to: visit.caller) else { throw Refusal(.notFound) }
        var style = Painter.Style(visit.language)
        style.token = visit.token
        style.note = note
        style.words = try words(of: request)
        if let counted = style.words["counted"], style.note == nil {
            style.note = Painter.Note(
                text: visit.language("Taken: \(counted)", "登録しました: \(counted)"),
                isTrouble: false
            )
        }
        // Before the page is drawn: what changes from now on is known to whoever reads on.
        live.open(Live.Channel(topic: topic, say: visit.language))
        guard let sheet = painter.paint(topic, style) else { throw Refusal(.notFound) }
        let partners = visit.caller.isOperator ? painter.partners : []
        let shell = Shell(visit: visit, gateway: painter.rooms.gateway, partners: partners)
        let title = painter.title(topic, visit.language)
        let html = shell.page(topic, title: title, sheet, hasCharts: painter.hasCharts)
        return Response(html: html, status: note?.isTrouble == true ? .badRequest : .ok)
    }

    /// What changes on a page, for as long as somebody looks.
    private func stream(_ request: Request, _ visit: Visit) throws -> Response {
        let words = try words(of: request)
        guard let topic = Topic(words["page"] ?? "", words), topic.isOpen(to: visit.caller) else {
            throw Refusal(.notFound)
        }
        let last = request.headers[.lastEventID] ?? words["since"] ?? ""
        let channel = Live.Channel(topic: topic, say: visit.language)
        guard live.takes(channel) else { throw Refusal(.serviceUnavailable) }
        let reader = LiveReader(visit.connection) { [self] in
            visit.session.map { isStanding($0, visit.caller) } ?? true
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                await live.tell(reader, of: channel, since: Int64(last) ?? 0)
                try await writer.finish(nil)
            }
        )
    }

    /// The points of a chart between two instants.
    private func chart(_ request: Request) throws -> Response {
        let words = try words(of: request)
        guard let subject = ChartSubject(words), let from = words["from"].flatMap({ Int64($0) }),
            let to = words["to"].flatMap({ Int64($0) }), from < to, from > -62_135_596_800_000,
            to < 253_402_300_800_000
        else { throw Refusal(.badRequest) }
        let line: ChartLine?
        do throws(StoreFailure) {
            line = try painter.line(
                subject,
                from: Instant(milliseconds: from),
                to: Instant(milliseconds: min(to, painter.rooms.clock().milliseconds))
            )
        } catch {
            throw Refusal(.serviceUnavailable, "\(error)")
        }
        guard let line else { throw Refusal(.notFound) }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: line.json(painter.time)))
        )
    }

    /// Takes what somebody counted, and shows the item.
    private func count(_ request: Request, _ visit: Visit) throws -> Response {
        let words = visit.form.filter { !$0.value.isEmpty }
        let item = words["item"] ?? ""
        func back(_ trouble: String) throws -> Response {
            let note = Painter.Note(text: trouble, isTrouble: true)
            let topic = Topic.item(item)
            let isKnown = painter.paint(topic, Painter.Style(visit.language)) != nil
            return try page(isKnown ? topic : .overview, request, visit, note: note)
        }
        // Full-width digits, as a Japanese keyboard writes them, and digits in groups.
        let text = String(
            String.UnicodeScalarView((words["quantity"] ?? "").unicodeScalars.compactMap(Self.halfWidth))
        )
        guard let quantity = Double(text), quantity.isFinite, quantity >= 0 else {
            return try back(
                visit.language(
                    "“\(text)” is no count; write 412 or 12.5",
                    "「\(text)」は数ではありません。412 や 12.5 のように入力してください。"
                )
            )
        }
        let wish = CountWish(
            item: item,
            quantity: quantity,
            site: words["site"],
            location: words["location"],
            lot: words["lot"],
            at: painter.rooms.clock()
        )
        do throws(CountRefusal) {
            _ = try painter.rooms.count(wish)
        } catch {
            return try back(error.description)
        }
        let say = visit.language
        return Response(seeing: "\(Topic.item(item).place)&counted=\(WebWords.escaped(say.number(quantity)))")
    }

    private static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0xFF10...0xFF19: Unicode.Scalar(scalar.value - 0xFF10 + 0x30)
        case 0xFF0E: "."
        case 0x2C, 0xFF0C, 0x20, 0x3000: nil
        default: scalar
        }
    }

    private func words(of request: Request) throws -> [String: String] {
        guard let words = WebWords.words(request.uri.query ?? "") else { throw Refusal(.badRequest) }
        return words
    }
}
