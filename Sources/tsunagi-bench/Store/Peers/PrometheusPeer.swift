import Foundation

/// Prometheus of Debian: one server, remote write in, its query API out.
///
/// Settled: a snapshot through the admin API, which writes the head as a block. On disk: that snapshot, blocks and
/// their index; its write-ahead log, three to four times as large, is left out. It refuses samples much older than
/// its newest, so it can hold W2 only.
final class PrometheusPeer: HTTPContestant {
    let name = "Prometheus"
    let program: String
    var server: LoopbackServer?
    private var folder = ""
    private var lines = LineBook(plain: 0)
    private var encoder = RemoteWrite(LineBook(plain: 0))

    /// Nil when it is not installed.
    init?() {
        guard let program = Program.path("prometheus") else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        let settings = "\(folder)/prometheus.yml"
        try "global: {}\n".write(toFile: settings, atomically: false, encoding: .utf8)
        server = try LoopbackServer(program, ready: "/-/ready") { port in
            [
                "--config.file", settings, "--storage.tsdb.path", "\(folder)/prometheus",
                "--web.listen-address", "127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
                "--web.enable-admin-api", "--storage.tsdb.retention.time", "100y",
            ]
        }
        (self.folder, self.lines) = (folder, lines)
        encoder = RemoteWrite(lines)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        let headers = [
            "Content-Type: application/x-protobuf", "Content-Encoding: snappy",
            "X-Prometheus-Remote-Write-Version: 0.1.0",
        ]
        try running().post("/api/v1/write", body: encoder.bytes(samples), headers: headers)
    }

    func settle() throws {
        try running().post("/api/v1/admin/tsdb/snapshot?skip_head=false")
    }

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        let query = many(series)
        let target = "/api/v1/query?time=\(Double(instant + 1) / 1000)&query=\(query.escaped)"
        return QueryAnswer.count("\"value\"", in: try running().get(target))
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        let device = lines.devices[lines.device[series]]
        // Both ends of a range belong to it.
        let query = "\(lines.prefix){device=\"\(device)\",item=\"\(lines.item[series])\"}[\(to - 1 - from)ms]"
        let target = "/api/v1/query?time=\(Double(to - 1) / 1000)&query=\(query.escaped)"
        return try QueryAnswer.samples(running().get(target), stampsPerSecond: 1)
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        var count = Int.max
        for fold in ["avg", "min", "max"] {
            let query = "\(fold)_over_time(\(many(series))[59999ms])"
            let range = "start=\(Double(from + 59_999) / 1000)&end=\(Double(to) / 1000)&step=60"
            let body = try running().get("/api/v1/query_range?\(range)&query=\(query.escaped)")
            count = min(count, QueryAnswer.count("],[", in: body) + series.count)
        }
        return count
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: "\(folder)/prometheus/snapshots") }

    private func many(_ series: Range<Int>) -> String {
        "\(lines.prefix){device=~\"\(lines.alternation(series))\"}"
    }
}
