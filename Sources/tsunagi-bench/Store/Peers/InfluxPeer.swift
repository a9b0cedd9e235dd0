import Foundation

/// InfluxDB 1.6 of Debian: one server, line protocol in, InfluxQL out.
///
/// A write is acknowledged when its log is synced. Settled: it writes its cache out and compacts when nothing was
/// written for five seconds (ten minutes and four hours by default). On disk: all of its files.
final class InfluxPeer: ServerContestant {
    let name = "InfluxDB"
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
        guard let program = Program.path("influxd") else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        let port = try BenchBroker.freePort()
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
        let server = try ServerProcess([program, "-config", settings])
        let client = HTTPClient(port: port)
        try server.wait(for: "influxd") { (try? client.request("GET", "/ping")) != nil }
        (self.server, self.client, self.folder, self.lines) = (server, client, folder, lines)
        encoder = LineProtocol(lines)
        _ = try client.request("POST", "/query?q=\("CREATE DATABASE bench".escaped)")
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        _ = try client.request("POST", "/write?db=bench&precision=ms", body: encoder.bytes(samples))
    }

    func settle() throws {
        var before = -1
        var quiet = 0
        // Quiet for eight seconds, at most three minutes.
        for _ in 0..<180 where quiet < 8 {
            usleep(1_000_000)
            let now = try bytesOnDisk()
            quiet = now == before ? quiet + 1 : 0
            before = now
        }
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let body = try ask("SELECT last(*) FROM \(lines.prefix) WHERE \(devices(series)) GROUP BY device")
        return VictoriaPeer.count("\"values\"", in: body) * itemsPerDevice(series)
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
        let rows = VictoriaPeer.count("],[", in: body) + Set(series.map { lines.device[$0] }).count
        return rows * itemsPerDevice(series)
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: "\(folder)/influx") }

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

    private func ask(_ query: String) throws -> [UInt8] {
        try client.request("GET", "/query?db=bench&epoch=ms&q=\(query.escaped)")
    }

    private func devices(_ series: Range<Int>) -> String {
        let devices = Set(series.map { lines.device[$0] }).sorted().map { lines.devices[$0] }
        return "device =~ /^(\(devices.joined(separator: "|")))$/"
    }

    /// Whole devices are asked for; each answers with all of its items in a row.
    private func itemsPerDevice(_ series: Range<Int>) -> Int {
        series.count / max(1, Set(series.map { lines.device[$0] }).count)
    }
}
