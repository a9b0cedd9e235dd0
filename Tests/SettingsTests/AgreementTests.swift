import Disclosure
import Foundation
import Readings
import Settings
import Testing

@Suite("Agreements are read by the schema")
struct AgreementTests {
    /// An agreement in which every member of the schema stands, one a line.
    static let whole = """
        id: agr-1
        version: 2
        status: draft
        provider:
          id: plant-ota
          name: 大田の工場の例
          houjin: "1180301018771"
          bpnl: BPNL00000003CRHK
          colludesWith: [plant-kobe]
        recipient:
          id: buyer-1
          relationship: customer
        purpose: supply-assurance
        validity:
          notBefore: 2026-01-01T00:00:00+09:00
          notAfter: 2026-12-31T00:00:00Z
        revocation:
          noticeSeconds: 60
          clearRetained: false
        onwardSharing: false
        approvedBy: [sales]
        emergency:
          trigger: earthquake
          maxDuration: P14D
          approvers: 2
        grants:
          - id: stock
            measure: stock
            products: [ボルト-M8]
            sites: [ota]
            kind: consortium
            contributors: [a, b, c]
            aggregate: sum
            bucket: P1D
            timezone: Asia/Tokyo
            delay: PT6H
            precision:
              mode: round
              base: 0.5
            cadence: clock
            disclosure:
              minContributors: 3
              pPercent: 15
              nk:
                n: 1
                k: 75
              maxStaleness: PT1H
              membershipCooldownBuckets: 2
            formats: [tsunagi, catenax]
            retain: false
            historyBuckets: 10
          - id: bands
            measure: process
            metric: temperature
            products: [mazak-01]
            sites: [ota]
            kind: own
            aggregate: mean
            bucket: PT15M
            delay: P1DT12H30M5S
            precision:
              mode: band
              edges: [0, 10, 20.5]
            cadence: clock

        """

    func plant(_ files: [String: String]) -> PaperFiles {
        var paper = PaperFiles.plant(more: "agreements: agreements/")
        for (name, text) in files { paper.texts["agreements/\(name)"] = text }
        return paper
    }

    @Test("every member of the schema is taken over")
    func members() throws {
        let agreement = try #require(try plant(["a.yaml": AgreementTests.whole]).load().agreements.first)
        #expect(agreement.id == "agr-1")
        #expect(agreement.version == 2)
        #expect(agreement.status == .draft)
        #expect(agreement.provider.houjin == "1180301018771")
        #expect(agreement.provider.colludesWith == ["plant-kobe"])
        #expect(agreement.recipient == Party(id: "buyer-1", relationship: .customer))
        #expect(agreement.purpose == .supplyAssurance)
        #expect(agreement.validity.notBefore.iso8601 == "2025-12-31T15:00:00.000Z")
        #expect(agreement.revocation == Revocation(noticeSeconds: 60, clearRetained: false))
        #expect(agreement.approvedBy == ["sales"])
        #expect(agreement.emergency?.maxDuration == Period("P2W"))
        let stock = agreement.grants[0]
        #expect(stock.products == ["ボルト-M8"])
        #expect(stock.kind == .consortium)
        #expect(stock.contributors == ["a", "b", "c"])
        #expect(stock.bucket == .day)
        #expect(stock.delayMs == 21_600_000)
        #expect(stock.precision == .round(base: 0.5))
        #expect(stock.disclosure.nk == Dominance(n: 1, k: 75))
        #expect(stock.disclosure.maxStaleness?.milliseconds == 3_600_000)
        #expect(stock.formats == [.tsunagi, .catenax])
        #expect(stock.retain == false)
        #expect(stock.historyBuckets == 10)
        let bands = agreement.grants[1]
        #expect(bands.precision == .band(edges: [0, 10, 20.5]))
        #expect(bands.metric == "temperature")
        #expect(bands.delay.description == "P1DT12H30M5S")
        #expect(bands.retain)
        #expect(bands.measure.subject == .machine)
    }

