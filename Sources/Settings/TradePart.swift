import Disclosure

/// `sites:`, and of `items:` what partners' systems know them by.
enum TradePart {
    static let itemKeys = ["gtin", "epc_class", "material"]
    static let siteKeys = ["bpns", "bpna", "gln", "location"]

    /// - Parameters:
    ///   - table: the whole configuration; the keys of `items:` were looked at by ``ItemsPart``.
    ///   - warnings: takes what somebody should look at.
    static func read(_ table: YamlTable, _ warnings: inout [SettingsFailure]) -> TradeBook {
        var book = TradeBook()
        for (name, entry) in table["items"].flatMap(YamlTable.init(quietly:))?.pairs ?? [] {
            guard let item = YamlTable(quietly: entry).map(item), item != TradeBook.Item() else { continue }
            book.items[name] = item
        }
        for (name, entry) in table["sites"]?.pairs() ?? [] {
            guard let table = YamlTable(entry, keys: siteKeys) else { continue }
            book.sites[name] = site(table, &warnings)
        }
        return book
    }

    private static func item(_ table: YamlTable) -> TradeBook.Item {
        var item = TradeBook.Item()
        item.gtin = table["gtin"]?.identifier(.gtin, "a GTIN of 8, 12, 13 or 14 digits")
        item.epcClass = table["epc_class"]?.uri()
        if let entry = table["epc_class"], table["gtin"] != nil {
            entry.refuse("stands beside a gtin: the item has one class, write one of the two")
        }
        if let entry = table["material"] {
            if entry.isTable {
                for (partner, value) in entry.pairs() ?? [] { item.materialOfPartner[partner] = value.uuid() }
            } else {
                item.material = entry.uuid()
            }
        }
        return item
    }

    private static func site(_ table: YamlTable, _ warnings: inout [SettingsFailure]) -> TradeBook.Site {
        var site = TradeBook.Site()
        site.bpns = table["bpns"]?.partnerNumber("BPNS", &warnings)
        site.bpna = table["bpna"]?.partnerNumber("BPNA", &warnings)
        site.gln = table["gln"]?.identifier(.gln, "a GLN of 13 digits")
        site.location = table["location"]?.uri()
        if let entry = table["location"], table["gln"] != nil {
            entry.refuse("stands beside a gln: the site has one URI, write one of the two")
        }
        return site
    }
}

extension Entry {
    /// A number with a check digit. Quoted, because YAML would read one as a number and lose its zeros.
    fileprivate func identifier(_ kind: Identifier, _ words: String) -> String? {
        guard let text = text() else { return nil }
        guard kind.accepts(text) else {
            refuse("\"\(Entry.short(text))\" is not \(words), or its check digit is wrong")
            return nil
        }
        return text
    }

    /// A business partner number; many in use fail their check characters, so that is only warned of.
    fileprivate func partnerNumber(_ kind: String, _ warnings: inout [SettingsFailure]) -> String? {
        guard let text = text() else { return nil }
        guard Identifier.bpn.accepts(text), text.hasPrefix(kind) else {
            refuse(
                "\"\(Entry.short(text))\" is no business partner number: expected \(kind) and 12 letters or digits"
            )
            return nil
        }
        if !Identifier.bpnChecksum.accepts(text) {
            let told = Findings(file: findings.file)
            told.add(
                spot,
                "\(path) \(text) fails its check characters, as many in use do; is a character mistyped?"
            )
            warnings += told.list.map { finding in
                var finding = finding
                finding.isWarning = true
                return finding
            }
        }
        return text
    }

    /// With or without `urn:uuid:` before it.
    fileprivate func uuid() -> String? {
        guard let text = text() else { return nil }
        let prefix = "urn:uuid:"
        let digits = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        guard Identifier.uuid.accepts(digits) else {
            refuse("\"\(Entry.short(text))\" is no UUID, e.g. 7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10")
            return nil
        }
        return digits.lowercased()
    }

    /// An absolute URI: a scheme, a colon, and no more than the characters of one.
    fileprivate func uri() -> String? {
        guard let text = text() else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let isScheme =
            parts[0].utf8.first.map(Self.isLetter) == true
            && parts[0].utf8.allSatisfy { Self.isLetter($0) || Self.isDigit($0) || "+-.".utf8.contains($0) }
        let rest = parts.count == 2 ? Array(parts[1].utf8) : []
        let isPlain = rest.allSatisfy {
            Self.isLetter($0) || Self.isDigit($0) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains($0)
        }
        guard isScheme, !rest.isEmpty, isPlain, text.utf8.count <= 512 else {
            refuse("\"\(Entry.short(text))\" is no absolute URI, e.g. https://id.gs1.org/01/04900000000016")
            return nil
        }
        return text
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
