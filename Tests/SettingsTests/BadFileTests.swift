import Bus
import Foundation
import Settings
import Testing

@Suite("A configuration that is wrong is refused with the place and what was expected")
struct BadFileTests {
    @Test(
        "gateway and data",
        arguments: [
            (
                "gateway: {id: plant-ota, timezone: Asia/Tokyo, sit: ota}",
                "plant.yaml:1:48: error: key \"sit\" unknown in gateway (did you mean \"site\"?)"
            ),
            (
                "gateway: {id: Plant Ota, timezone: Asia/Tokyo}",
                "plant.yaml:1:15: error: gateway.id \"Plant Ota\" is no id: 1 to 64 characters of a-z, 0-9 and -"
            ),
            (
                "gateway: {id: 工場, timezone: Asia/Tokyo}",
                "plant.yaml:1:15: error: gateway.id \"工場\" is no id: 1 to 64 characters of a-z, 0-9 and -"
            ),
            (
                "gateway: {id: 7, timezone: Asia/Tokyo}",
                "plant.yaml:1:15: error: gateway.id must be a text, not the number 7; to mean the text, write \"7\""
            ),
            (
                "gateway: {id: [a], timezone: Asia/Tokyo}",
                "plant.yaml:1:15: error: gateway.id must be a text, not a list"
            ),
            (
                "gateway: {id: a, timezone: Asia/Tokio}",
                "plant.yaml:1:28: error: gateway.timezone \"Asia/Tokio\" is no time zone, e.g. Asia/Tokyo or +09:00"
                    + " (did you mean \"Asia/Tokyo\"?)"
            ),
            (
                "gateway: {id: a, timezone: \"+9:00\"}",
                "plant.yaml:1:28: error: gateway.timezone \"+9:00\" is no time zone, e.g. Asia/Tokyo or +09:00"
            ),
            (
                "gateway: here",
                "plant.yaml:1:10: error: gateway must be a table of keys and values, not the text \"here\""
            ),
            (
                "gateway: {id: a}",
                "plant.yaml:1:10: error: key \"timezone\" is missing in gateway, e.g. timezone: Asia/Tokyo"
            ),
            (
                "gateway: {timezone: Asia/Tokyo, id: }",
                "plant.yaml:1:37: error: gateway.id must be a text, not nothing"
            ),
        ]
    )
    func gateway(section: String, finding: String) {
        #expect(PaperFiles.plant(gateway: section).findings() == [finding])
    }

    @Test(
        "sizes and limits",
        arguments: [
            (
                "data: {directory: data, budget: 1 MiB}",
                "plant.yaml:2:33: error: data.budget is too small: expected 16 MiB or more"
            ),
            (
                "data: {directory: data, dead_letters: 1 KiB}",
                "plant.yaml:2:39: error: data.dead_letters is out of bounds: expected 64 KiB … 64 MiB"
            ),
            (
                "data: {directory: data, budget: lots}",
                "plant.yaml:2:33: error: data.budget must be a size such as 256 MiB or 8 GiB, not the text \"lots\""
            ),
            (
                "data: {directory: data, series_limit: 0}",
                "plant.yaml:2:39: error: data.series_limit is 0: expected 1 … 10000000"
            ),
            (
                "data: {directory: data, series_limit_per_asset: 0}",
                "plant.yaml:2:49: error: data.series_limit_per_asset is 0: expected 1 … 10000000"
            ),
            (
                "data: {directory: data, series_limit: \"5\"}",
                "plant.yaml:2:39: error: data.series_limit must be a whole number, not the text \"5\""
            ),
            (
                "data: {directory: data, series_limit: 0100}",
                "plant.yaml:2:39: error: data.series_limit must be a whole number, not the text \"0100\""
            ),
            (
                "data: {directory: \"\"}",
                "plant.yaml:2:19: error: data.directory must not be empty"
            ),
            (
                "data: {directory: data, DIRECTORY: x}",
                "plant.yaml:2:25: error: key \"DIRECTORY\" unknown in data (did you mean \"directory\"?)"
            ),
        ]
    )
    func data(section: String, finding: String) {
        #expect(PaperFiles.plant(data: section).findings() == [finding])
    }

