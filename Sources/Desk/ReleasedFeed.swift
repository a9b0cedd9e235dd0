public import Disclosure
public import Sharing

/// What has left under one grant, as its recipient sees it.
public struct ReleasedFeed: Sendable {
    /// Active, and the recipient's.
    public let agreement: Agreement
    /// Of the agreement.
    public let grant: Grant
    /// Oldest first; the last ones.
    public let shown: [Showcase.Shown]

    /// Made of its parts.
    public init(agreement: Agreement, grant: Grant, shown: [Showcase.Shown]) {
        (self.agreement, self.grant, self.shown) = (agreement, grant, shown)
    }
}
