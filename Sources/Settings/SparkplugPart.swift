import Intake

/// `sparkplug:`, what the gateway is to Sparkplug's edge nodes.
enum SparkplugPart {
    static let keys = ["host_id", "role", "reorder_timeout_s", "rebirth_min_s"]

    static func read(_ entry: Entry, _ options: inout SparkplugOptions) {
        guard let table = YamlTable(entry, keys: keys) else { return }
        if let host = table["host_id"], let id = host.name() {
            if id.utf8.count > 64
                || id.utf8.contains(where: { [0x2B, 0x23, 0x2F].contains($0) || $0 < 0x20 })
            {
                host.refuse(
                    "\"\(Entry.short(id))\" is no host id: one topic level of at most 64 bytes, without + # /"
                )
            } else {
                options.hostID = id
            }
        }
        if let role = table["role"]?.choice(SparkplugRole.self) { options.role = role }
        if let value = table["reorder_timeout_s"], let milliseconds = seconds(value, 0...60) {
            options.reorderTimeoutMs = milliseconds
        }
        if let value = table["rebirth_min_s"], let milliseconds = seconds(value, 1...3600) {
            options.rebirthMinMs = milliseconds
        }
        if options.role != .passive, table["host_id"] == nil {
            entry.refuse(
                "names no host_id: a host that speaks needs one that no other host of the broker has"
            )
        }
    }

    private static func seconds(_ entry: Entry, _ bounds: ClosedRange<Double>) -> Int64? {
        guard let seconds = entry.number() else { return nil }
        guard bounds.contains(seconds) else {
            entry.refuse(
                "is \(seconds): expected \(Int(bounds.lowerBound)) … \(Int(bounds.upperBound)) seconds"
            )
            return nil
        }
        return Int64((seconds * 1000).rounded())
    }
}
