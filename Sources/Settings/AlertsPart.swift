import Alerts
import Readings

/// `alerts: {rules, off, webhook}`, when somebody is to be told and where.
enum AlertsPart {
    static let keys = ["rules", "off", "webhook"]
    static let ruleKeys = ["name", "kind", "of", "below", "above", "clear", "for", "keep"]
    /// Patterns of one rule.
    private static let subjectsMax = 100
    /// A year: what lasts longer is no alert.
    private static let spanMsMax: Int64 = 366 * 86_400_000

    static func read(_ entry: Entry?, _ place: FilePlace) -> AlertOptions {
        var options = AlertOptions()
        guard let entry, let table = YamlTable(entry, keys: keys) else { return options }
        let usual = AlertRule.usual.map(\.name)
        for item in table["off"]?.list() ?? [] {
            guard let name = item.name() else { continue }
            if !usual.contains(name) {
                let near = NearestWord.hint(name, among: usual)
                let known = near.isEmpty ? "; there are: \(usual.joined(separator: ", "))" : near
                item.refuse("\"\(Entry.short(name))\" is none of the usual alerts\(known)")
            }
            options.rules.removeAll { $0.name == name }
        }
        var lines: [String: Int] = [:]
        for item in table["rules"]?.list() ?? [] {
            guard let rule = rule(item, &lines) else { continue }
            options.rules.removeAll { $0.name == rule.name }
            options.rules.append(rule)
        }
        if options.rules.count > AlertOptions.rulesMax {
            table["rules"]?.refuse(
                "has too many: at most \(AlertOptions.rulesMax) with the usual ones are taken"
            )
        }
        options.webhook = table["webhook"].flatMap { WebhookPart.read($0, place) }
        return options
    }

    private static func rule(_ entry: Entry, _ lines: inout [String: Int]) -> AlertRule? {
        guard let table = YamlTable(entry, keys: ruleKeys) else { return nil }
        let written = table.need("name", "name: low-bolts")
        let name = written?.id()
        let kind = table.need("kind", "kind: low_stock")?.choice(AlertKind.self)
        if let written, let name {
            if let line = lines[name] { written.refuse("is already that of the alert in line \(line)") }
            lines[name] = written.spot.line
        }
        guard let name, let kind else { return nil }
        var rule = AlertRule(name, kind)
        let patterns = table["of"]?.oneOrMore { $0.name() } ?? []
        if patterns.count > subjectsMax {
            table["of"]?.refuse("has \(patterns.count) patterns: at most \(subjectsMax) are taken")
        }
        rule.subjects = patterns.map { PathGlob($0) }
        let (key, other) = kind.isFloor ? ("below", "above") : ("above", "below")
        table[other]?.refuse("does not go with kind: \(kind.rawValue), which goes by \(key):")
        rule.limit = table[key]?.amount(kind)
        if table[key] == nil, !kind.hasOwnLimits {
            table.entry.refuse("needs \(key):, e.g. \(key): \(example(kind))")
        }
        if let entry = table["clear"], let clear = entry.amount(kind) {
            rule.clear = clear
            if let limit = rule.limit, kind.isFloor ? clear < limit : clear > limit {
                entry.refuse("lies on the bad side of \(key): it would never be over")
            } else if table[key] == nil {
                entry.refuse("needs a \(key): beside it")
            }
        }
        if let ms = table["for"]?.span() { rule.forMs = ms }
        if let ms = table["keep"]?.span() { rule.keepMs = ms }
        return rule
    }

    /// What a limit of that kind may look like.
    fileprivate static func example(_ kind: AlertKind) -> String {
        switch kind {
        case .lowStock: "50"
        case .lowCover: "3d"
        case .certificate: "21d"
        case .disk: "1 GiB"
        case .machineStopped, .sourceSilent, .feedLate, .linkDown: "10m"
        case .clockSkew: "60s"
        }
    }

    fileprivate static func milliseconds(_ text: String) -> Int64? {
        let units: [Substring: Int64] = [
            "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
        ]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units[text.dropFirst(digits.count)], let count = Int64(digits),
            count <= spanMsMax / unit
        else { return nil }
        return count * unit
    }
}

/// `webhook: {url, token_file, ca_file, language}`, or its URL alone.
enum WebhookPart {
    static let keys = ["url", "token_file", "ca_file", "language"]

    static func read(_ entry: Entry, _ place: FilePlace) -> WebhookOptions? {
        guard entry.isTable else { return entry.text().flatMap { url($0, entry) } }
        guard let table = YamlTable(entry, keys: keys),
            let written = table.need("url", "url: https://chat.example.jp/hooks/alerts"),
            let text = written.text(), var options = url(text, written)
        else { return nil }
        options.token = table["token_file"].flatMap { BrokerPart.readPassword($0, place) }
        if let token = options.token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            table["token_file"]?.refuse(
                "names a file whose first line is no token: letters, digits and signs only"
            )
        }
        if let entry = table["ca_file"] {
            options.caFile = BrokerPart.file(entry, place)
            if !options.isSecure { entry.refuse("goes with an https:// url") }
        }
        if let language = table["language"]?.choice(AlertWords.Language.self) { options.language = language }
        return options
    }

    private static func url(_ text: String, _ entry: Entry) -> WebhookOptions? {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "http" || parts[0] == "https" else {
            entry.refuse("must be an http:// or https:// URL, e.g. https://chat.example.jp/hooks/alerts")
            return nil
        }
        let place = parts[1].prefix { $0 != "/" && $0 != "?" }
        let path = parts[1].dropFirst(place.count)
        guard !place.contains("@") else {
            entry.refuse("has no place for a password; write it to a file and name that as token_file:")
            return nil
        }
        guard path.utf8.count <= 2048, path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 })
        else {
            entry.refuse("has a path that no HTTP request can hold: write it in ASCII, without # and blanks")
            return nil
        }
        let isSecure = parts[0] == "https"
        switch BrokerURL.hostPort(String(place), portDefault: isSecure ? 443 : 80) {
        case .success(let found):
            return WebhookOptions(
                isSecure: isSecure,
                host: found.host,
                port: found.port,
                path: path.hasPrefix("/") ? String(path) : "/\(path)"
            )
        case .failure(let complaint):
            entry.refuse(complaint.text)
            return nil
        }
    }
}

extension Entry {
    /// A limit of a kind of alert, in its measure.
    fileprivate func amount(_ kind: AlertKind) -> Double? {
        switch kind.measure {
        case .quantity: return number()
        case .duration: return span().map(Double.init)
        case .bytes: return size().map(Double.init)
        }
    }

    /// `0s`, `90s`, `15m`, `2h`, `3d`, `1w`, in milliseconds; a year at most.
    fileprivate func span() -> Int64? {
        if let writing, let milliseconds = AlertsPart.milliseconds(writing) { return milliseconds }
        refuse(expected: "a span of time such as 90s, 15m, 2h or 3d, a year at most")
        return nil
    }
}
