import Plant
import Settings
import Testing

@Suite("The items and their containers")
struct ItemsTests {
    @Test("weights in any unit of mass, what is usual where nothing is said")
    func loads() throws {
        let plant = try PaperFiles.plant(
            more: """
                items:
                  ボルト-M8: {unit_weight: 12.5 g, container: 青箱, noise: 2, cover_min_d: 3}
                  樹脂-PA66: {unit: ㎏}
                  座金: {unit_weight: 1 匁}
                containers: {青箱: 0.35 kg}
                """
        ).load().plant
        let bolt = try #require(plant.items["ボルト-M8"])
        #expect(bolt.unitGrams == 12.5 && bolt.container == "青箱" && bolt.noise == 2)
        #expect(bolt.coverDaysMin == 3 && bolt.unit == "pcs")
        #expect(plant.items["樹脂-PA66"]?.unit == "kg")
        #expect(plant.items["座金"]?.unitGrams == 3.75)
        #expect(plant.tareGrams == ["青箱": 350])
        #expect(plant.grams["kg"] == 1000 && plant.grams["g"] == 1 && plant.grams["pcs"] == nil)
        #expect(try PaperFiles.plant().load().plant.items.isEmpty)
    }

    @Test(
        "what is wrong is refused where it stands",
        arguments: [
            (
                "items: {ボルト: {unit_weight: 12.5}}",
                "5:28: error: items.ボルト.unit_weight must be a weight with its unit such as 12.5 g or 0.35 kg, not the"
                    + " number 12.5"
            ),
            (
                "items: {ボルト: {unit_weight: 12.5 mm}}",
                "5:28: error: items.ボルト.unit_weight must be a weight with its unit such as 12.5 g or 0.35 kg, not the"
                    + " text \"12.5 mm\""
            ),
            (
                "items: {ボルト: {unit_weight: 0 g}}",
                "5:28: error: items.ボルト.unit_weight is nothing: nobody could count by it"
            ),
            (
                "items: {ボルト: {unit_weight: 1 g, container: 青函}}\ncontainers: {青箱: 350 g}",
                "5:44: error: items.ボルト.container \"青函\" is no container under containers: (did you mean \"青箱\"?)"
            ),
            (
                "items: {ボルト: {container: 青箱}}\ncontainers: {青箱: 350 g}",
                "5:26: error: items.ボルト.container needs a unit_weight: in the same table, by which the net weight is"
                    + " counted"
            ),
            ("items: {ボルト: {noise: -1}}", "5:22: error: items.ボルト.noise is -1.0: expected 0 or more"),
            (
                "containers: {青箱: heavy}",
                "5:18: error: containers.青箱 must be a weight with its unit such as 12.5 g or 0.35 kg, not the text"
                    + " \"heavy\""
            ),
            (
                "items: {ボルト: {unit_wieght: 1 g}}",
                "5:15: error: key \"unit_wieght\" unknown in items.ボルト (did you mean \"unit_weight\"?)"
            ),
        ]
    )
    func refused(section: String, finding: String) {
        #expect(PaperFiles.plant(more: section).findings() == ["plant.yaml:\(finding)"])
    }
}
