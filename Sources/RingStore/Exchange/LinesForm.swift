internal import Codec
internal import Readings

/// Writes our own form, one JSON object a line, which loses nothing of the history:
///
///     {"tsunagi":"lines","version":1}
///     {"series":0,"site":"大阪","asset":"プレス/1号機","metric":"温度","tags":[["班","夜"]],
///      "kind":"gauge","type":"number","unit":"Cel"}                                          on one line
///     {"of":0,"t":[1750122900000,1000,1000],"v":[21.5,21.25,null],"q":"ggb","c":"sas"}
///     {"end":true,"series":1,"samples":3}
///
/// Series are numbered 0, 1, 2 … as they come; the runs of a series follow it. `t`: milliseconds since the epoch, then
/// the steps from stamp to stamp (64 bits, wrapping). `v`: numbers in the shortest digits that give the same bits
/// back, `{"bits":"7ff8000000000000"}` where digits cannot (−0 and what is no number), texts, `true` or `false`, and
/// `null` for what its source said to be absent. `q`, a letter a sample: good, uncertain, bad or stale; left out when
/// all are good. `c`: whose clock, source or arrival; left out when it is the source's throughout. A run has at most
/// 512 samples, and more only where more of them bear one stamp. Without its last line a file was cut off.
struct LinesForm {
    static let version = 1
    static let runSamples = 512

    private(set) var seriesCount = 0
    private var pending: [Sample] = []

    func putHead(into sink: inout TextSink) {
        sink.put("{\"tsunagi\":\"lines\",\"version\":\(LinesForm.version)}\n")
    }

    mutating func begin(_ series: Series, into sink: inout TextSink) {
        sink.put("{\"series\":\(seriesCount),\"site\":")
        seriesCount += 1
        sink.putJSON(series.key.site)
        sink.put(",\"asset\":")
        sink.putJSON(series.key.asset)
        sink.put(",\"metric\":")
        sink.putJSON(series.key.metric)
        sink.put(",\"tags\":[")
        for (index, tag) in series.key.tags.enumerated() {
            sink.put(index == 0 ? "[" : ",[")
            sink.putJSON(tag.name)
            sink.put(UInt8(ascii: ","))
            sink.putJSON(tag.value)
            sink.put(UInt8(ascii: "]"))
        }
        sink.put("],\"kind\":\"\(series.kind.word)\",\"type\":\"\(series.type.word)\",\"unit\":")
        sink.putJSON(series.unit)
        sink.put("}\n")
    }

    /// Takes a sample; a run is written once it is full.
    mutating func put(_ sample: Sample, _ text: (TextID) -> String, into sink: inout TextSink) {
        if pending.count >= LinesForm.runSamples, pending.last?.instant != sample.instant {
            putRun(text, into: &sink)
        }
        pending.append(sample)
    }

    /// Writes what is left of a series.
    mutating func finish(_ text: (TextID) -> String, into sink: inout TextSink) {
        if !pending.isEmpty { putRun(text, into: &sink) }
    }

    func putEnd(_ tally: ExportTally, into sink: inout TextSink) {
        sink.put("{\"end\":true,\"series\":\(tally.series),\"samples\":\(tally.samples)}\n")
    }

    private mutating func putRun(_ text: (TextID) -> String, into sink: inout TextSink) {
        sink.put("{\"of\":\(seriesCount - 1),\"t\":[")
        var before: Int64 = 0
        for (index, sample) in pending.enumerated() {
            if index > 0 { sink.put(UInt8(ascii: ",")) }
            sink.put(String(sample.instant.milliseconds &- before))
            before = sample.instant.milliseconds
        }
        sink.put("],\"v\":[")
        for (index, sample) in pending.enumerated() {
            if index > 0 { sink.put(UInt8(ascii: ",")) }
            put(sample.value, text, into: &sink)
        }
        sink.put("]")
        if pending.contains(where: { $0.quality != .good }) {
            sink.put(",\"q\":\"")
            for sample in pending { sink.put(LinesForm.letter(sample.quality)) }
            sink.put("\"")
        }
        if pending.contains(where: { $0.timeSource != .source }) {
            sink.put(",\"c\":\"")
            for sample in pending { sink.put(UInt8(ascii: sample.timeSource == .source ? "s" : "a")) }
            sink.put("\"")
        }
        sink.put("}\n")
        pending.removeAll(keepingCapacity: true)
    }

    private func put(_ value: Scalar, _ text: (TextID) -> String, into sink: inout TextSink) {
        switch value {
        case .number(let number) where !number.isFinite || (number == 0 && number.sign == .minus):
            sink.put("{\"bits\":\"")
            sink.putHex(number.bitPattern)
            sink.put("\"}")
        case .number(let number): sink.put(number.description)
        case .flag(let flag): sink.put(flag ? "true" : "false")
        case .text(let id): sink.putJSON(text(id))
        case .absent: sink.put("null")
        }
    }

    static func letter(_ quality: Quality) -> UInt8 {
        switch quality {
        case .good: UInt8(ascii: "g")
        case .uncertain: UInt8(ascii: "u")
        case .bad: UInt8(ascii: "b")
        case .stale: UInt8(ascii: "s")
        }
    }
}
