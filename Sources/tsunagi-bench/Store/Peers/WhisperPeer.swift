import Foundation

/// Graphite's Whisper: a Python library with a file for each series, one archive of 10 s and one of a minute.
///
/// Its own process, which runs ``script``; its CPU time is what counts. Steps of 10 s, so it can hold W2 only. Its
/// files are laid out in full when they are made; nothing is synced. An archive has one fold only, so minutes are
/// folded from the samples when they are asked for.
final class WhisperPeer: Contestant {
    let name = "Whisper"
    /// 40,000 values a second would make a round of all devices last minutes.
    let devicesMax = 100
    let isInProcess = false
    /// It never says that a row is on the disk.
    let survivesKills = false
    let keepsTexts = false
    private let program: String
    private var server: ServerProcess?
    private var socket: LineSocket?
    private var folder = ""

    /// Nil when it is not installed.
    init?() {
        let module = "/usr/lib/python3/dist-packages/whisper.py"
        guard let program = Program.path("python3"), unsafe access(module, R_OK) == 0 else { return nil }
        self.program = program
    }

    func open(folder: String, lines: LineBook) throws {
        self.folder = folder
        let files = "\(folder)/whisper"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        let script = "\(folder)/whisper_peer.py"
        try WhisperPeer.script.write(toFile: script, atomically: false, encoding: .utf8)
        let path = "\(folder)/socket"
        try? FileManager.default.removeItem(atPath: path)
        let server = try ServerProcess([program, script, files, path])
        var socket: LineSocket?
        try server.wait(for: "python3 with whisper") {
            socket = LineSocket(path)
            return socket != nil
        }
        (self.server, self.socket) = (server, socket)
    }

    func append(_ samples: ArraySlice<Workload.Sample>) throws {
        var text = "append \(samples.count)\n"
        for sample in samples {
            text += "\(sample.series) \(sample.instant / 1000) \(sample.number(isNumeric: true))\n"
        }
        _ = try ask(text)
    }

    func settle() {}

    func latest(of series: Range<Int>, at instant: Int64) throws -> Int {
        try number("latest \(series.lowerBound) \(series.upperBound) \(instant / 1000)\n")
    }

    func raw(_ series: Int, from: Int64, to: Int64) throws -> [RawSample] {
        try ask("raw \(series) \(from / 1000) \((to + 999) / 1000)\n").map { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let seconds = Int64(words[0]), let value = Double(words[1]) else {
                throw BenchFailure("Whisper answers \(line.prefix(60))")
            }
            return RawSample(instant: seconds * 1000, bits: value.bitPattern)
        }
    }

    func minutes(of series: Range<Int>, from: Int64, to: Int64) throws -> Int {
        try number("minutes \(series.lowerBound) \(series.upperBound) \(from / 1000) \(to / 1000)\n")
    }

    func bytesOnDisk() throws -> Int { ProcessFigures.bytes(below: "\(folder)/whisper") }

    func cpuSeconds() throws -> Double { try server?.cpuSeconds() ?? 0 }

    func kill() {}

    func close() {
        socket = nil
        server?.end(SIGTERM)
        server = nil
    }

    /// The lines of an answer; the first line says how many.
    private func ask(_ text: String) throws -> [String] {
        guard let socket else { throw BenchFailure("Whisper is not open") }
        try socket.send(text)
        guard let count = Int(try socket.line()) else {
            throw BenchFailure("Whisper answers without a count")
        }
        return try (0..<count).map { _ in try socket.line() }
    }

    private func number(_ text: String) throws -> Int {
        guard let number = try ask(text).first.flatMap({ Int($0) }) else {
            throw BenchFailure("Whisper answers without a number")
        }
        return number
    }

    /// Arguments: the folder of the files, the path of the socket. A request is a line, an answer a line with the
    /// number of lines that follow.
    private static let script = """
        import os, socket, sys, whisper
        folder, path = sys.argv[1:3]
        STEP, START, TICKS, BEFORE = \(RRDLayout.step), \(SyntheticFactory.start / 1000), \
        \(SyntheticFactory.ticks), \(SyntheticFactory.ticksBefore)
        known = set()

        def name(series):
            return "%s/%d.wsp" % (folder, series)

        def append(points):
            now = max(point[0] for own in points.values() for point in own)
            for series, own in points.items():
                if series not in known:
                    rows = TICKS + (BEFORE if own[0][0] < START else 0)
                    if not os.path.exists(name(series)):
                        whisper.create(name(series), [(STEP, rows), (60, rows * STEP // 60 + 1)])
                    known.add(series)
                if len(own) == 1:
                    whisper.update(name(series), own[0][1], own[0][0], now)
                else:
                    whisper.update_many(name(series), own, now)

        # From start (its own sample included) to end (excluded).
        def fetch(series, start, end):
            start, end = -(-start // STEP) * STEP, -(-end // STEP) * STEP
            times, values = whisper.fetch(name(series), start - STEP, end - STEP, end - STEP)
            return [pair for pair in zip(range(*times), values) if pair[1] is not None]

        def minutes(series, start, end):
            buckets = {}
            for instant, value in fetch(series, start, end):
                buckets.setdefault(instant // 60, []).append(value)
            return [(sum(own) / len(own), min(own), max(own)) for own in buckets.values()]

        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        stream = listener.accept()[0].makefile("rwb", 1 << 20)
        for line in stream:
            words = line.split()
            verb, numbers, answer = words[0], [int(word) for word in words[1:]], []
            if verb == b"append":
                points = {}
                for _ in range(numbers[0]):
                    series, instant, value = stream.readline().split()
                    points.setdefault(int(series), []).append((int(instant), float(value)))
                append(points)
            elif verb == b"latest":
                first, end, now = numbers
                answer = [sum(len(fetch(series, now, now + STEP)) for series in range(first, end))]
            elif verb == b"raw":
                answer = ["%d %r" % pair for pair in fetch(*numbers)]
            elif verb == b"minutes":
                first, end, start, stop = numbers
                answer = [sum(len(minutes(series, start, stop)) for series in range(first, end))]
            stream.write(b"%d\\n" % len(answer))
            for row in answer:
                stream.write(b"%s\\n" % str(row).encode())
            stream.flush()

        """
}
