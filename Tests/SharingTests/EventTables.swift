import Foundation
import Readings

/// The same of EPCIS documents and of CloudEvents.
extension FieldTables {
    static let uri = FieldShape.text("absolute URI", isURI)

    static let isURI = matches(#"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"#)

    /// A bare word of the vocabulary, or a URI that is none of the vocabulary's own.
    private static func word(_ key: String) -> FieldShape {
        let words = Vectors.words(key)
        return .text("word of \(key)") { text in
            words.contains(text)
                || isURI(text) && !text.hasPrefix("urn:epcglobal:cbv") && !text.contains("ns.gs1.org/cbv/")
        }
    }

    private static let code = FieldShape.text("code of Rec 20", matches("[A-Z0-9]{2,3}"))
    private static let place = FieldShape.object(
        [FieldShape.Field(name: "id", isNeeded: true, shape: uri)],
        isClosed: false
    )

    static func epcis(_ document: FieldRows, _ object: FieldRows, _ aggregation: FieldRows) -> FieldShape {
        let context = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
        let contexts = FieldShape.either([
            .text("context") { $0 == context },
            .list(least: 1, .either([.text("context") { $0 == context }, .object([], isClosed: false)])),
        ])
        let event = FieldShape.either([objectEvent(object), aggregationEvent(aggregation, object)])
        return .object(
            [
                document.field("@context", nil, contexts),
                document.field("type", nil, .text("EPCISDocument") { $0 == "EPCISDocument" }),
                document.field("schemaVersion", nil, .text("version") { $0 == "2.0" }),
                document.field("creationDate", nil, timestamp),
                document.needed(
                    "epcisBody",
                    .object(
                        [document.field("eventList", "epcisBody.eventList[]", .list(least: 1, event))],
                        isClosed: true
                    )
                ),
            ],
            isClosed: true
        )
    }

    private static func amounts(_ rows: FieldRows) -> FieldShape {
        .list(
            least: 1,
            .object(
                [
                    rows.field("epcClass", "quantityList[].epcClass", uri),
                    rows.field("quantity", "quantityList[].quantity", .number("number") { _ in true }),
                    rows.field("uom", "quantityList[].uom", code),
                ],
                isClosed: true
            )
        )
    }

    private static let offset = FieldShape.text(
        "offset of a zone",
        matches(#"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00"#)
    )

    private static func objectEvent(_ rows: FieldRows) -> FieldShape {
        let lists = "epcList[] or quantityList[]"
        let (steps, places) = ("bizStep, disposition", "readPoint.id, bizLocation.id")
        return .object(
            [
                rows.field("type", nil, .text("ObjectEvent") { $0 == "ObjectEvent" }),
                rows.field("eventTime", nil, timestamp), rows.field("eventTimeZoneOffset", nil, offset),
                rows.field("action", nil, action),
                rows.field("epcList", lists, .list(least: 0, uri)),
                rows.field("quantityList", lists, amounts(rows)),
                rows.field("bizStep", steps, word("epcis_bizStep_relevant")),
                rows.field("disposition", steps, word("epcis_disposition_relevant")),
                rows.field("readPoint", places, place), rows.field("bizLocation", places, place),
                rows.field("ilmd", nil, .object([], isClosed: false)), rows.field("eventID", nil, uri),
                rows.optional("sensorElementList", .list(least: 1, sensorElement(rows))),
            ],
            isClosed: true,
            extra: { $0.contains(":") }
        )
    }

    private static let actions = Vectors.words("epcis_actions")
    private static let action = FieldShape.text("action") { actions.contains($0) }

    private static func sensorElement(_ rows: FieldRows) -> FieldShape {
        let sensed = Vectors.words("epcis_sensor_types_relevant")
        let value = FieldShape.number("number") { _ in true }
        let report = FieldShape.object(
            [
                rows.needed(
                    "type",
                    .text("quantity") { sensed.contains($0) }
                ),
                rows.optional("value", value), rows.optional("meanValue", value),
                rows.optional("minValue", value), rows.optional("maxValue", value),
                rows.optional("uom", code),
            ],
            isClosed: true
        )
        return .object(
            [
                rows.optional(
                    "sensorMetadata",
                    .object(
                        [
                            rows.optional("deviceID", uri), rows.optional("startTime", timestamp),
                            rows.optional("endTime", timestamp), rows.optional("dataProcessingMethod", uri),
                        ],
                        isClosed: true
                    )
                ),
                rows.needed("sensorReport", .list(least: 1, report)),
            ],
            isClosed: true
        )
    }

    private static func aggregationEvent(_ rows: FieldRows, _ object: FieldRows) -> FieldShape {
        let when = "eventTime, eventTimeZoneOffset, action"
        let lists = "childEPCs[] or childQuantityList[]"
        let where_ = "bizStep, disposition, readPoint, bizLocation"
        return .object(
            [
                rows.field("type", nil, .text("AggregationEvent") { $0 == "AggregationEvent" }),
                rows.field("eventTime", when, timestamp), rows.field("eventTimeZoneOffset", when, offset),
                rows.field("action", when, action),
                rows.field("parentID", nil, uri),
                rows.field("childQuantityList", lists, amounts(object)),
                rows.field("bizStep", where_, word("epcis_bizStep_relevant")),
                rows.field("disposition", where_, word("epcis_disposition_relevant")),
                rows.field("readPoint", where_, place), rows.field("bizLocation", where_, place),
            ],
            isClosed: true
        )
    }

    /// What ties the fields of an event together.
    static func eventTies(_ document: Written) -> [String] {
        var found: [String] = []
        for event in document["epcisBody"]?["eventList"]?.items ?? []
        where event["type"] == .text("ObjectEvent") {
            let isSensed = event["sensorElementList"] != nil && event["readPoint"] != nil
            if event["epcList"] == nil, event["quantityList"] == nil, !isSensed { found.append("of nothing") }
            if event["ilmd"] != nil, event["action"] != .text("ADD") { found.append("ilmd without ADD") }
        }
        return found
    }

    /// A CloudEvent in structured mode.
    static func cloudEvent(_ data: FieldShape) -> FieldShape {
        func text(_ name: String, isNeeded: Bool = true, _ holds: @escaping @Sendable (String) -> Bool)
            -> FieldShape.Field
        {
            FieldShape.Field(name: name, isNeeded: isNeeded, shape: .text(name, holds))
        }
        let isStamp: @Sendable (String) -> Bool = { timestamp.faults(.text($0)).isEmpty }
        return .object(
            [
                text("specversion") { $0 == "1.0" }, text("id") { !$0.isEmpty }, text("source") { isURI($0) },
                text("type", matches(#"io\.tsunagi\.share\.[a-z-]+\.v1"#)),
                text("subject", isNeeded: false) { !$0.isEmpty }, text("time", isStamp),
                text("datacontenttype") { $0 == "application/json" }, text("dataschema") { isURI($0) },
                text("agreementid") { !$0.isEmpty }, text("grantid") { !$0.isEmpty },
                text("bucketstart", isStamp), text("bucketend", isStamp),
                text("sequence", matches(#"\d{16}"#)),
                FieldShape.Field(name: "data", isNeeded: true, shape: data),
            ],
            isClosed: true
        )
    }

    static let withheld = FieldShape.object(
        [FieldShape.Field(name: "status", isNeeded: true, shape: .text("withheld") { $0 == "withheld" })],
        isClosed: true
    )
}
