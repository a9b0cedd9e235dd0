import Plant

/// What a page is about.
enum Topic: Hashable, Sendable {
    case overview
    /// By its name in the stock, at all its places.
    case item(String)
    case machine(MachineKey)
    /// What a partner sees.
    case partner(String)

    /// The page's address, language and theme left out.
    var place: String {
        switch self {
        case .overview: "/"
        case .item(let item): "/item?name=\(WebWords.escaped(item))"
        case .machine(let machine):
            "/machine?site=\(WebWords.escaped(machine.site))&asset=\(WebWords.escaped(machine.asset))"
        case .partner(let id): "/partner?id=\(WebWords.escaped(id))"
        }
    }

    /// Where its changes are told.
    var stream: String {
        let parts = place.split(separator: "?", maxSplits: 1).map(String.init)
        return "/live?page=\(parts[0].dropFirst())" + (parts.count > 1 ? "&\(parts[1])" : "")
    }

    /// What the words of an address ask for.
    init?(_ page: String, _ words: [String: String]) {
        switch page {
        case "": self = .overview
        case "item":
            guard let name = words["name"] else { return nil }
            self = .item(name)
        case "machine":
            guard let site = words["site"], let asset = words["asset"] else { return nil }
            self = .machine(MachineKey(site: site, asset: asset))
        case "partner":
            guard let id = words["id"] else { return nil }
            self = .partner(id)
        default: return nil
        }
    }

    /// Whether a caller may see it: a partner sees what it was released, and nothing else.
    func isOpen(to caller: Caller) -> Bool {
        if case .partner(let id) = self { return caller.isOperator || caller.partner == id }
        return caller.isOperator
    }
}
