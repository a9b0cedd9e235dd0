import Bus
import Disclosure

/// `members:`, at a hub: brokers of members that it takes releases from beside its own, and the keys that they sign with.
enum MembersPart {
    static let keys = ["id", "broker", "keys_file"]
    /// More than this are refused: each broker is a thread and two descriptors, of which libmosquitto can use 1,024.
    static let countMax = 200

    /// - Parameters:
    ///   - hub: from its id its clients' ids are made.
    ///   - consents: of members.
    ///   - failures: takes what is wrong with the section.
    static func read(
        _ entry: Entry?,
        _ place: FilePlace,
        _ hub: GatewayIdentity?,
        _ consents: [Agreement],
        _ failures: inout [SettingsFailure]
    ) -> [MemberOptions] {
        guard let entry else { return [] }
        let before = entry.findings.list.count
        defer { failures += entry.findings.list.dropFirst(before) }
        return read(entry, place, gateway: hub?.id ?? "gateway", providers: Set(consents.map(\.provider.id)))
    }

    private static func read(_ entry: Entry, _ place: FilePlace, gateway: String, providers: Set<String>)
        -> [MemberOptions]
    {
        guard let list = entry.list() else { return [] }
        guard list.count <= countMax else {
            entry.refuse("names \(list.count) members: at most \(countMax) are taken")
            return []
        }
        var lines: [String: Int] = [:]
        return list.compactMap { item in
            guard let table = YamlTable(item, keys: keys), let written = table.need("id", "id: plant-ota"),
                let id = written.name()
            else { return nil }
            if let line = lines[id] { written.refuse("is already that of the member in line \(line)") }
            lines[id] = written.spot.line
            if !providers.contains(id) {
                let near = NearestWord.hint(id, among: providers.sorted())
                written.refuse("\"\(Entry.short(id))\" gave no consent: nothing of it is taken\(near)")
            }
            var member = MemberOptions(id: id)
            if let broker = table["broker"] {
                switch BrokerPart.read(broker, place, gateway: "\(gateway)-at-\(id)") {
                case .external(let options): member.broker = options
                case .managed: broker.refuse("is the member's own, e.g. mqtts://gateway.example.jp:8883")
                case nil: break
                }
            }
            member.keysFile = table["keys_file"].flatMap { BrokerPart.file($0, place) }
            if table["broker"] == nil, table["keys_file"] == nil {
                item.refuse("says nothing: name its broker:, its keys_file:, or both")
            }
            return member
        }
    }
}
