import Disclosure
import Readings

/// Catena-X PlannedProductionOutput 2.0.0: what is still to be made of one material, by site, and when it is done.
///
///     {"materialGlobalAssetId":"urn:uuid:…","positions":[{"allocatedPlannedProductionOutputs":[
///      {"plannedProductionQuantity":{"value":300,"unit":"unit:piece"},"productionSiteBpns":…,
///       "estimatedTimeOfCompletion":"2025-12-03T17:00:00.000+09:00",
///       "lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00"}]}]}
///
/// The plan counts what is not made yet. Sites at which nothing is planned are left out, and without any there is no
/// position.
struct PlannedProductionOutput: FeedFormat {
    let word = "plannedproductionoutput"
    let schema = "urn:samm:io.catenax.planned_production_output:2.0.0#PlannedProductionOutput"
    let longestUnit = TradeUnits.longestCatenaX
    private let numbers: MaterialNumbers

    init(_ numbers: MaterialNumbers) {
        self.numbers = numbers
    }

    func said(_ value: Release.Value) -> Saying {
        let saying = MaterialNumbers.quantity(value)
        if case .said(let said) = saying, said.value != .number(0), said.completion == nil {
            return .unsaid("when it will be done is not known: have plan_end/\(value.product) say it")
        }
        return saying
    }

    func document(of release: Release) -> String {
        var json = JSONText()
        let planned = release.values.filter { $0.value != .number(0) }
        json.object { json in
            json.member("materialGlobalAssetId", numbers.globalAssetID)
            json.key("positions")
            json.array { json in
                if planned.isEmpty { return }
                json.object { json in
                    json.key("allocatedPlannedProductionOutputs")
                    json.array { json in
                        for value in planned { output(value, of: release, &json) }
                    }
                }
            }
        }
        return json.text
    }

    private func output(_ value: Release.Value, of release: Release, _ json: inout JSONText) {
        json.object { json in
            json.quantity("plannedProductionQuantity", value)
            json.member("productionSiteBpns", numbers.bpns(value.site))
            json.member(
                "estimatedTimeOfCompletion",
                numbers.clock.stamp(value.completion ?? release.bucketEnd)
            )
            json.member("lastUpdatedOnDateTime", numbers.updated(release))
        }
    }
}
