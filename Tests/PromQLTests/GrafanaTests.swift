import Foundation
import PromQL
import Testing

/// The dashboards in `deploy/grafana`: what they ask is understood.
@Suite struct GrafanaTests {
    private static let folder =
        #filePath.components(separatedBy: "/Tests/PromQLTests/")[0] + "/deploy/grafana"

    private struct Dashboard: Decodable {
        struct Panel: Decodable {
            struct Target: Decodable { let expr: String }
            struct Place: Decodable { let x, y, w, h: Int }
            let id: Int
            let title: String
            let gridPos: Place
            let targets: [Target]
        }
        struct Templating: Decodable {
            struct Variable: Decodable {
                struct Query: Decodable { let query: String }
                let name: String
                let query: Query
            }
            let list: [Variable]
        }
        let uid: String
        let title: String
        let panels: [Panel]
        let templating: Templating
    }

    /// What Grafana puts in the place of its variables.
    private static func filled(_ text: String) -> String {
        ["$__rate_interval": "1m", "$site": "ota|sakai", "$asset": ".*"].reduce(text) { text, variable in
            text.replacingOccurrences(of: variable.key, with: variable.value)
        }
    }

    @Test("every panel asks what is understood, and none covers another", arguments: ["plant", "gateway"])
    func panels(name: String) throws {
        let file = URL(fileURLWithPath: "\(Self.folder)/\(name).json")
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: try Data(contentsOf: file))
        #expect(dashboard.uid == "tsunagi-\(name)" && dashboard.panels.count > 5)
        #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
        var taken: Set<[Int]> = []
        for panel in dashboard.panels {
            #expect(!panel.targets.isEmpty, "\(panel.title)")
            for target in panel.targets {
                let query = Self.filled(target.expr)
                #expect(!query.contains("$"), "\(query) has a variable that this test does not know")
                #expect(refusal(query) == nil, "\(panel.title)")
            }
            let place = panel.gridPos
            #expect(place.x + place.w <= 24)
            for x in place.x..<place.x + place.w {
                for y in place.y..<place.y + place.h {
                    #expect(taken.insert([x, y]).inserted, "\(panel.title) covers another panel")
                }
            }
        }
        for variable in dashboard.templating.list {
            let words = try #require(variable.query.query.wholeMatch(of: /label_values\((?:(.+), )?(\w+)\)/))
            if let selector = words.1 {
                #expect(throws: Never.self) { try PromSelector(Self.filled("\(selector)")) }
            }
        }
    }

    @Test("the data source is the one that the dashboard asks, and no secret stands in it")
    func dataSource() throws {
        let text = try String(contentsOfFile: "\(Self.folder)/datasource.yaml", encoding: .utf8)
        let board = try String(contentsOfFile: "\(Self.folder)/plant.json", encoding: .utf8)
        #expect(text.contains("uid: tsunagi\n") && board.contains("\"uid\": \"tsunagi\"\n"))
        #expect(text.contains("basicAuthPassword: $TSUNAGI_PASSWORD"))
    }
}
