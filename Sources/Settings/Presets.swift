/// The presets that come with the program, from `config/presets/`: rules as YAML, in which nothing is hidden.
public enum Presets {
    /// What an entry of `rules:` may say as `preset:`, sorted.
    public static let names: [String] = shelf.keys.sorted()

    /// The file as it stands in the source; nil when there is none of that name.
    public static func text(of name: String) -> String? {
        bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
    }

    static func bytes(of name: String) -> [UInt8]? { shelf[name]?() }

    /// Each is unpacked when it is asked for.
    private static let shelf: [String: @Sendable () -> [UInt8]] = [
        "aas": { PackageResources.aas_yaml },
        "azure-iot-operations": { PackageResources.azure_iot_operations_yaml },
        "barcode": { PackageResources.barcode_yaml },
        "chirpstack": { PackageResources.chirpstack_yaml },
        "homie": { PackageResources.homie_yaml },
        "kepware": { PackageResources.kepware_yaml },
        "mtconnect": { PackageResources.mtconnect_yaml },
        "neuron": { PackageResources.neuron_yaml },
        "opcua-pubsub": { PackageResources.opcua_pubsub_yaml },
        "plc": { PackageResources.plc_yaml },
        "scale": { PackageResources.scale_yaml },
        "shelly": { PackageResources.shelly_yaml },
        "sitewise": { PackageResources.sitewise_yaml },
        "tasmota": { PackageResources.tasmota_yaml },
        "tsunagi-release": { PackageResources.tsunagi_release_yaml },
        "umh": { PackageResources.umh_yaml },
        "uns": { PackageResources.uns_yaml },
        "zigbee2mqtt": { PackageResources.zigbee2mqtt_yaml },
    ]
}
