import Bus
import Desk
import Foundation
import Synchronization
import Testing

/// A broker that wants certificates, and a gateway whose own are renewed, or have ended.
@Suite struct CertificateTests {
    /// Makes an authority, the broker's certificate, and the gateway's: its name, and when it was made for how long.
    private func make(in folder: String, _ name: String, daysAgo: Int = 0, days: Int) throws {
        let script = """
            set -e
            cd "$1"
            kind="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            sign() { faketime "$3 days ago" openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                -days $2 -extfile ext -out $1.new; }
            if [ ! -e ca.pem ]; then
                openssl req -x509 $kind -keyout ca.key -out ca.pem -subj "/CN=Throwaway CA" -days 400
                printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' > ext
                openssl req $kind -keyout server.key -out server.csr -subj "/CN=server"
                sign server 300 0
                mv server.new server.pem
            fi
            openssl req $kind -keyout gateway.key.new -out gateway.csr -subj "/CN=$2"
            sign gateway $4 $3
            mv gateway.key.new gateway.key
            mv gateway.new gateway.pem
            chmod 644 *.key *.pem
            """
        let outcome = try Executable.run(
            ["-c", script, "sh", folder, name, "\(daysAgo)", "\(days)"],
            program: "/bin/sh"
        )
        guard outcome.status == 0 else { throw Failure("no certificates: \(outcome.errors)") }
    }

    private func plant(_ workshop: Workshop) throws -> (broker: OutsideBroker, daemon: Daemon) {
        let folder = workshop.path
        let broker = try OutsideBroker(
            in: workshop,
            more: """
                cafile \(folder)/ca.pem
                certfile \(folder)/server.pem
                keyfile \(folder)/server.key
                require_certificate true
                use_identity_as_username true
                """
        )
        let daemon = try Daemon(
            in: workshop,
            settings: """
                broker: {url: "mqtts://127.0.0.1:\(broker.port)", ca_file: ca.pem, cert_file: gateway.pem, key_file: gateway.key}
                \(DutyTests.rule("stock/#"))
                """
        )
        return (broker, daemon)
    }

    private func publish(_ broker: OutsideBroker, _ workshop: Workshop, count: Int) async throws {
        let tls = TLSOptions(
            caFile: "\(workshop.path)/ca.pem",
            certificateFile: "\(workshop.path)/gateway.pem",
            keyFile: "\(workshop.path)/gateway.key"
        )
        let options = BusOptions(
            address: .tls(host: "127.0.0.1", port: broker.port, tls),
            identity: BusIdentity(clientID: "sensor-\(UUID().uuidString)")
        )
        let publisher = BusPublisher(options)
        let taken = Atomic(0)
        publisher.start()
        for _ in 0..<count {
            publisher.publish(BusMessage(topic: "stock/棚A", payload: Array("1".utf8))) { _ in
                taken.add(1, ordering: .relaxed)
            }
        }
        #expect(try await eventually(within: 20) { taken.load(ordering: .relaxed) == count })
        publisher.stop()
    }

    @Test(
        "scenario 21: a certificate that ends soon is told; the renewed one is used within a minute, the session stays"
    )
    func renewed() async throws {
        let workshop = try Workshop()
        try make(in: workshop.path, "gateway-old", days: 20)
        let (broker, daemon) = try plant(workshop)
        defer { broker.stop() }
        try await daemon.start()
        try await publish(broker, workshop, count: 10)
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") == 10 })
        let findings = try await daemon.status().findings
        let told = findings.filter {
            $0.contains("gateway.pem ends within 30 days")
        }
        #expect(told.count == 1, "\(findings)")
        #expect(daemon.said.contains("gateway.pem: ends within 30 days"), "\(daemon.said.suffix(1000))")

        try make(in: workshop.path, "gateway-new", days: 300)
        let began = Date()
        let isUsed = try await eventually(within: 60) {
            let state = try await daemon.status().broker.state
            return broker.said.contains("u'gateway-new'") && state == "online"
        }
        #expect(isUsed && Date().timeIntervalSince(began) < 60, "\(broker.said.suffix(2000))")
        try await publish(broker, workshop, count: 10)
        #expect(try await eventually(within: 10) { try await daemon.stock("ボルト") == 20 })
        // The link that publishes is made anew as well, at its own moment.
        #expect(
            try await eventually(within: 40) { try await daemon.status().findings.isEmpty },
            "\(daemon.said)"
        )
        #expect(try await daemon.status().broker.reconnects == 1)
        #expect(daemon.kill(SIGTERM) == 0)
    }

    @Test("scenario 21: a certificate that has ended is named as the cause")
    func ended() async throws {
        let workshop = try Workshop()
        try make(in: workshop.path, "gateway", daysAgo: 40, days: 2)
        let (broker, daemon) = try plant(workshop)
        defer { broker.stop() }
        try daemon.launch()
        let isNamed = try await eventually(within: 20) {
            let findings = (try? await daemon.status().findings) ?? []
            return findings.contains { $0.hasPrefix("broker: ") && $0.contains("gateway.pem ended on 20") }
        }
        #expect(isNamed, "\(daemon.said)")
        daemon.kill(SIGTERM)
    }
}
