import Settings

/// Files that exist on paper only, for tests that hold the disk in their hands.
struct PaperFiles {
    var texts: [String: String]
    /// Permission bits; 0600 where nothing is said.
    var modes: [String: UInt32] = [:]

    /// As the loader wants them.
    var source: FileSource {
        FileSource(
            read: { path, limit in
                guard let text = texts[path] else { return .trouble("cannot be opened: no such paper") }
                let bytes = Array(text.utf8)
                return bytes.count <= limit
                    ? .bytes(bytes, mode: modes[path] ?? 0o600) : .trouble("is larger than \(limit) bytes")
            },
            names: { folder in
                let inside = texts.keys.filter { $0.hasPrefix(folder + "/") }
                return inside.isEmpty ? nil : inside.map { String($0.dropFirst(folder.count + 1)) }
            }
        )
    }

    /// What the loader says of `plant.yaml`, a line for each finding; empty when it is content.
    func findings() -> [String] {
        do {
            _ = try Settings.load(path: "plant.yaml", from: source)
            return []
        } catch {
            return error.findings.map(\.description)
        }
    }

    /// What the loader makes of `plant.yaml`.
    func load() throws -> Settings {
        try Settings.load(path: "plant.yaml", from: source)
    }
}

extension PaperFiles {
    /// A small plant whose sections can be swapped one by one.
    static func plant(
        gateway: String = "gateway: {id: plant-ota, site: ota, timezone: Asia/Tokyo}",
        data: String = "data: {directory: data}",
        broker: String = "broker: managed",
        rules: String =
            "rules: [{name: t, topic: \"line/{asset}\", asset: \"{asset}\", readings: [{metric: t, value: $.t}]}]",
        more: String = ""
    ) -> PaperFiles {
        PaperFiles(texts: ["plant.yaml": [gateway, data, broker, rules, more].joined(separator: "\n") + "\n"])
    }
}