    @Test("days and weeks begin where the gateway stands, unless the grant says otherwise")
    func zones() throws {
        let text = AgreementTests.whole.replacing("    timezone: Asia/Tokyo\n", with: "")
        let grants = try #require(try plant(["a.yaml": text]).load().agreements.first?.grants)
        #expect(grants.map(\.timezone) == ["Asia/Tokyo", nil])
        var elsewhere = plant(["a.yaml": text])
        let moved = elsewhere.texts["plant.yaml"]?.replacing("Asia/Tokyo", with: "Europe/Berlin")
        elsewhere.texts["plant.yaml"] = moved
        let findings = elsewhere.findings()
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("agreements/a.yaml:34:13: error: grants[0].bucket \"Eur") == true)
    }

    @Test(
        "each bound of the schema, broken alone, is refused at its line",
        arguments: [
            ("id: agr-1", "id: ab", 1, "is no agreement id"),
            ("id: agr-1", "id: -agr", 1, "is no agreement id"),
            ("id: agr-1", "id: \(String(repeating: "a", count: 42))", 1, "is no agreement id"),
            ("version: 2", "version: 0", 2, "expected 1 or more"),
            ("version: 2", "version: 1.5", 2, "must be a whole number"),
            ("status: draft", "status: aktive", 3, "(did you mean \"active\"?)"),
            ("  id: plant-ota", "  id: p", 5, "is no party id"),
            ("  id: plant-ota", "  id: plant/ota", 5, "is no party id"),
            ("  id: plant-ota", "  id: '+'", 5, "is no party id"),
            ("  name: 大田の工場の例", "  name: 5", 6, "must be a text"),
            ("houjin: \"1180301018771\"", "houjin: \"0180301018771\"", 7, "is no corporate number"),
            ("houjin: \"1180301018771\"", "houjin: 1180301018771", 7, "must be a text"),
            ("bpnl: BPNL00000003CRHK", "bpnl: BPNL00000003CRH", 8, "is no business partner number"),
            ("bpnl: BPNL00000003CRHK", "bpnl: BPNA00000003CRHK", 8, "is no business partner number"),
            ("[plant-kobe]", "plant-kobe", 9, "must be a list"),
            ("  relationship: customer", "  name: x", 11, "\"relationship\" is missing"),
            ("  relationship: customer", "  relationship: friend", 12, "unknown; known: customer"),
            ("purpose: supply-assurance", "purpose: curiosity", 13, "unknown; known: supply-assurance"),
            ("notBefore: 2026-01-01T00:00:00+09:00", "notBefore: 2026-01-01", 15, "is no date and time"),
            ("notAfter: 2026-12-31T00:00:00Z", "notAfter: 2026-12-31T00:00:00", 16, "is no date and time"),
            ("noticeSeconds: 60", "noticeSeconds: 2592001", 18, "lies outside 0"),
            ("noticeSeconds: 60", "noticeSeconds: -1", 18, "lies outside 0"),
            ("clearRetained: false", "clearRetained: no", 19, "must be true or false"),
            ("onwardSharing: false", "onwardSharing: true", 20, "must be false"),
            ("approvedBy: [sales]", "approvedBy: []", 21, "is empty"),
            ("approvedBy: [sales]", "approvedBy: [a, a]", 21, "twice"),
            ("maxDuration: P14D", "maxDuration: P1M", 24, "is no length of time"),
            ("approvers: 2", "approvers: 1", 25, "at least 2"),
            ("  - id: stock", "  - id: Stock", 27, "is no grant id"),
            ("  - id: bands", "  - id: stock", 52, "is already that of grants[0]"),
            ("measure: stock", "measure: stok", 28, "(did you mean \"stock\"?)"),
            ("products: [ボルト-M8]", "products: []", 29, "is empty"),
            ("products: [ボルト-M8]", "products: [4711]", 29, "must be a text"),
            ("    sites: [ota]\n    kind: consortium", "    sites: []\n    kind: consortium", 30, "is empty"),
            ("kind: consortium", "kind: shared", 31, "unknown; known: own, consortium"),
            ("contributors: [a, b, c]", "contributors: [a, b, a]", 32, "twice"),
            ("aggregate: sum", "aggregate: median", 33, "unknown"),
            ("bucket: P1D", "bucket: PT2H", 34, "unknown"),
            ("timezone: Asia/Tokyo", "timezone: \"\"", 35, "must not be empty"),
            ("timezone: Asia/Tokyo", "timezone: Tokyo", 35, "is no time zone"),
            ("timezone: Asia/Tokyo", "timezone: Europe/Berlin", 35, "cannot bound days or weeks"),
            ("delay: PT6H", "delay: 6h", 36, "is no length of time"),
            ("      base: 0.5", "      base: 0", 39, "is no base to round to"),
            ("      base: 0.5", "      edges: [1]", 38, "\"base\" is missing"),
            ("      mode: round", "      mode: exact", 39, "\"base\" unknown"),
            ("      mode: round", "      mode: rough", 38, "unknown; known: exact, round, band"),
            (
                "cadence: clock\n    disclosure", "cadence: never\n    disclosure", 40,
                "unknown; known: clock, onChange"
            ),
            ("minContributors: 3", "minContributors: 0", 42, "expected 1 or more"),
            ("pPercent: 15", "pPercent: 0", 43, "is no percentage"),
            ("pPercent: 15", "pPercent: 100.5", 43, "is no percentage"),
            ("        n: 1", "        n: 0", 45, "expected 1 or more"),
            ("        k: 75", "        k: much", 46, "must be a number"),
            ("maxStaleness: PT1H", "maxStaleness: PT", 47, "is no length of time"),
            ("membershipCooldownBuckets: 2", "membershipCooldownBuckets: -1", 48, "expected 0 or more"),
            ("formats: [tsunagi, catenax]", "formats: [csv]", 49, "unknown; known: tsunagi"),
            ("formats: [tsunagi, catenax]", "formats: []", 49, "is empty"),
            ("retain: false", "retain: 1", 50, "must be true or false"),
            ("historyBuckets: 10", "historyBuckets: 10001", 51, "lies outside 0"),
            ("    metric: temperature\n", "", 52, "\"metric\" is missing"),
            ("measure: process", "measure: energy", 54, "goes with measure process alone"),
            ("edges: [0, 10, 20.5]", "edges: []", 63, "is empty"),
            ("edges: [0, 10, 20.5]", "edges: [0, 10, 10]", 63, "must ascend"),
        ]
    )
    func bound(good: String, bad: String, line: Int, message: String) {
        #expect(AgreementTests.whole.contains(good))
        let range = AgreementTests.whole.range(of: good)
        let text = range.map { AgreementTests.whole.replacingCharacters(in: $0, with: bad) } ?? ""
        let findings = plant(["a.yaml": text]).findings()
        #expect(
            findings.contains { $0.hasPrefix("agreements/a.yaml:\(line):") && $0.contains(message) },
            "\(findings)"
        )
    }

    @Test("each needed member, left out alone, is missed")
    func needed() {
        let lines = AgreementTests.whole.split(separator: "\n", omittingEmptySubsequences: false)
        let optional = [
            "name", "houjin", "bpnl", "colludesWith", "revocation", "onwardSharing", "approvedBy",
            "emergency",
            "contributors", "timezone", "disclosure", "formats", "retain", "historyBuckets", "noticeSeconds",
            "clearRetained", "minContributors", "pPercent", "nk", "maxStaleness", "membershipCooldownBuckets",
        ]
        for (index, line) in lines.enumerated() {
            let key = line.drop { $0 == " " || $0 == "-" }.prefix { $0 != ":" }
            guard !key.isEmpty, !optional.contains(String(key)) else { continue }
            // With a key goes all that stands below it; a list's item keeps its dash.
            let indent = line.count - line.drop { $0 == " " || $0 == "-" }.count
            let below = lines[(index + 1)...].prefix { $0.isEmpty || $0.prefix { $0 == " " }.count > indent }
            var rest = Array(lines[..<index]) + Array(lines[(index + 1 + below.count)...])
            if line.contains("- "), rest.indices.contains(index) {
                rest[index] = Substring(
                    String(repeating: " ", count: indent - 2) + "- " + rest[index].dropFirst(indent)
                )
            }
            let findings = plant(["a.yaml": rest.joined(separator: "\n")]).findings()
            #expect(
                findings.contains { $0.contains("\"\(key)\" is missing") },
                "line \(index + 1): \(findings)"
            )
        }
    }

    @Test("an active agreement that asks for what is not shared yet is refused, each member at its line")
    func unshared() {
        let text = AgreementTests.whole.replacing("status: draft", with: "status: active")
        let findings = plant(["a.yaml": text]).findings()
        let places = findings.compactMap { $0.split(separator: ":").dropFirst().first.flatMap { Int($0) } }
        #expect(places == [49, 51], "\(findings)")
        #expect(findings.last?.contains("historyBuckets goes with kind own alone") == true)
    }

    @Test("a hub's pooled grants need its members' consents, from a folder of their own")
    func consents() throws {
        let pooled = """
            id: pool-1
            version: 1
            status: active
            provider: {id: hub}
            recipient: {id: pref-1, relationship: public-body}
            purpose: supply-assurance
            validity: {notBefore: 2026-04-01T00:00:00+09:00, notAfter: 2027-04-01T00:00:00+09:00}
            grants:
              - {id: total, measure: stock, products: [ボルト-M8], sites: [諏訪], kind: consortium,
                 contributors: [aa, bb, cc], aggregate: sum, bucket: PT1M, delay: PT0S,
                 precision: {mode: round, base: 10}, cadence: clock, disclosure: {minContributors: 3}}
            """
        let consent = pooled.replacing("id: pool-1", with: "id: con-1").replacing("id: hub", with: "id: aa")
            .replacing("id: pref-1, relationship: public-body", with: "id: hub, relationship: hub")
            .replacing("kind: consortium", with: "kind: own").replacing(
                "contributors: [aa, bb, cc], ",
                with: ""
            )
            .replacing("sum", with: "last").replacing(", disclosure: {minContributors: 3}", with: "")
        var files = PaperFiles.plant(more: "agreements: agreements/\nconsents: consents/")
        files.texts["agreements/pool.yaml"] = pooled
        for firm in ["aa", "bb", "cc"] {
            files.texts["consents/\(firm).yaml"] = consent.replacing("con-1", with: "con-\(firm)").replacing(
                "id: aa}",
                with: "id: \(firm)}"
            )
        }
        let settings = try files.load()
        #expect(settings.consents?.map(\.provider.id) == ["aa", "bb", "cc"])
        func warnings(_ settings: Settings) -> [String] {
            settings.warnings.map(\.description).filter { $0.contains("S19") }
        }
        #expect(warnings(settings).isEmpty, "\(settings.warnings)")
        files.texts["consents/bb.yaml"] = consent.replacing("PT1M", with: "PT1H")
            .replacing("con-1", with: "con-bb").replacing("id: aa}", with: "id: bb}")
        let warned = warnings(try files.load())
        #expect(warned.count == 1 && warned[0].contains("buckets of PT1H"), "\(warned)")
        files.texts["consents/bb.yaml"] = nil
        let findings = files.findings()
        #expect(findings.count == 1 && findings[0].contains("S19: grants[0].contributors bb has no active"))
        // Without a word about consents it stands, and lets nothing out.
        var bare = PaperFiles.plant(more: "agreements: agreements/")
        bare.texts["agreements/pool.yaml"] = pooled
        let told = warnings(try bare.load())
        #expect(told.count == 1 && told[0].contains("stays withheld"), "\(told)")
    }

    @Test("an agreement that ends before it begins is refused once it is active")
    func validityOrder() throws {
        var text = try ConfigFolder.text("agreements/buyer-1.yaml")
        #expect(plant(["a.yaml": text]).findings().isEmpty)
        text = text.replacing("notAfter: 2027", with: "notAfter: 2025")
        #expect(
            plant(["a.yaml": text]).findings() == [
                "agreements/a.yaml:8:11: error: S04: validity ends before it begins:"
                    + " notBefore must lie before notAfter"
            ]
        )
    }

    @Test("an id belongs to one agreement, whichever file it stands in")
    func twice() {
        let files = plant(["a.yaml": AgreementTests.whole, "b.yml": "# again\n" + AgreementTests.whole])
        #expect(
            files.findings() == [
                "agreements/b.yml:2:5: error: id \"agr-1\" is already that of the agreement at agreements/a.yaml:1"
            ]
        )
    }

    @Test("each file speaks for itself, in the order of their names")
    func perFile() {
        let files = plant([
            "a.yaml": "id: [", "b.yaml": AgreementTests.whole + "colour: red\n", ".hidden.yaml": "{",
            "notes.md": "{",
        ])
        let findings = files.findings()
        #expect(findings.count == 2, "\(findings)")
        #expect(findings.first?.hasPrefix("agreements/a.yaml:2:1: error: YAML: ") == true)
        #expect(
            findings.last?.hasPrefix("agreements/b.yaml:65:1: error: key \"colour\" unknown; known: id,")
                == true,
            "\(findings)"
        )
    }

    @Test("a folder or file that is not there is told with its line")
    func absent() {
        #expect(
            PaperFiles.plant(more: "agreements: contracts").findings() == [
                "plant.yaml:5:13: error: agreements contracts is no folder that can be read;"
                    + " make it, or leave agreements: out"
            ]
        )
        #expect(
            PaperFiles.plant(more: "agreements: [contracts/a.yaml]").findings()
                == ["contracts/a.yaml: error: cannot be opened: no such paper"]
        )
    }

    /// `policy_examples.json` is a copy of the consortium's proposal: four agreements with what its rules, not its
    /// schema, are expected to say of them.
    @Test("the consortium's example agreements are read, JSON as it is")
    func examples() throws {
        let url = try #require(Bundle.module.url(forResource: "policy_examples", withExtension: "json"))
        let examples = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        var files: [String: String] = [:]
        for (index, example) in try #require(examples as? [[String: Any]]).enumerated() {
            var agreement = try #require(example["agreement"] as? [String: Any])
            // Most of what they ask for is not shared yet; drafts may say it.
            agreement["status"] = "draft"
            let text = try JSONSerialization.data(withJSONObject: agreement, options: [.prettyPrinted])
            files["\(index).json"] = String(decoding: text, as: UTF8.self)
        }
        let agreements = try plant(files).load().agreements
        #expect(agreements.map(\.id) == ["agr-2025-014", "agr-2025-015", "agr-2025-016", "agr-2025-017"])
        #expect(agreements[2].grants[0].disclosure.pPercent == 15)
        #expect(agreements[1].grants[0].precision == .band(edges: [1, 3, 7, 14]))
        for (index, example) in try #require(examples as? [[String: Any]]).enumerated() {
            var agreement = agreements[index]
            agreement.status = .active
            let book = AgreementBook([agreement], now: agreement.validity.notBefore)
            let refusals = StaticRules.check(book).filter { $0.weight == .refusal }
            let expected = Set(example["expect"] as? [String] ?? [])
            #expect(Set(refusals.map(\.rule.rawValue)) == expected, "\(agreement.id)")
        }
    }
}
