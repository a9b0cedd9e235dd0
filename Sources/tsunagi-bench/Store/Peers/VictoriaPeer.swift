import Glibc

/// VictoriaMetrics of Debian: one server, line protocol in, its own export and MetricsQL out.
///
/// A write is acknowledged from memory; there is no journal. Settled: `force_flush`, then `force_merge` until the
/// folder stops changing. On disk: `data` and `indexdb`, its caches left out.
final class VictoriaPeer: ServerContestant {
    let name = "VictoriaMetrics"
    let devicesMax = Int.max
    let isInProcess = false
    let survivesKills = true
    let keepsTexts = false
    private let program: String
    private var server: ServerProcess?
    private var client = HTTPClient(port: 0)
    private var folder = ""
    private var lines = LineBook(plain: 0)
    private var encoder = LineProtocol(LineBook(plain: 0))

    /// Nil when it is not installed.
    init?() {
        guard let program = Program.path("victoria-metrics") else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        let port = try BenchBroker.freePort()
        let server = try ServerProcess([
            program, "-storageDataPath", "\(folder)/victoria", "-httpListenAddr", "127.0.0.1:\(port)",
            // The recordings are years old.
            "-retentionPeriod", "100y",
            // A point may be asked for as soon as it came.
            "-search.latencyOffset", "0s",
            "-search.maxUniqueTimeseries", "2000000",
        ])
        let client = HTTPClient(port: port)
        try server.wait(for: "victoria-metrics") { (try? client.request("GET", "/health")) != nil }
        (self.server, self.client, self.folder, self.lines) = (server, client, folder, lines)
        encoder = LineProtocol(lines)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        _ = try client.request("POST", "/write?precision=ms", body: encoder.bytes(samples))
    }

    func settle() throws {
        _ = try client.request("GET", "/internal/force_flush")
        _ = try client.request("GET", "/internal/force_merge")
        // The merge runs on behind the answer: done when the files rest for three seconds, at most two minutes.
        var before = -1
        var quiet = 0
        for _ in 0..<240 where quiet < 6 {
            usleep(500_000)
            let now = try bytesOnDisk()
            quiet = now == before ? quiet + 1 : 0
            before = now
        }
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let query = "{__name__=~\"\(lines.prefix)_.*\",device=~\"\(devices(series))\"}"
        // Half a minute back from a moment right behind the last sample.
        let target = "/api/v1/query?nocache=1&time=\(Double(instant + 1) / 1000)&query=\(query.escaped)"
        return VictoriaPeer.count("\"value\"", in: try client.request("GET", target))
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let range = "start=\(Double(from) / 1000)&end=\(Double(to - 1) / 1000)"
        let target = "/api/v1/export?\(range)&match[]=\(selector(series).escaped)"
        return try ExportLine.samples(client.request("GET", target))
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        let query = "rollup({__name__=~\"\(lines.prefix)_.*\",device=~\"\(devices(series))\"}[1m])"
        // A step covers the minute that ends with it.
        let range = "start=\(from / 1000 + 60)&end=\(to / 1000)&step=60s&nocache=1"
        let body = try client.request("GET", "/api/v1/query_range?\(range)&query=\(query.escaped)")
        // Each bucket is answered thrice: avg, min, max.
        return VictoriaPeer.count("],[", in: body) / 3 + series.count
    }

    func bytesOnDisk() throws -> Int {
        ProcessFigures.bytes(below: "\(folder)/victoria/data")
            + ProcessFigures.bytes(below: "\(folder)/victoria/indexdb")
    }

    func cpuSeconds() throws -> Double { try server?.cpuSeconds() ?? 0 }

    func residentBytes() throws -> Int { try server?.residentBytes() ?? 0 }

    func kill() {
        server?.end(SIGKILL)
        server = nil
    }

    func close() {
        server?.end(SIGTERM)
        server = nil
    }

    private func selector(_ series: Int) -> String {
        let device = lines.devices[lines.device[series]]
        return "{__name__=\"\(lines.prefix)_\(lines.item[series])\",device=\"\(device)\"}"
    }

    /// The devices of these series as an alternation.
    private func devices(_ series: Range<Int>) -> String {
        Set(series.map { lines.device[$0] }).sorted().map { lines.devices[$0] }.joined(separator: "|")
    }

    /// How often a text occurs, overlaps not counted.
    static func count(_ text: String, in bytes: [UInt8]) -> Int {
        let pattern = Array(text.utf8)
        var count = 0
        var place = 0
        while place + pattern.count <= bytes.count {
            if bytes[place] == pattern[0], bytes[place..<(place + pattern.count)].elementsEqual(pattern) {
                count += 1
                place += pattern.count
            } else {
                place += 1
            }
        }
        return count
    }
}
