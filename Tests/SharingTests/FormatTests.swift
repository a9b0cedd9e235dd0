import Disclosure
import Readings
import Sharing
import Testing

@Suite("Releases in their partners' forms")
struct FormatTests {
    @Test("a release of each form, to the letter")
    func golden() throws {
        let stock = FeedBench(.catenax, .stock, sites: ["ota", "神戸"])
        #expect(
            stock.text([400, 20], unit: "pcs") == """
                {"materialGlobalAssetId":"urn:uuid:7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10","direction":"OUTBOUND",\
                "positions":[{"allocatedStocks":[{"quantityOnAllocatedStock":{"value":400,"unit":"unit:piece"},\
                "stockLocationBPNS":"BPNS0000000000WN","stockLocationBPNA":"BPNA00000000009W","isBlocked":false,\
                "lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00"},\
                {"quantityOnAllocatedStock":{"value":20,"unit":"unit:piece"},\
                "stockLocationBPNS":"BPNS000000000001","stockLocationBPNA":"BPNA000000000002","isBlocked":false,\
                "lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00"}]}]}
                """
        )
        #expect(
            FeedBench(.catenax, .daysOfSupply, relationship: .supplier).text([3.5], unit: "d") == """
                {"materialGlobalAssetId":"urn:uuid:7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10","direction":"INBOUND",\
                "allocatedDaysOfSupply":[{"stockLocationBPNS":"BPNS0000000000WN",\
                "stockLocationBPNA":"BPNA00000000009W","lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00",\
                "amountOfAllocatedDaysOfSupply":[{"date":"2025-12-01T00:00:00.000+09:00","daysOfSupply":3.5}]}]}
                """
        )
        #expect(
            FeedBench(.catenax, .plannedOutput).text([300], unit: "dozen") == """
                {"materialGlobalAssetId":"urn:uuid:7d6a1c52-3b0e-4a9f-9d51-0f2c6b8a4e10","positions":[\
                {"allocatedPlannedProductionOutputs":[{"plannedProductionQuantity":{"value":3600,"unit":"unit:piece"},\
                "productionSiteBpns":"BPNS0000000000WN","estimatedTimeOfCompletion":"2025-12-03T09:00:00.000+09:00",\
                "lastUpdatedOnDateTime":"2025-12-01T09:15:00.000+09:00"}]}]}
                """
        )
        let about = FeedBench(.tsunagi, .stock, precision: .round(base: 10)).text([396], unit: "pcs")
        #expect(
            try #require(about).contains(
                """
                "about":{"en":"the stock, as it is at the end of each quarter of an hour, to the nearest 10",\
                "ja":"在庫数、15分ごとの終わりの値、10単位に丸めた値"},"status":"released"
                """
            )
        )
    }

    @Test("EPCIS: what is on hand is a count at a place, what machines say a report at a read point")
    func goldenEPCIS() throws {
        let head = """
            {"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],"type":"EPCISDocument",\
            "schemaVersion":"2.0","creationDate":"2025-12-01T00:20:00.000Z","epcisBody":{"eventList":[\
            {"type":"ObjectEvent","eventID":"urn:uuid:
            """
        let stock = FeedBench(
            .epcis,
            .stock,
            products: ["ボルト-M8", "ナット \"M8\""],
            delay: Period(milliseconds: 300_000)
        )
        let text = try #require(stock.text([400], unit: "pcs"))
        #expect(text.hasPrefix(head))
        #expect(
            text.hasSuffix(
                """
                ","eventTime":"2025-12-01T09:15:00.000+09:00","eventTimeZoneOffset":"+09:00","action":"OBSERVE",\
                "bizStep":"cycle_counting","quantityList":[\
                {"epcClass":"https://id.gs1.org/01/04900000000016","quantity":400},\
                {"epcClass":"urn:example:class:nut-m8","quantity":400}],\
                "bizLocation":{"id":"https://id.gs1.org/414/4900000000009"}}]}}
                """
            )
        )
        // Told again it is the same event; another bucket or another site is another one.
        #expect(stock.text([400], unit: "pcs") == text)
        let heat = FeedBench(.epcis, .process, products: ["プレス1"], sites: ["神戸"], aggregate: .mean)
        #expect(
            try #require(heat.text([181.5], unit: "Cel")).hasSuffix(
                """
                ","eventTime":"2025-12-01T09:15:00.000+09:00","eventTimeZoneOffset":"+09:00","action":"OBSERVE",\
                "bizStep":"sensor_reporting","sensorElementList":[{"sensorMetadata":\
                {"deviceID":"urn:tsunagi:machine:maker-1:%E3%83%97%E3%83%AC%E3%82%B91",\
                "startTime":"2025-12-01T09:00:00.000+09:00","endTime":"2025-12-01T09:15:00.000+09:00",\
                "dataProcessingMethod":"urn:tsunagi:method:bucket-PT15M"},\
                "sensorReport":[{"type":"Temperature","meanValue":181.5,"uom":"CEL"}]}],\
                "readPoint":{"id":"https://example.com/places/kobe"}}]}}
                """
            )
        )
    }

    @Test("a CloudEvent: the whole of it in the payload, or its attributes as properties beside the document")
    func envelope() throws {
        let whole = FeedBench(.catenax, .stock, .structured)
        let message = try #require(whole.published(whole.values([400], unit: "pcs"))).0
        #expect(message.contentType == "application/cloudevents+json; charset=utf-8")
        #expect(message.attributes.isEmpty && message.signed.isEmpty)
        let event = try Written(message.payload)
        #expect(event["id"] == .text("agr-1/g-1/2025-12-01T00:00:00.000Z"))
        #expect(event["source"] == .text("urn:tsunagi:site:BPNS0000000000WN"))
        #expect(event["type"] == .text("io.tsunagi.share.itemstock.v1"))
        #expect(event["subject"] == .text("ボルト-M8"))
        #expect(event["dataschema"] == .text("urn:samm:io.catenax.item_stock:2.0.0#ItemStock"))
        #expect(event["bucketend"] == .text("2025-12-01T00:15:00.000Z"))
        #expect(event["sequence"] == .text("0000000001960608"))

        let apart = FeedBench(.catenax, .stock)
        let bare = try #require(apart.published(apart.values([400], unit: "pcs"))).0
        #expect(bare.contentType == "application/json")
        #expect(try Written(bare.payload) == event["data"])
        for attribute in bare.attributes { #expect(event[attribute.name] == .text(attribute.value)) }
        guard case .object(let members) = event else { return }
        #expect(
            Set(bare.attributes.map(\.name)) == Set(members.keys).subtracting(["data", "datacontenttype"])
        )
        // What the payload does not say is signed with it.
        #expect(
            bare.signed.map(\.name) == [
                "id", "source", "agreementid", "grantid", "bucketstart", "bucketend", "sequence",
            ]
        )
        let key = SigningKey.make(id: "k-1")
        let jws = DetachedJWS.sign(bare.payload, with: key, telling: bare.signed)
        let told = try DetachedJWS.verify(jws, of: bare.payload, by: [key.verifying()], at: FeedBench.noon)
        #expect(told == Dictionary(bare.signed.map { ($0.name, $0.value) }) { first, _ in first })
    }

    @Test(
        "a value that a form has no words for is left out, and only the operator learns why",
        arguments: [
            (FeedForm.catenax, 12.0, "box", Quality.good, "unit \"box\" has no name in Catena-X"),
            (.catenax, 12.5, "pcs", .good, "no whole number"),
            (.catenax, -3, "pcs", .good, "less than nothing"),
            (.catenax, 3, "pcs", .stale, "it is stale"), (.epcis, 3, "pcs", .bad, "it is bad"),
            (.epcis, 3, "box", .good, "unit \"box\" has no code in EPCIS"),
            (.epcis, -1, "kg", .good, "less than"),
            (.epcis, 0.5, "pair", .good, "no whole number"),
        ]
    )
    func unsaid(form: FeedForm, number: Double, unit: String, quality: Quality, why: String) throws {
        let bench = FeedBench(form, .stock)
        let (message, unsaid) = try #require(
            bench.published(bench.values([number], unit: unit, quality: quality))
        )
        #expect(unsaid.count == 1)
        #expect(unsaid[0].hasPrefix("ボルト-M8 at ota: ") && unsaid[0].contains(why), "\(unsaid)")
        #expect(String(decoding: message.payload, as: UTF8.self).hasPrefix(#"{"status":"withheld"} "#))
        #expect(message.attributes.contains(FeedAttribute("type", "io.tsunagi.share.withheld.v1")))
        let told = message.attributes.map(\.value).joined() + String(decoding: message.payload, as: UTF8.self)
        for word in ["box", "stale", "bad", "whole", "less"] { #expect(!told.contains(word)) }
    }

    @Test(
        "nothing on hand is no position to a customer, and one to a supplier; a plan without an end is not told"
    )
    func nothing() throws {
        #expect(
            try #require(FeedBench(.catenax, .stock).text([0], unit: "pcs")).hasSuffix("\"positions\":[]}")
        )
        let inward = FeedBench(.catenax, .stock, relationship: .supplier).text([0], unit: "pcs")
        #expect(try #require(inward).contains(#"{"value":0,"unit":"unit:piece"}"#))
        let plan = FeedBench(.catenax, .plannedOutput)
        #expect(try #require(plan.text([0], unit: "pcs")).hasSuffix("\"positions\":[]}"))
        var values = plan.values([5], unit: "pcs")
        values[0].completion = nil
        #expect(try #require(plan.published(values)).unsaid.first?.contains("plan_end/ボルト-M8") == true)
    }

    @Test("numbers of the trade leave in the form that asks for them, and in no other")
    func privacy() throws {
        let secrets = ["BPNS", "BPNA", "49000000000", "7d6a1c52", "id.gs1.org"]
        for (form, shown) in [
            (FeedForm.tsunagi, [String]()), (.catenax, ["BPNS", "BPNA", "7d6a1c52"]),
            (.epcis, ["49000000000", "id.gs1.org"]),
        ] {
            for mode in [EventMode.structured, .properties] {
                let bench = FeedBench(form, .stock, mode)
                let message = try #require(bench.published(bench.values([1], unit: "pcs"))).0
                let text =
                    String(decoding: message.payload, as: UTF8.self)
                    + message.attributes.map(\.value).joined(separator: " ")
                #expect(secrets.filter { text.contains($0) } == secrets.filter { shown.contains($0) })
            }
        }
    }
}
