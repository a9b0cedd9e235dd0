/// InfluxDB's line protocol, which VictoriaMetrics reads too: `w2,device=machine-1 pieces_0=12,state_0=3 17675…`.
///
/// Neighbours of one device and one instant share a line, as a gateway would send them.
struct LineProtocol {
    private let heads: [[UInt8]]
    private let fields: [[UInt8]]
    private let device: [Int]
    private let isNumeric: [Bool]

    init(_ lines: LineBook) {
        heads = lines.devices.map { Array("\(lines.prefix),device=\($0) ".utf8) }
        fields = lines.item.map { Array("\($0)=".utf8) }
        (device, isNumeric) = (lines.device, lines.isNumeric)
    }

    /// The lines of a batch; stamps in milliseconds.
    func bytes(_ samples: ArraySlice<Workload.Sample>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(samples.count * 32)
        var open: (device: Int, instant: Int64)?
        for sample in samples {
            let series = Int(sample.series)
            if let (device, instant) = open, device == self.device[series], instant == sample.instant {
                bytes.append(UInt8(ascii: ","))
            } else {
                if let open { end(open.instant, &bytes) }
                bytes.append(contentsOf: heads[device[series]])
                open = (device[series], sample.instant)
            }
            bytes.append(contentsOf: fields[series])
            bytes.append(contentsOf: sample.number(isNumeric: isNumeric[series]).description.utf8)
        }
        if let open { end(open.instant, &bytes) }
        return bytes
    }

    private func end(_ instant: Int64, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: String(instant).utf8)
        bytes.append(10)
    }
}

extension String {
    /// With everything but letters and digits as `%XX`, for the query of a target.
    var escaped: String {
        var text = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic && byte < 128 || (48..<58).contains(byte) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
