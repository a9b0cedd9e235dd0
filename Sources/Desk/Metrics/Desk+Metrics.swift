import Hummingbird

/// The gateway's own figures, for a Prometheus that watches it.
extension Desk {
    /// Adds `/metrics` to a router or to a group of one: OpenMetrics to who accepts it and to who says nothing of
    /// what it accepts, else the older text format.
    func metrics<Context: RequestContext>(on routes: some RouterMethods<Context>) {
        routes.get("metrics") { request, _ in
            let accepted = request.headers[.accept] ?? "*/*"
            let isOpen = accepted.contains("application/openmetrics-text") || accepted == "*/*"
            let form: MetricsWriter.Form = isOpen ? .openMetrics : .text
            let page = MetricsPage(rooms.status(), stock: rooms.stock())
            return Response(
                status: .ok,
                headers: [.contentType: form.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page.text(form)))
            )
        }
    }
}
