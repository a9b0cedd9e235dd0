import Readings

/// A reading's options as they lie over each other: under a name, at the reading, at the rule.
struct ReadingLayers {
    private struct Layer {
        let options: ReadingOptions
        let place: [PlaceStep]
    }

    /// Most special first.
    private let layers: [Layer]
    private let base: [Layer]
    private let named: [(name: String, layer: Layer)]
    /// The name under which these layers lie; nil for the reading itself.
    let name: String?
    /// Where the reading stands.
    let place: [PlaceStep]

    /// The layers of the reading itself.
    init(rule: RuleOptions, reading: Int, names: [(key: String, value: ReadingOptions)], place: [PlaceStep]) {
        self.place = place + [.key("readings"), .index(reading)]
        base = [
            Layer(options: rule.readings[reading], place: self.place),
            Layer(options: rule.common, place: place),
        ]
        layers = base
        named = names.map { name in
            (name.key, Layer(options: name.value, place: place + [.key("names"), .key(name.key)]))
        }
        name = nil
    }

    private init(_ layers: [Layer], name: String, place: [PlaceStep]) {
        self.name = name
        self.layers = layers
        base = layers
        named = []
        self.place = place
    }

    /// The layers under each name, in the order of the names.
    var underNames: [ReadingLayers] {
        named.map { ReadingLayers([$0.layer] + base, name: $0.name, place: $0.layer.place) }
    }

    var hasNames: Bool { !named.isEmpty }

    /// What the reading asks of an item.
    var when: [String: WhenCondition] { base.first?.options.when ?? [:] }

    /// The option where it is said first, and the place where that is.
    func pick<Value>(
        _ option: KeyPath<ReadingOptions, Value?>,
        _ key: String
    ) -> (value: Value, place: [PlaceStep])? {
        for layer in layers {
            if let value = layer.options[keyPath: option] { return (value, layer.place + [.key(key)]) }
        }
        return nil
    }
}
