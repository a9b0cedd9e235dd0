/// What became of a wish to revoke an agreement: the answer of `POST /v1/revoke`.
public struct RevocationReport: Codable, Sendable, Hashable {
    /// One of the six steps.
    public struct Step: Codable, Sendable, Hashable {
        /// What was to be done.
        public var name: String
        /// What shows whether it was done.
        public var proof: String
        /// Whether it was; nil where it is not ours to do.
        public var holds: Bool?

        /// A step and what shows it.
        public init(_ name: String, _ proof: String, holds: Bool?) {
            self.name = name
            self.proof = proof
            self.holds = holds
        }

        /// `ok    rights: …`, `FAIL  …` or `you   …`.
        public var line: String {
            "\(holds.map { $0 ? "ok  " : "FAIL" } ?? "you ")  \(name): \(proof)"
        }
    }

    /// Which agreement.
    public var agreement: String
    /// Who received; empty when there is no such agreement.
    public var partner: String
    /// In their order.
    public var steps: [Step] = []
    /// Why nothing was done.
    public var refusal: String?

    /// Nothing was done yet.
    public init(agreement: String, partner: String) {
        self.agreement = agreement
        self.partner = partner
    }

    /// Whether each step was done and shown.
    public var holds: Bool { refusal == nil && !steps.isEmpty && steps.allSatisfy { $0.holds == true } }
}
