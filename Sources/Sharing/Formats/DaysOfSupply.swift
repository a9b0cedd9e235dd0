import Disclosure
import Readings

/// Catena-X DaysOfSupply 2.0.0: how long what is on hand of one material lasts, by site, as of the day on which the
/// bucket ends.
///
///     {"materialGlobalAssetId":"urn:uuid:…","direction":"OUTBOUND","allocatedDaysOfSupply":[
///      {"stockLocationBPNS":…,"stockLocationBPNA":…,"lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00",
///       "amountOfAllocatedDaysOfSupply":[{"date":"2025-12-01T00:00:00.000+09:00","daysOfSupply":3.5}]}]}
///
/// The standard's number of days d with stock − the demand of the next d days ≥ 0, for a demand that goes on as it was:
/// the mean of today and the seven days before. Incoming deliveries are left out; days to come are not told.
struct DaysOfSupply: FeedFormat {
    let word = "daysofsupply"
    let schema = "urn:samm:io.catenax.days_of_supply:2.0.0#DaysOfSupply"
    let longestUnit = "d"
    private let numbers: MaterialNumbers

    init(_ numbers: MaterialNumbers) {
        self.numbers = numbers
    }

    func said(_ value: Release.Value) -> Saying {
        guard case .number(let days) = value.value, value.unit == "d" else {
            return .unsaid("it is no number of days")
        }
        return TradeUnits.amount(days, isCount: false).map(in: value, unit: "d")
    }

    func document(of release: Release) -> String {
        var json = JSONText()
        json.object { json in
            json.member("materialGlobalAssetId", numbers.globalAssetID)
            json.member("direction", numbers.direction)
            json.key("allocatedDaysOfSupply")
            json.array { json in
                for value in release.values { supply(value, of: release, &json) }
            }
        }
        return json.text
    }

    private func supply(_ value: Release.Value, of release: Release, _ json: inout JSONText) {
        json.object { json in
            json.member("stockLocationBPNS", numbers.bpns(value.site))
            json.member("stockLocationBPNA", numbers.bpna(value.site))
            json.member("lastUpdatedOnDateTime", numbers.updated(release))
            json.key("amountOfAllocatedDaysOfSupply")
            json.array { json in
                json.object { json in
                    json.member("date", numbers.clock.midnight(release.bucketEnd))
                    json.key("daysOfSupply")
                    json.amount(value)
                }
            }
        }
    }
}