    @Test(
        "the broker",
        arguments: [
            (
                "broker: manged",
                "plant.yaml:3:9: error: broker must be managed, mqtt://host:1883, mqtts://host:8883 or unix:/path"
                    + " (did you mean \"managed\"?)"
            ),
            (
                "broker: mqtt://host:99999",
                "plant.yaml:3:9: error: broker port \"99999\" is none: expected 1 … 65535"
            ),
            ("broker: mqtt://:1883", "plant.yaml:3:9: error: broker \":1883\" is no host and port"),
            (
                "broker: mqtt://user:pass@host",
                "plant.yaml:3:9: error: broker has no place for a user; write user: and password_file: beside url:"
            ),
            (
                "broker: {url: mqtt://host, ca_file: ca.pem}",
                "plant.yaml:3:37: error: broker.ca_file goes with an mqtts:// url"
            ),
            (
                "broker: {url: managed, user: me}",
                "plant.yaml:3:30: error: broker.user goes with an mqtt:// or mqtts:// url; the managed broker makes its own"
            ),
            (
                "broker: {url: managed, listen: 0.0.0.0:x}",
                "plant.yaml:3:32: error: broker.listen port \"x\" is none: expected 0 … 65535, e.g. 127.0.0.1:1883"
            ),
            (
                "broker: {url: managed, listen: localhost:1883}",
                "plant.yaml:3:32: error: broker.listen \"localhost\" is no numeric address, e.g. 127.0.0.1:1883"
            ),
            (
                "broker: {url: mqtt://host:0}",
                "plant.yaml:3:15: error: broker.url port \"0\" is none: expected 1 … 65535"
            ),
            (
                "broker: {url: mqtt://host, user: me, password: secret}",
                "plant.yaml:3:48: error: broker.password has no place in a configuration that people copy and commit;"
                    + " write it to a file, chmod 600 it, and name the file as password_file"
            ),
            (
                "broker: {url: mqtts://host, cert_file: cert.pem}",
                "plant.yaml:3:40: error: broker.cert_file needs a key_file: beside it"
            ),
            (
                "broker: {url: mqtts://host, ca_file: tls/none.pem}",
                "plant.yaml:3:38: error: broker.ca_file tls/none.pem cannot be opened: no such paper"
            ),
            (
                "broker: {url: mqtt://host, keep_alive_s: 2}",
                "plant.yaml:3:42: error: broker.keep_alive_s is 2: expected 5 … 3600"
            ),
        ]
    )
    func broker(section: String, finding: String) {
        var files = PaperFiles.plant(broker: section)
        files.texts["ca.pem"] = "x"
        files.texts["cert.pem"] = "x"
        #expect(files.findings() == [finding])
    }

    @Test("a password comes from a file that is its owner's alone")
    func passwordFile() throws {
        let broker = "broker: {url: mqtt://host, user: me, password_file: secrets/mqtt}"
        var files = PaperFiles.plant(broker: broker)
        files.texts["secrets/mqtt"] = "open sesame\r\n"
        guard case .external(let options) = try files.load().broker else {
            Issue.record("expected a broker of somebody else's")
            return
        }
        #expect(options.identity.password == "open sesame")
        files.modes["secrets/mqtt"] = 0o640
        #expect(
            files.findings() == [
                "plant.yaml:3:53: error: broker.password_file secrets/mqtt can be read by others (mode 640);"
                    + " run: chmod 600 secrets/mqtt"
            ]
        )
        files.modes["secrets/mqtt"] = 0o600
        files.texts["secrets/mqtt"] = "\n"
        #expect(
            files.findings() == [
                "plant.yaml:3:53: error: broker.password_file secrets/mqtt holds no password in its first line"
            ]
        )
    }

    @Test("the disk itself is asked who may read a password file")
    func passwordOnDisk() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tsunagi-\(UUID().uuidString)")
            .path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = "broker: {url: mqtt://host, user: me, password_file: secret}"
        let plant = PaperFiles.plant(broker: broker).texts["plant.yaml"] ?? ""
        for (name, text, mode) in [("plant.yaml", plant, 0o644), ("secret", "sesame", 0o644)] {
            let made = FileManager.default.createFile(
                atPath: "\(folder)/\(name)",
                contents: Data(text.utf8),
                attributes: [.posixPermissions: mode]
            )
            #expect(made)
        }
        #expect(throws: SettingsFailures.self) { try Settings.load(path: "\(folder)/plant.yaml") }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder)/secret")
        guard case .external(let options) = try Settings.load(path: "\(folder)/plant.yaml").broker else {
            Issue.record("expected a broker of somebody else's")
            return
        }
        #expect(options.identity.password == "sesame")
    }

    @Test("every finding is told, from top to bottom")
    func all() {
        let files = PaperFiles.plant(
            gateway: "gateway: {id: A, timezone: Asia/Tokyo}",
            data: "data: {budget: 0}",
            broker: "broker: 5",
            rules: "rules: {}",
            more: "desk: {sockets: x}\nlog: {level: loud}\nrule: []"
        )
        #expect(
            files.findings() == [
                "plant.yaml:1:15: error: gateway.id \"A\" is no id: 1 to 64 characters of a-z, 0-9 and -",
                "plant.yaml:2:7: error: key \"directory\" is missing in data, e.g. directory: data",
                "plant.yaml:2:16: error: data.budget is too small: expected 16 MiB or more",
                "plant.yaml:3:9: error: broker must be a text, not the number 5; to mean the text, write \"5\"",
                "plant.yaml:4:8: error: rules must be a list, not a table",
                "plant.yaml:5:8: error: key \"sockets\" unknown in desk (did you mean \"socket\"?)",
                "plant.yaml:6:14: error: log.level \"loud\" unknown; known: debug, notice, warning, error",
                "plant.yaml:7:1: error: key \"rule\" unknown (did you mean \"rules\"?)",
            ]
        )
    }

    @Test("a socket must fit into its address")
    func socket() {
        let long = String(repeating: "x", count: 100)
        let named = PaperFiles.plant(more: "desk: {socket: /run/\(long)/desk}").findings()
        #expect(named.count == 1)
        #expect(
            named.first?.hasPrefix("plant.yaml:5:16: error: the desk's socket has a path of more than 107")
                == true
        )
        let beside = PaperFiles.plant(data: "data: {directory: \(long)}").findings()
        #expect(beside.count == 1)
        #expect(
            beside.first?.hasPrefix("plant.yaml:1:1: error: the desk's socket has a path of more than 107")
                == true
        )
    }
}
