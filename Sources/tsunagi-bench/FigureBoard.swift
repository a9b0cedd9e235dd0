import Foundation

/// Collects the measured values of all contestants and prints ours beside each peer's, beside the best peer's, and
/// beside what we must hold.
final class FigureBoard {
    private struct Entry {
        var unit: String
        var byContestant: [String: [Double]] = [:]
    }

    private var order: [String] = []
    private var entries: [String: Entry] = [:]
    private var names: [String] = []
    private let bounds: Bounds
    private static let own = "tsunagi"

    init(bounds: Bounds) {
        self.bounds = bounds
    }

    /// Notes one round's value.
    func add(_ figure: String, _ unit: String, _ contestant: String, _ value: Double) {
        if entries[figure] == nil {
            order.append(figure)
            entries[figure] = Entry(unit: unit)
        }
        if !names.contains(contestant) { names.append(contestant) }
        entries[figure]?.byContestant[contestant, default: []].append(value)
    }

    func show(asJSON: Bool) throws {
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            for figure in order.flatMap(figures) {
                print(String(decoding: try encoder.encode(figure), as: UTF8.self))
            }
            return
        }
        for name in order { showAll(name) }
        showTable()
    }

    // MARK: Figures

    /// Ours beside each peer that has the figure too; alone, with an empty peer, when none has.
    private func figures(_ name: String) -> [Figure] {
        guard let entry = entries[name], let values = entry.byContestant[FigureBoard.own] else { return [] }
        let own = Figure(
            figure: name,
            value: median(values),
            unit: entry.unit,
            peer: "",
            peerValue: 0,
            rounds: values.count,
            bound: bounds.bound(of: name)
        )
        var beside = names.compactMap { peer -> Figure? in
            guard peer != FigureBoard.own, let values = entry.byContestant[peer] else { return nil }
            var figure = own
            (figure.peer, figure.peerValue) = (peer, median(values))
            return figure
        }
        guard !beside.isEmpty else { return [own] }
        if !bounds.unranked.contains(name) { beside[best(beside)].isBest = true }
        return beside
    }

    /// The place of the peer with the best value.
    private func best(_ figures: [Figure]) -> Int {
        var best = 0
        for (place, figure) in figures.enumerated() {
            let isMoreBetter = bounds.isMoreBetter(figure.figure, unit: figure.unit)
            let isBetter =
                isMoreBetter
                ? figure.peerValue > figures[best].peerValue : figure.peerValue < figures[best].peerValue
            if isBetter { best = place }
        }
        return best
    }

    // MARK: Tables

    /// Every contestant's value of one figure.
    private func showAll(_ name: String) {
        guard let entry = entries[name] else { return }
        print("\(name), \(entry.unit)")
        let own = entry.byContestant[FigureBoard.own].map(median)
        for peer in names {
            guard let values = entry.byContestant[peer] else { continue }
            let value = median(values)
            var line = "    " + padded(peer, 20) + padded(Figure.shown(value), 14)
            if let own, peer != FigureBoard.own {
                line += value == 0 ? "" : "ratio \(Figure.shown(own / value))"
            }
            print(line)
        }
    }

    /// A line for each of our figures: what it must hold, and the best peer.
    private func showTable() {
        print("")
        show(["figure", "unit", "tsunagi", "must hold", "", "best peer", "its value", "ratio"])
        for name in order {
            let figures = figures(name)
            guard let own = figures.first else { continue }
            let bound = own.bound
            var cells = [name, own.unit, Figure.shown(own.value), bound?.description ?? ""]
            let best = figures.first(where: \.isBest)
            cells.append(bound.map { $0.holds(best ?? own) ? "holds" : "FAILS" } ?? "")
            if let best {
                cells += [best.peer, Figure.shown(best.peerValue)]
                cells.append(best.peerValue == 0 ? "" : Figure.shown(best.ratio))
            }
            show(cells)
        }
        for name in bounds.figures where entries[name]?.byContestant[FigureBoard.own] == nil {
            show([name, "", "-", bounds.bound(of: name)?.description ?? "", "not measured"])
        }
    }

    private static let widths = [48, 5, 12, 18, 13, 18, 12, 8]

    private func show(_ cells: [String]) {
        let line = zip(cells, FigureBoard.widths).map { padded($0, $1) }.joined()
        print(String(line.reversed().drop { $0 == " " }.reversed()))
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}
