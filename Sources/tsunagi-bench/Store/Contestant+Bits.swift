extension Contestant {
    /// How many samples of the first series come back with other bits or not at all, of a million.
    ///
    /// - Parameter lines: of series 0, 1, 2 …
    func countWrong(_ lines: [Workload.Line]) throws -> Double {
        var wrong = 0
        var total = 0
        for (series, line) in lines.enumerated() {
            guard let first = line.instants.first, let last = line.instants.last else { continue }
            let came = try raw(series, from: first, to: last + 1)
            let bits = Dictionary(came.map { ($0.instant, $0.bits) }, uniquingKeysWith: { $1 })
            for (instant, value) in zip(line.instants, line.bits) {
                let sample = Workload.Sample(instant: instant, bits: value, series: 0)
                let number = sample.number(isNumeric: line.isNumeric).bitPattern
                if bits[instant] != (keepsTexts && !line.isNumeric ? value : number) { wrong += 1 }
            }
            total += line.instants.count
        }
        return total == 0 ? 0 : Double(wrong) * 1e6 / Double(total)
    }
}
