import Readings

/// A rule ready for use. Rules are tried from top to bottom; the first whose topic and conditions hold takes
/// the message, alone.
final class Rule: Sendable {
    let name: String
    let pattern: TopicPattern
    let captureNames: [String]
    let conditions: [Condition]
    /// How its payloads are read; shared with the rules that say the same.
    let decoding: DecoderPlan
    /// What to read; nil ends the search without readings.
    let reads: Reads?

    init(
        name: String,
        pattern: TopicPattern,
        captureNames: [String],
        conditions: [Condition],
        decoding: DecoderPlan,
        reads: Reads?
    ) {
        self.name = name
        self.pattern = pattern
        self.captureNames = captureNames
        self.conditions = conditions
        self.decoding = decoding
        self.reads = reads
    }

    /// A `when` entry.
    struct Condition: Sendable {
        enum Test: Sendable {
            case exists, missing
            case oneOf([[UInt8]])
            case like(Regex)
        }

        let path: DocumentPath
        let test: Test
    }

    /// A `match` entry.
    struct Match: Sendable {
        let source: Source
        let regex: Regex
        /// The number of its first named group among all of the rule's.
        let firstGroup: Int
    }

    /// What a rule that does not ignore reads.
    final class Reads: Sendable {
        /// Outermost first; empty when the document is the only item.
        let each: [EachPath]
        let matches: [Match]
        /// Named groups of all `matches`.
        let groupCount: Int
        let skip: [Regex]
        let readings: [ReadingRule]
        /// The short way of each reading, where it has one.
        let plain: [PlainReading?]
        /// The names of all members that they read.
        let plainNames: [UInt8]
        /// From a name that the payload uses to its number; nil without `names`.
        let names: ByteTable?
        let unnamed: UnnamedPolicy
        /// Whether the outermost `each` may lead nowhere in silence.
        let isOptional: Bool
        /// How many plans have a series that the topic alone tells; each has a place in the route.
        let fixedCount: Int
        /// Whether texts are tried as numbers first.
        let isTextFormat: Bool
        /// The asset when the topic alone tells it: then it names the source of a message, else the topic
        /// does.
        let fixedAsset: Source?

        init(
            each: [EachPath],
            matches: [Match],
            groupCount: Int,
            skip: [Regex],
            readings: [ReadingRule],
            names: ByteTable?,
            unnamed: UnnamedPolicy,
            isOptional: Bool,
            fixedCount: Int,
            isTextFormat: Bool,
            fixedAsset: Source?
        ) {
            self.each = each
            self.matches = matches
            self.groupCount = groupCount
            self.skip = skip
            self.readings = readings
            var plainNames: [UInt8] = []
            let mayBePlain = names == nil && !isTextFormat
            plain = readings.map { mayBePlain ? PlainReading($0, names: &plainNames) : nil }
            self.plainNames = plainNames
            self.names = names
            self.unnamed = unnamed
            self.isOptional = isOptional
            self.fixedCount = fixedCount
            self.isTextFormat = isTextFormat
            self.fixedAsset = fixedAsset
        }
    }
}

/// A reading of a rule: as it stands, and as each name of `names` changes it.
final class ReadingRule: Sendable {
    /// Yields the name that is looked up in `names`.
    let metric: Source
    /// Without any, every item makes the reading.
    let conditions: [Rule.Condition]
    /// As the reading stands.
    let own: ReadingPlan
    /// One plan for each name, in the order of their numbers.
    let named: [ReadingPlan]

    init(metric: Source, conditions: [Rule.Condition], own: ReadingPlan, named: [ReadingPlan]) {
        self.metric = metric
        self.conditions = conditions
        self.own = own
        self.named = named
    }
}

/// The options of a reading, defaults applied, ready for use.
final class ReadingPlan: Sendable {
    /// Which series it belongs to.
    struct Place: Sendable {
        let site: Source
        let asset: Source
        let metric: Source
        let tags: [(name: String, value: Source)]
        let unit: Source?
        let kind: Kind
        /// The place of its series in the route, when the topic alone tells which it is.
        let fixed: Int?
        /// Unlike that of any other plan.
        let number: Int
    }

    /// What is done with a number.
    struct Arithmetic: Sendable {
        /// `scale` when it depends on the payload.
        let scale: Source?
        /// `scale` and `offset`; with a ``scale`` of its own only the offset counts.
        let affine: Affine
        let isIdentity: Bool
        let to: KnownUnit?
        let round: Int?
        let range: ClosedRange<Double>?
    }

    let place: Place
    let value: Source
    let nullIf: [[UInt8]]
    let map: LiteralMap?
    let type: DeclaredType?
    let arithmetic: Arithmetic
    /// A movement's.
    let id: Source?
    let quality: QualityRule?
    let time: StampRule?
    let isOptional: Bool
    /// Whether only a number makes sense.
    let needsNumber: Bool
    /// Where digits are a number as they stand, without maps and listed nulls; nil where they may not be.
    let plainPath: DocumentPath?
    /// Of ``time`` where that is one path from the document's root: all readings of a message share it; else −1.
    let sharedStamp: Int

    init(
        place: Place,
        value: Source,
        nullIf: [[UInt8]],
        map: LiteralMap?,
        type: DeclaredType?,
        arithmetic: Arithmetic,
        id: Source?,
        quality: QualityRule?,
        time: StampRule?,
        isOptional: Bool
    ) {
        self.place = place
        self.value = value
        self.nullIf = nullIf
        self.map = map
        self.type = type
        self.arithmetic = arithmetic
        self.id = id
        self.quality = quality
        self.time = time
        self.isOptional = isOptional
        needsNumber =
            !arithmetic.isIdentity || arithmetic.to != nil || arithmetic.round != nil
            || arithmetic.range != nil
            || place.kind == .delta
        let isPlain = nullIf.isEmpty && map == nil && value.map == nil && (type == nil || type == .number)
        if isPlain, case .path(let path) = value.form { plainPath = path } else { plainPath = nil }
        sharedStamp = time.map { $0.path?.start == .document ? $0.slot : -1 } ?? -1
    }
}

/// Where a reading's quality is found.
final class QualityRule: Sendable {
    let source: Source
    /// For numbers; nil takes every number as uncertain.
    let scale: QualityScale?

    init(source: Source, scale: QualityScale?) {
        self.source = source
        self.scale = scale
    }
}

/// Where a stamp is found and how it is written.
final class StampRule: Sendable {
    enum Form: Hashable, Sendable {
        /// By the size of a number, or ISO 8601.
        case guess
        /// A number, so many of which make a second: 1, 1000, 1 000 000 or 1 000 000 000.
        case number(perSecond: Int64)
        case pattern(StampPattern)
    }

    let sources: [Source]
    /// The only source, where it is a path.
    let path: DocumentPath?
    let form: Form
    /// Index into ``RuleTable/zones``; nil when text without a zone is of no use.
    let zone: Int?
    /// Where its last result is remembered.
    let slot: Int

    init(sources: [Source], form: Form, zone: Int?, slot: Int) {
        self.sources = sources
        if sources.count == 1, case .path(let only) = sources[0].form { path = only } else { path = nil }
        self.form = form
        self.zone = zone
        self.slot = slot
    }
}
