public import Disclosure
public import Readings

/// How the releases of one grant leave: in a form, in an envelope or without one, and all of one length.
public struct FeedShape: Sendable {
    /// The lengths of releases are multiples of this.
    static let stepBytes = 64

    private let format: any FeedFormat
    private let mode: EventMode?
    private let source: String
    /// Of releases without an envelope.
    private let contentType: String
    /// Whether the form tells how far a value is to be trusted.
    private let tellsQuality: Bool
    /// Every release has so many bytes, the values and names of its attributes counted: one of which all is known, and
    /// all of it at its longest, or one that is withheld (D10).
    private var bytes = 0

    /// - Parameters:
    ///   - trade: what partners' systems know items and sites by.
    ///   - offsetSeconds: how far the plant's clocks are ahead of UTC.
    /// - Returns: nil when ``Agreement/unsaid(_:)`` complains of the grant.
    public init?(
        _ agreement: Agreement,
        _ grant: Grant,
        trade: TradeBook = TradeBook(),
        offsetSeconds: @escaping @Sendable (Instant) -> Int = { _ in 0 }
    ) {
        guard let format = FeedFormats.format(of: grant, in: agreement, trade, offsetSeconds) else {
            return nil
        }
        self.format = format
        mode = grant.carriage
        tellsQuality = [.tsunagi, .sparkplug].contains(grant.form)
        contentType = grant.form == .sparkplug ? SparkplugFeed.contentType : ""
        source = FeedShape.source(agreement, grant, trade)
        // In the year 9999: no stamp and no number is longer.
        let far = Instant(milliseconds: 253_402_300_740_000)
        let withheld = Release(agreement: agreement, grant: grant, bucketStart: far, values: [])
        var most = message(of: withheld).bytes
        // With an emergency clause it may leave exactly for some days: that is to be no longer.
        for precision in agreement.emergency == nil ? [grant.precision] : [grant.precision, .exact] {
            var longest = withheld
            longest.grant.precision = precision
            longest.values = longestValues(longest.grant, completion: far)
            most = max(most, message(of: longest).bytes)
        }
        bytes = (most + FeedShape.stepBytes - 1) / FeedShape.stepBytes * FeedShape.stepBytes
    }

    /// The values as the form says them, and why it has no words for the others; those reasons are the operator's.
    public func said(_ values: [Release.Value]) -> (values: [Release.Value], unsaid: [String]) {
        var said: [Release.Value] = []
        var unsaid: [String] = []
        for value in values {
            let saying: Saying =
                if !tellsQuality, value.quality == .bad || value.quality == .stale {
                    .unsaid("it is \(value.quality.word), and the form has no word for that")
                } else {
                    format.said(value)
                }
            switch saying {
            case .said(let value): said.append(value)
            case .unsaid(let why): unsaid.append("\(value.product) at \(value.site): \(why)")
            }
        }
        return (said, unsaid)
    }

    /// What is published of a release: as long as every other one of its grant.
    ///
    /// - Parameter release: its values went through ``said(_:)``; without any it is withheld.
    public func message(of release: Release) -> FeedMessage {
        let data = release.values.isEmpty ? format.withheld(release) : format.document(of: release)
        let event = CloudEvent(release: release, source: source, word: format.word, schema: format.schema)
        var message: FeedMessage
        switch mode {
        case nil:
            message = FeedMessage(payload: Array(data.utf8))
            message.contentType = contentType
        case .structured:
            // An event tells by its type that it is withheld, whatever the form.
            let data = release.values.isEmpty ? CloudEvent.withheldData : data
            message = FeedMessage(payload: Array(event.structured(data).utf8))
            message.contentType = CloudEvent.contentType
        case .properties:
            let data = release.values.isEmpty ? CloudEvent.withheldData : data
            message = FeedMessage(payload: Array(data.utf8))
            message.contentType = CloudEvent.dataContentType
            message.attributes = event.attributes
            message.signed =
                message.attributes.filter { ["id", "source"].contains($0.name) } + event.identity
        }
        // What is longer still, such as a machine's name for its state, is filled up to the next step.
        let length = max(bytes, (message.bytes + Self.stepBytes - 1) / Self.stepBytes * Self.stepBytes)
        message.payload += repeatElement(UInt8(ascii: " "), count: length - message.bytes)
        return message
    }

    /// Whose it is, or which site's where its partners know that by a number of its own.
    private static func source(_ agreement: Agreement, _ grant: Grant, _ trade: TradeBook) -> String {
        if grant.form == .catenax, grant.sites.count == 1, let bpns = trade.sites[grant.sites[0]]?.bpns {
            return "urn:tsunagi:site:\(bpns)"
        }
        return "urn:tsunagi:party:\(agreement.provider.id)"
    }

    private func longestValues(_ grant: Grant, completion: Instant) -> [Release.Value] {
        let longest = -1.2345678901234567e-300
        let value: Obscured =
            switch grant.precision {
            case .band: .band(low: longest, high: longest)
            case .exact, .round:
                grant.measure == .status ? .text(String(repeating: "w", count: 32)) : .number(longest)
            }
        return grant.products.flatMap { product in
            grant.sites.map { site in
                Release.Value(
                    product: product,
                    site: site,
                    value: value,
                    unit: format.longestUnit,
                    completion: grant.measure == .plannedOutput ? completion : nil,
                    ageBuckets: 99_999_999 / (grant.bucket.widthMs / 1000),
                    quality: .uncertain
                )
            }
        }
    }
}

/// A release, ready to be signed and published.
public struct FeedMessage: Hashable, Sendable {
    /// The exact bytes; blanks at the end.
    public var payload: [UInt8]
    /// The media type that goes along; empty for none.
    public var contentType = ""
    /// What goes along as user properties, in this order.
    public var attributes: [FeedAttribute] = []
    /// What of it the signature must stand for because the payload does not say it.
    public var signed: [FeedAttribute] = []

    init(payload: [UInt8]) {
        self.payload = payload
    }

    /// What it takes on the wire, but for lengths of fixed size.
    var bytes: Int {
        attributes.reduce(payload.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }
}
