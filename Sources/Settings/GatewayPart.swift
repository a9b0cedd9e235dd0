import RingStore

/// `gateway: {id, site, timezone}`.
enum GatewayPart {
    static let keys = ["id", "site", "timezone"]

    static func read(_ entry: Entry) -> GatewayIdentity? {
        guard let table = YamlTable(entry, keys: keys) else { return nil }
        let id = table.need("id", "id: plant-ota")?.id()
        let site = table["site"]?.name()
        let timezone = table.need("timezone", "timezone: Asia/Tokyo")?.zone()
        guard let id, let timezone else { return nil }
        return GatewayIdentity(id: id, site: site, timezone: timezone)
    }
}

/// `data: {directory, budget, rings: {raw, minute, hour, day}, series_limit, series_limit_per_asset, text_limit,
/// dead_letters}`.
enum DataPart {
    static let keys = [
        "directory", "budget", "rings", "series_limit", "series_limit_per_asset", "text_limit",
        "dead_letters",
    ]
    /// 64 KiB holds ten of the longest letters; all of the ring is read at a start.
    static let letterBytes = (64 << 10)...(64 << 20)
    /// 256 MiB: some ten thousand readings a minute for a day.
    static let budgetBytesDefault = 256 << 20

    /// - Parameter letterBytes: of the ring of dead letters; stays as it is when the configuration does not say.
    static func read(_ entry: Entry, _ place: FilePlace, letterBytes: inout Int) -> StoreOptions? {
        guard let table = YamlTable(entry, keys: keys) else { return nil }
        let directory = table.need("directory", "directory: data")?.name()
        var options = StoreOptions(directory: place.path(directory ?? ""), budgetBytes: budgetBytesDefault)
        if let entry = table["budget"], let bytes = entry.size() {
            if bytes < StoreOptions.budgetBytesMin {
                entry.refuse("is too small: expected \(StoreOptions.budgetBytesMin >> 20) MiB or more")
            }
            options.budgetBytes = bytes
        }
        if let entry = table["dead_letters"], let bytes = entry.size() {
            if !Self.letterBytes.contains(bytes) {
                entry.refuse("is out of bounds: expected 64 KiB … 64 MiB")
            }
            letterBytes = bytes
        }
        if let entry = table["rings"] { read(entry, into: &options) }
        if let limit = table["series_limit"]?.whole(1...10_000_000) { options.seriesLimit = limit }
        if let limit = table["series_limit_per_asset"]?.whole(1...10_000_000) {
            options.seriesLimitPerAsset = limit
        }
        if let limit = table["text_limit"]?.whole(1...10_000_000) { options.textLimit = limit }
        return directory == nil ? nil : options
    }

    private static func read(_ entry: Entry, into options: inout StoreOptions) {
        guard let table = YamlTable(entry, keys: ["raw"] + Tier.allCases.map(\.word)) else { return }
        options.rings.raw = table["raw"]?.size()
        for tier in Tier.allCases { options.rings.tiers[tier] = table[tier.word]?.size() }
        if case .ringBudgets(let reason) = options.fault { entry.refuse("cannot be laid out: \(reason)") }
    }
}

/// `desk: {socket}`.
enum DeskPart {
    static let keys = ["socket"]
    /// `sun_path` has 108 bytes, the closing zero among them.
    static let socketBytesMax = 107

    /// - Parameters:
    ///   - root: complained about when the socket that nobody named does not fit.
    ///   - dataDirectory: where the socket lies unless the configuration says otherwise.
    static func read(_ entry: Entry?, in root: Entry, _ place: FilePlace, dataDirectory: String?) -> String? {
        if let entry {
            guard let table = YamlTable(entry, keys: keys) else { return nil }
            if let socket = table["socket"] {
                guard let name = socket.name() else { return nil }
                return within(place.path(name), socket)
            }
        }
        guard let dataDirectory else { return nil }
        return within(FileSource.join(dataDirectory, "tsunagi.sock"), entry ?? root)
    }

    private static func within(_ socket: String, _ entry: Entry) -> String? {
        guard socket.utf8.count > socketBytesMax else { return socket }
        entry.findings.add(
            entry.spot,
            "the desk's socket has a path of more than \(socketBytesMax) bytes: \(Entry.short(socket));"
                + " write a shorter one, e.g. desk: {socket: /run/tsunagi/desk.sock}"
        )
        return nil
    }
}
