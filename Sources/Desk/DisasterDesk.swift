import Readings
public import Sharing

/// A step of a disaster mode: `POST /v1/disaster?step=start&agreement=…&by=…[&grants=a,b][&for=P3D]`.
public struct DisasterWish: Hashable, Sendable {
    /// What is to be done.
    public enum Step: String, Hashable, Sendable, CaseIterable {
        case start, approve, end
    }

    /// What is to be done.
    public var step: Step
    /// The agreement's id.
    public var agreement: String
    /// The grants that are to leave exactly.
    public var grants: [String]
    /// Who says so.
    public var name: String
    /// ISO 8601; as long as the clause allows when it is left out.
    public var lasting: String?

    /// Reads the words of a request.
    init(_ words: [String: String]) throws(DisasterRefusal) {
        guard let step = words["step"].flatMap({ Step(rawValue: $0) }), let agreement = words["agreement"]
        else {
            throw DisasterRefusal("a step (start, approve, end) and an agreement have to be named")
        }
        self.step = step
        self.agreement = agreement
        grants = (words["grants"] ?? "").split(separator: ",").map(String.init)
        name = words["by"] ?? ""
        lasting = words["for"]
    }
}

/// Why a step was not taken.
public struct DisasterRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    /// A refusal in words.
    public init(_ description: String) {
        self.description = description
    }
}

/// A disaster mode, for the operator.
public struct DisasterRow: Codable, Hashable, Sendable {
    /// The agreement's id.
    public var agreement: String
    /// requested, active or ended.
    public var stage: String
    /// What leaves exactly.
    public var grants: [String]
    /// Who said yes, in order.
    public var approvedBy: [String]
    /// When it was asked for.
    public var requested: String?
    /// When enough had said yes.
    public var started: String?
    /// When it is or was over.
    public var until: String?

    /// A mode as it is.
    public init(_ mode: EmergencyMode) {
        agreement = mode.agreement
        stage = mode.stage.rawValue
        grants = mode.grants
        approvedBy = mode.approvals.map(\.name)
        requested = mode.approvals.first?.at.iso8601
        started = mode.started?.iso8601
        until = (mode.ended ?? mode.until)?.iso8601
    }
}
