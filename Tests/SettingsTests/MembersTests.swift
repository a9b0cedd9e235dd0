import Bus
import Settings
import Testing

@Suite("Members of a hub: their brokers and keys")
struct MembersTests {
    private static func consent(_ firm: String) -> String {
        """
        id: con-\(firm)
        version: 1
        status: active
        provider: {id: \(firm)}
        recipient: {id: hub, relationship: hub}
        purpose: supply-assurance
        validity: {notBefore: 2026-04-01T00:00:00+09:00, notAfter: 2027-04-01T00:00:00+09:00}
        grants:
          - {id: g, measure: stock, products: [ボルト-M8], sites: [x], kind: own, aggregate: last, bucket: PT1M,
             delay: PT0S, precision: {mode: exact}, cadence: clock}
        """
    }

    private static func hub(_ members: String) -> PaperFiles {
        var files = PaperFiles.plant(more: "consents: consents/\nmembers:\n\(members)")
        for firm in ["plant-ota", "plant-suwa"] { files.texts["consents/\(firm).yaml"] = consent(firm) }
        files.texts["ota.json"] = "{}"
        files.texts["secret"] = "秘密\n"
        return files
    }

    @Test("each with its broker, its keys or both")
    func whole() throws {
        let settings = try Self.hub(
            """
              - id: plant-ota
                broker: {url: "mqtt://ota.example.jp", user: hub, password_file: secret}
                keys_file: ota.json
              - {id: plant-suwa, keys_file: ota.json}
            """
        ).load()
        #expect(settings.members.map(\.id) == ["plant-ota", "plant-suwa"])
        #expect(settings.members[0].broker?.identity.user == "hub")
        #expect(settings.members[0].broker?.identity.password == "秘密")
        #expect(settings.members[1].broker == nil)
        #expect(settings.members.map(\.keysFile) == ["ota.json", "ota.json"])
    }

    @Test(
        "what is wrong with one is told where it stands",
        arguments: [
            ("- {id: plant-otta, keys_file: ota.json}", "7:10", "gave no consent: nothing of it is taken"),
            ("- {id: plant-ota}", "7:5", "says nothing: name its broker:, its keys_file:, or both"),
            ("- {id: plant-ota, broker: managed}", "7:29", "is the member's own"),
            ("- {id: plant-ota, keys_file: none.json}", "7:32", "cannot be opened"),
            ("- {id: plant-ota, key: ota.json}", "7:21", "key \"key\" unknown"),
            ("- {keys_file: ota.json}", "7:5", "key \"id\" is missing"),
            (
                "- {id: plant-ota, keys_file: ota.json}\n  - {id: plant-ota, keys_file: ota.json}", "8:10",
                "is already that of the member in line 7"
            ),
        ]
    )
    func wrong(members: String, place: String, message: String) {
        let findings = Self.hub("  \(members)").findings()
        #expect(
            findings.contains { $0.hasPrefix("plant.yaml:\(place): error: ") && $0.contains(message) },
            "\(findings)"
        )
    }
}
