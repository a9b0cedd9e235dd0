import Intake

/// The vectors' mappings as the options that the settings make of them; `Mappings+A` to `+E` hold them.
enum Mappings {
    /// By the folder of the vectors.
    static let all: [String: RuleSetOptions] = [
        "aas-samm": aasSamm,
        "aio": aio,
        "chirpstack": chirpstack,
        "csv": csv,
        "homie": homie,
        "influx": influx,
        "json-nested": jsonNested,
        "kepware": kepware,
        "mtconnect": mtconnect,
        "neuron": neuron,
        "opcua-pubsub": opcuaPubsub,
        "plc-jp": plcJp,
        "quirks": quirks,
        "scalar": scalar,
        "scale": scale,
        "senml": senml,
        "senml-cbor": senmlCbor,
        "shelly": shelly,
        "sitewise": sitewise,
        "stock-events": stockEvents,
        "tasmota": tasmota,
        "umh": umh,
        "zigbee2mqtt": zigbee2mqtt,
    ]

    static func set(site: String? = nil, timezone: String? = nil, rules: [RuleOptions]) -> RuleSetOptions {
        var options = RuleSetOptions()
        options.defaults.site = site
        options.defaults.timezone = timezone
        options.rules = rules
        return options
    }

    static func rule(_ name: String, _ topic: String, _ fill: (inout RuleOptions) -> Void) -> RuleOptions {
        var rule = RuleOptions(name: name, topic: topic)
        fill(&rule)
        return rule
    }

    static func reading(_ fill: (inout ReadingOptions) -> Void) -> ReadingOptions {
        var reading = ReadingOptions()
        fill(&reading)
        return reading
    }
}
