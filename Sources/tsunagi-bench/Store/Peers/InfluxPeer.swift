import Foundation

/// InfluxDB 1.6 of Debian: one server, line protocol in, InfluxQL out.
///
/// A write is acknowledged when its log is synced. Settled: it writes its cache out and compacts when nothing was
/// written for five seconds (ten minutes and four hours by default). On disk: all of its files.
final class InfluxPeer: HTTPContestant {
    let name = "InfluxDB"
    let program: String
    var server: LoopbackServer?
    private var folder = ""
    private var lines = LineBook(plain: 0)
    private var encoder = LineProtocol(LineBook(plain: 0))

    /// Nil when it is not installed.
    init?() {
        guard let program = Program.path("influxd") else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        server = try LoopbackServer(program, ready: "/ping") { port in
            let settings = "\(folder)/influxdb.conf"
            let text = """
                reporting-disabled = true
                bind-address = "127.0.0.1:\(try BenchBroker.freePort())"
                [meta]
                  dir = "\(folder)/influx/meta"
                [data]
                  dir = "\(folder)/influx/data"
                  wal-dir = "\(folder)/influx/wal"
                  max-series-per-database = 0
                  max-values-per-tag = 0
                  cache-snapshot-write-cold-duration = "5s"
                  compact-full-write-cold-duration = "5s"
                  query-log-enabled = false
                [monitor]
                  store-enabled = false
                [http]
                  bind-address = "127.0.0.1:\(port)"
                  log-enabled = false
                """
            try text.write(toFile: settings, atomically: false, encoding: .utf8)
            return ["-config", settings]
        }
        (self.folder, self.lines) = (folder, lines)
        encoder = LineProtocol(lines)
        try running().post("/query?q=\("CREATE DATABASE bench".escaped)")
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        try running().post("/write?db=bench&precision=ms", body: encoder.bytes(samples))
    }

    func settle() throws {
        try waitUntilResting(seconds: 8, secondsMax: 180)
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let body = try ask("SELECT last(*) FROM \(lines.prefix) WHERE \(devices(series)) GROUP BY device")
        return QueryAnswer.count("\"values\"", in: body) * itemsPerDevice(series)
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let device = lines.devices[lines.device[series]]
        let body = try ask(
            """
            SELECT "\(lines.item[series])" FROM \(lines.prefix) \
            WHERE device = '\(device)' AND time >= \(from)ms AND time < \(to)ms
            """
        )
        return try QueryAnswer.samples(body, stampsPerSecond: 1000)
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        let body = try ask(
            """
            SELECT mean(*), min(*), max(*) FROM \(lines.prefix) WHERE \(devices(series)) \
            AND time >= \(from)ms AND time < \(to)ms GROUP BY time(1m), device
            """
        )
        let rows = QueryAnswer.count("],[", in: body) + lines.devices(of: series).count
        return rows * itemsPerDevice(series)
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: "\(folder)/influx") }

    private func ask(_ query: String) throws -> [UInt8] {
        try running().get("/query?db=bench&epoch=ms&q=\(query.escaped)")
    }

    private func devices(_ series: Range<Int>) -> String {
        "device =~ /^(\(lines.alternation(series)))$/"
    }

    /// Whole devices are asked for; each answers with all of its items in a row.
    private func itemsPerDevice(_ series: Range<Int>) -> Int {
        series.count / max(1, lines.devices(of: series).count)
    }
}
