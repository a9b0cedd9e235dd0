/// VictoriaMetrics of Debian: one server, line protocol in, its own export and MetricsQL out.
///
/// A write is acknowledged from memory; there is no journal. Settled: `force_flush`, then `force_merge` until the
/// folder stops changing. On disk: `data` and `indexdb`, its caches left out.
final class VictoriaPeer: HTTPContestant {
    let name = "VictoriaMetrics"
    let program: String
    var server: LoopbackServer?
    private var folder = ""
    private var lines = LineBook(plain: 0)
    private var encoder = LineProtocol(LineBook(plain: 0))

    /// Nil when it is not installed.
    init?() {
        guard let program = Program.path("victoria-metrics") else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        server = try LoopbackServer(program, ready: "/health") { port in
            [
                "-storageDataPath", "\(folder)/victoria", "-httpListenAddr", "127.0.0.1:\(port)",
                // The recordings are years old.
                "-retentionPeriod", "100y",
                // A point may be asked for as soon as it came.
                "-search.latencyOffset", "0s",
                "-search.maxUniqueTimeseries", "2000000",
            ]
        }
        (self.folder, self.lines) = (folder, lines)
        encoder = LineProtocol(lines)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        try running().post("/write?precision=ms", body: encoder.bytes(samples))
    }

    func settle() throws {
        _ = try running().get("/internal/force_flush")
        _ = try running().get("/internal/force_merge")
        // The merge runs on behind the answer.
        try waitUntilResting(seconds: 3, secondsMax: 120)
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let query = "{__name__=~\"\(lines.prefix)_.*\",device=~\"\(lines.alternation(series))\"}"
        // Half a minute back from a moment right behind the last sample.
        let target = "/api/v1/query?nocache=1&time=\(Double(instant + 1) / 1000)&query=\(query.escaped)"
        return QueryAnswer.count("\"value\"", in: try running().get(target))
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let range = "start=\(Double(from) / 1000)&end=\(Double(to - 1) / 1000)"
        let target = "/api/v1/export?\(range)&match[]=\(selector(series).escaped)"
        return try ExportLine.samples(running().get(target))
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        let query = "rollup({__name__=~\"\(lines.prefix)_.*\",device=~\"\(lines.alternation(series))\"}[1m])"
        // A step covers the minute that ends with it.
        let range = "start=\(from / 1000 + 60)&end=\(to / 1000)&step=60s&nocache=1"
        let body = try running().get("/api/v1/query_range?\(range)&query=\(query.escaped)")
        // Each bucket is answered thrice: avg, min, max.
        return QueryAnswer.count("],[", in: body) / 3 + series.count
    }

    func bytesOnDisk() throws -> Int {
        ProcessFigures.bytes(below: "\(folder)/victoria/data")
            + ProcessFigures.bytes(below: "\(folder)/victoria/indexdb")
    }

    private func selector(_ series: Int) -> String {
        let device = lines.devices[lines.device[series]]
        return "{__name__=\"\(lines.prefix)_\(lines.item[series])\",device=\"\(device)\"}"
    }
}
