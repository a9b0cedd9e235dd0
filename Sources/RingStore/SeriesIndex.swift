internal import Readings

/// Which series have which value of which label, as lists of ids.
///
///     site    ota ─▶ 0 1 2 3 4 …        metric  temperature ─▶ 0 4 8 …        tag lot  L1 ─▶ 2 3
///     asset   press-1 ─▶ pair 0, pair 7 ─▶ 0 1 2 3      a pair is a site and an asset
///
/// Kept in step with the catalogue as it grows, and made anew once series were given back. An id takes 4 bytes in each of three lists (site, pair, metric)
/// and in one more for each tag, and up to twice that while the lists have room to grow.
/// Spellings that Unicode calls equal are one value, and the first one seen is what expressions look at.
struct SeriesIndex: Sendable {
    /// The series of an asset at a site.
    struct Pair: Hashable {
        var site: String
        var asset: String
    }

    /// The values of one label.
    struct Values {
        var numbers: [String: UInt32] = [:]
        /// By number, as the lists are.
        var texts: [String] = []
        var lists: [PostingList] = []

        mutating func add(_ text: String, _ id: UInt32) {
            guard !text.isEmpty else { return }
            if let number = numbers[text] {
                lists[Int(number)].append(id)
                return
            }
            numbers[text] = UInt32(texts.count)
            texts.append(text)
            var list = PostingList()
            list.append(id)
            lists.append(list)
        }
    }

    /// What is found: ids below the asked count, in no order over all.
    struct Found {
        /// Selected.
        var sure: [UInt32] = []
        /// To be told by their keys, because that is less work than to look at all values of a label.
        var unsure: [UInt32] = []
    }

    /// How far the index follows the catalogue.
    struct Place: Hashable {
        /// Ids that were looked at: those below it.
        var count = 0
        /// How often it had to begin anew.
        var lap = 0
    }

    private(set) var place = Place()
    /// Ids below ``count`` that were vacant when they were looked at: no list holds them.
    private var passedOver: Set<UInt32> = []
    /// Those of them that were taken since.
    private(set) var late: [UInt32] = []
    /// With more of these it is less work to begin anew.
    private static let lateMax = 4096
    private var sites = Values()
    private(set) var metrics = Values()
    /// The lists hold pairs.
    private var assets = Values()
    private var tags: [String: Values] = [:]
    /// Without a metric.
    private(set) var nameless = PostingList()
    private var pairNumbers: [Pair: UInt32] = [:]
    private(set) var pairs: [Pair] = []
    private(set) var pairLists: [PostingList] = []
    private var latestPair = 0

    var count: Int { place.count }

    /// Takes the catalogue's next ids in, with nil for vacant ones.
    mutating func add(_ series: [Series?]) {
        for each in series {
            if let each {
                precondition(Int(each.id.index) == count, "series must come in the order of their ids")
                add(each.key, each.id.index)
            } else {
                passedOver.insert(UInt32(count))
            }
            place.count += 1
        }
    }

    /// A vacant id was taken.
    mutating func add(reused id: UInt32) {
        guard id < count else { return }
        late.append(id)
        if late.count > SeriesIndex.lateMax { forget() }
    }

    /// Begins anew: some of the series are no more.
    mutating func forget() {
        let lap = place.lap + 1
        self = SeriesIndex()
        place.lap = lap
    }

    private mutating func add(_ key: SeriesKey, _ id: UInt32) {
        sites.add(key.site, id)
        pairLists[pair(of: key)].append(id)
        metrics.add(key.metric, id)
        if key.metric.isEmpty { nameless.append(id) }
        var previous: String?
        // Sorted by name; the first of a name counts.
        for tag in key.tags where tag.name != previous {
            tags[tag.name, default: Values()].add(tag.value, id)
            previous = tag.name
        }
    }

    private mutating func pair(of key: SeriesKey) -> Int {
        if latestPair < pairs.count, pairs[latestPair].asset == key.asset, pairs[latestPair].site == key.site
        {
            return latestPair
        }
        let pair = Pair(site: key.site, asset: key.asset)
        if let number = pairNumbers[pair] {
            latestPair = Int(number)
        } else {
            latestPair = pairs.count
            pairNumbers[pair] = UInt32(latestPair)
            pairs.append(pair)
            pairLists.append(PostingList())
            assets.add(key.asset, UInt32(latestPair))
        }
        return latestPair
    }
}

