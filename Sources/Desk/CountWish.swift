import Query
public import Readings

/// What a person counted, and where: `POST /v1/count?item=…&quantity=…[&site=…][&location=…][&lot=…][&at=…]`.
public struct CountWish: Hashable, Sendable {
    /// As the stock names it.
    public var item: String
    /// Finite, 0 or more, in the line's unit.
    public var quantity: Double
    /// The gateway's own when it is left out.
    public var site: String?
    /// Needed where the item lies at several places, or at none yet.
    public var location: String?
    /// Needed where a place has several lots of it.
    public var lot: String?
    /// When it was counted.
    public var at: Instant

    /// A count.
    public init(
        item: String,
        quantity: Double,
        site: String? = nil,
        location: String? = nil,
        lot: String? = nil,
        at: Instant
    ) {
        self.item = item
        self.quantity = quantity
        self.site = site
        self.location = location
        self.lot = lot
        self.at = at
    }

    /// Reads the words of a request; `at` may be a stamp or a duration ago, now when it is left out.
    init(_ words: [String: String], now: Instant) throws(CountRefusal) {
        guard let item = words["item"], !item.isEmpty else {
            throw CountRefusal("no item is named; write tsunagi count ITEM QTY")
        }
        let text = words["quantity"] ?? ""
        guard let quantity = Double(text), quantity.isFinite, quantity >= 0 else {
            throw CountRefusal("“\(text)” is no count; write a number that is 0 or more, such as 412 or 12.5")
        }
        do throws(QueryFailure) {
            self.init(
                item: item,
                quantity: quantity,
                site: words["site"],
                location: words["location"],
                lot: words["lot"],
                at: try TimeWords.instant(words["at"] ?? "now", now: now)
            )
        } catch {
            throw CountRefusal(error.description)
        }
    }
}

/// Why a count was not taken; its text says what to write instead.
public struct CountRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String
    /// Whether the count was right and the store could not keep it: the same one may be told again.
    public let isFault: Bool

    /// A refusal in words.
    public init(_ description: String, isFault: Bool = false) {
        self.description = description
        self.isFault = isFault
    }
}
