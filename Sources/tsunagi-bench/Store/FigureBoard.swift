import Foundation

/// Collects the measured values of all contestants and prints ours beside each peer's.
final class FigureBoard {
    private struct Entry {
        var unit: String
        var byContestant: [String: [Double]] = [:]
    }

    private var order: [String] = []
    private var entries: [String: Entry] = [:]
    private var names: [String] = []
    private static let own = "tsunagi"

    /// Notes one round's value.
    func add(_ figure: String, _ unit: String, _ contestant: String, _ value: Double) {
        if entries[figure] == nil {
            order.append(figure)
            entries[figure] = Entry(unit: unit)
        }
        if !names.contains(contestant) { names.append(contestant) }
        entries[figure]?.byContestant[contestant, default: []].append(value)
    }

    /// Ours beside each peer that has the figure too; alone, with an empty peer, when none has.
    private var figures: [Figure] {
        order.flatMap { name -> [Figure] in
            guard let entry = entries[name], let values = entry.byContestant[FigureBoard.own] else {
                return []
            }
            let own = Figure(
                figure: name,
                value: median(values),
                unit: entry.unit,
                peer: "",
                peerValue: 0,
                rounds: values.count
            )
            let beside = names.compactMap { peer -> Figure? in
                guard peer != FigureBoard.own, let values = entry.byContestant[peer] else { return nil }
                var figure = own
                (figure.peer, figure.peerValue) = (peer, median(values))
                return figure
            }
            return beside.isEmpty ? [own] : beside
        }
    }

    func show(asJSON: Bool) throws {
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            for figure in figures { print(String(decoding: try encoder.encode(figure), as: UTF8.self)) }
            return
        }
        for name in order {
            guard let entry = entries[name] else { continue }
            print("\(name), \(entry.unit)")
            let own = entry.byContestant[FigureBoard.own].map(median)
            for peer in names {
                guard let values = entry.byContestant[peer] else { continue }
                let value = median(values)
                var line = "    " + padded(peer, 20) + padded(shown(value), 14)
                if let own, peer != FigureBoard.own {
                    line += value == 0 ? "" : "ratio \(shown(own / value))"
                }
                print(line)
            }
        }
    }

    /// Four digits that tell something.
    private func shown(_ value: Double) -> String {
        let scale: Double = abs(value) >= 100 ? 1 : abs(value) >= 1 ? 100 : 10_000
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : "\(rounded)"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}
