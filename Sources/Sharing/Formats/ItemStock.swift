import Disclosure
import Readings

/// Catena-X ItemStock 2.0.0: what is on hand of one material, by site.
///
///     {"materialGlobalAssetId":"urn:uuid:…","direction":"OUTBOUND","positions":[{"allocatedStocks":[
///      {"quantityOnAllocatedStock":{"value":400,"unit":"unit:piece"},"stockLocationBPNS":…,"stockLocationBPNA":…,
///       "isBlocked":false,"lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00"}]}]}
///
/// One position without an order: stock is not kept by order here. Nothing on hand at any site is told to a customer as
/// no position at all; a supplier always gets the one. A blocked stock is not known of and not told.
struct ItemStock: FeedFormat {
    let word = "itemstock"
    let schema = "urn:samm:io.catenax.item_stock:2.0.0#ItemStock"
    let longestUnit = TradeUnits.longestCatenaX
    private let numbers: MaterialNumbers

    init(_ numbers: MaterialNumbers) {
        self.numbers = numbers
    }

    func said(_ value: Release.Value) -> Saying { MaterialNumbers.quantity(value) }

    func document(of release: Release) -> String {
        var json = JSONText()
        json.object { json in
            json.member("materialGlobalAssetId", numbers.globalAssetID)
            json.member("direction", numbers.direction)
            json.key("positions")
            json.array { json in
                let isEmpty = release.values.allSatisfy { $0.value == .number(0) }
                if isEmpty, numbers.direction == "OUTBOUND" { return }
                json.object { json in
                    json.key("allocatedStocks")
                    json.array { json in
                        for value in release.values { stock(value, of: release, &json) }
                    }
                }
            }
        }
        return json.text
    }

    private func stock(_ value: Release.Value, of release: Release, _ json: inout JSONText) {
        json.object { json in
            json.quantity("quantityOnAllocatedStock", value)
            json.member("stockLocationBPNS", numbers.bpns(value.site))
            json.member("stockLocationBPNA", numbers.bpna(value.site))
            json.key("isBlocked")
            json.bool(false)
            json.member("lastUpdatedOnDateTime", numbers.updated(release))
        }
    }
}

extension JSONText {
    /// A quantity as ``MaterialNumbers/quantity(_:)`` left it: `"name":{"value":400,"unit":"unit:piece"}`.
    mutating func quantity(_ name: String, _ value: Release.Value) {
        key(name)
        object { json in
            json.key("value")
            json.amount(value)
            json.member("unit", value.unit)
        }
    }

    /// The number of a value that a form has words for.
    mutating func amount(_ value: Release.Value) {
        guard case .number(let number) = value.value else {
            preconditionFailure("a form of numbers was given \(value.value)")
        }
        self.number(number)
    }
}
