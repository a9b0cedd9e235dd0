/// What edge nodes do that the specification does not want, though their values are usable.
public enum SparkplugComplaint: String, Hashable, Sendable, CaseIterable {
    /// A message without a number, or with one beyond 255.
    case seqMissing = "seq_missing"
    /// A number that came twice while messages waited for another.
    case seqRepeated = "seq_repeated"
    /// A node's birth or death without the number of its session.
    case bdSeqMissing = "bdseq_missing"
    /// A death of an earlier session, or of none that is known.
    case bdSeqUnmatched = "bdseq_unmatched"
    /// An alias that stands for two metrics of a node.
    case aliasRepeated = "alias_repeated"
    /// The metric that asks for a rebirth has an alias.
    case rebirthAliased = "rebirth_aliased"
    /// A metric without name and alias.
    case nameless
    /// A name that stands twice in one birth.
    case nameRepeated = "name_repeated"
    /// A birth's metric without a datatype, or with one that there is not.
    case datatypeUnknown = "datatype_unknown"
    /// A message that gives another datatype than the birth.
    case datatypeChanged = "datatype_changed"
    /// Properties whose keys and values differ in number.
    case propertiesUneven = "properties_uneven"
    /// A property `Quality` that is no Int32.
    case qualityType = "quality_type"
    /// A template whose definition is in no birth of its node.
    case templateUnknown = "template_unknown"
    /// A template's definition outside of a node's birth.
    case definitionMisplaced = "definition_misplaced"
    /// A death of a device that was not there.
    case deviceUnknown = "device_unknown"
    /// An edge node that is told from another by upper and lower case alone.
    case caseOnly = "case_only"
}

/// What the Sparkplug host has seen and done since the start.
public struct SparkplugStatus: Hashable, Sendable {
    /// Edge nodes that were heard of.
    public var nodes = 0
    /// Of them those that are alive.
    public var nodesOnline = 0
    /// Devices that were born at some time.
    public var devices = 0
    /// Of them those that are alive.
    public var devicesOnline = 0
    /// Requests for a rebirth that were made.
    public var rebirthsAsked: UInt64 = 0
    /// Requests that would have been made if we were not passive.
    public var rebirthsUnasked: UInt64 = 0
    /// Messages that waited for others.
    public var held: UInt64 = 0
    /// Gaps that were not closed in time.
    public var gaps: UInt64 = 0
    /// By kind; what never occurred is absent.
    public var complaints: [SparkplugComplaint: UInt64] = [:]

    /// Nothing yet.
    public init() {}

    mutating func complain(_ complaint: SparkplugComplaint) {
        complaints[complaint, default: 0] += 1
    }
}