// MARK: Conditions on labels

extension SeriesIndex {
    /// A condition as sets: what is in the lists of some values is kept, or dropped.
    private struct Step {
        var matcher: LabelMatcher
        /// The values that the condition names are meant, else all others that the label has.
        var meansNamed: Bool
        var keeps: Bool
        /// The meant values, where they can be listed.
        var named: PostingUnion?
        /// Values to look at where they cannot.
        var valueCount: Int
    }

    /// The series below `end` that fulfil all conditions.
    func find(_ matchers: [LabelMatcher], below end: Int) -> Found {
        var machine = RegexMachine()
        var steps = matchers.map { step($0, &machine) }
        // The shortest list first, then what can only make it shorter; expressions last.
        steps.sort { cost($0) < cost($1) }
        var ids: [UInt32]?
        var isUnsure = false
        for step in steps {
            if step.named == nil, let ids, step.valueCount > ids.count {
                isUnsure = true
                continue
            }
            let union = step.named ?? union(step, &machine)
            if var narrowed = ids.take() {
                union.filter(&narrowed, keeps: step.keeps, below: count)
                ids = narrowed
            } else if step.keeps {
                ids = union.ids(below: count)
            } else {
                ids = union.set(below: count).ids(below: count, within: false)
            }
        }
        var all = ids ?? Array(0..<UInt32(count))
        if !passedOver.isEmpty { all.removeAll { passedOver.contains($0) } }
        SeriesIndex.cut(&all, below: end)
        return withLate(isUnsure ? Found(unsure: all) : Found(sure: all), below: end)
    }

    /// Adds the ids that no list holds.
    func withLate(_ found: Found, below end: Int) -> Found {
        var found = found
        found.unsure += late.filter { $0 < end }
        return found
    }

    private func cost(_ step: Step) -> (Int, Int) {
        if let named = step.named { return (step.keeps ? 0 : 1, named.size) }
        return (2, step.valueCount)
    }

    private func step(_ matcher: LabelMatcher, _ machine: inout RegexMachine) -> Step {
        // What a series without the label has.
        let namesEmpty = matcher.names("", with: &machine)
        var step = Step(
            matcher: matcher,
            meansNamed: !namesEmpty,
            keeps: matcher.isNegated == namesEmpty,
            valueCount: values(of: matcher.label)?.texts.count ?? 0
        )
        if step.meansNamed, let texts = matcher.namedTexts {
            var union = PostingUnion()
            for text in texts {
                guard let number = values(of: matcher.label)?.numbers[text] else { continue }
                add(Int(number), of: matcher.label, to: &union)
            }
            step.named = union
        }
        return step
    }

    /// Looks at every value of the label.
    private func union(_ step: Step, _ machine: inout RegexMachine) -> PostingUnion {
        var union = PostingUnion()
        guard let values = values(of: step.matcher.label) else { return union }
        let meansAll = step.matcher.namedTexts == [""]
        for (number, text) in values.texts.enumerated()
        where meansAll || step.matcher.names(text, with: &machine) == step.meansNamed {
            add(number, of: step.matcher.label, to: &union)
        }
        return union
    }

    private func values(of label: Label) -> Values? {
        switch label {
        case .site: sites
        case .asset: assets
        case .metric: metrics
        case .tag(let name): tags[name]
        }
    }

    private func add(_ number: Int, of label: Label, to union: inout PostingUnion) {
        switch label {
        case .site: union.add(sites.lists[number])
        case .metric: union.add(metrics.lists[number])
        case .tag(let name): if let values = tags[name] { union.add(values.lists[number]) }
        case .asset:
            let list = assets.lists[number]
            for index in 0..<list.count { union.add(pairLists[Int(list[index])]) }
        }
    }

    /// Takes ids from `end` on away; they are ascending.
    static func cut(_ ids: inout [UInt32], below end: Int) {
        while let last = ids.last, last >= end { ids.removeLast() }
    }
}
