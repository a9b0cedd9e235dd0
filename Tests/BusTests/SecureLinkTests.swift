import Bus
import Foundation
import Synchronization
import Testing

@Suite("TLS")
struct SecureLinkTests {
    /// A throwaway authority and a server certificate for 127.0.0.1 and localhost.
    private func makeCertificates(in directory: String) throws {
        let script = """
            set -e
            cd "$1"
            kind="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $kind -keyout ca.key -out ca.pem -subj "/CN=Throwaway CA" -days 2
            openssl req -x509 $kind -keyout other.key -out other.pem -subj "/CN=Another CA" -days 2
            for who in server client; do
              openssl req $kind -keyout $who.key -out $who.csr -subj "/CN=$who"
              printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' > ext
              openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext \
                -out $who.pem
            done
            """
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", script, "sh", directory]
        shell.standardError = FileHandle.nullDevice
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
    }

    private func options(_ broker: BrokerFixture, ca: String, certificate: Bool) -> BusOptions {
        let tls = TLSOptions(
            caFile: "\(broker.directory)/\(ca)",
            certificateFile: certificate ? "\(broker.directory)/client.pem" : nil,
            keyFile: certificate ? "\(broker.directory)/client.key" : nil
        )
        let address = BrokerAddress.tls(host: "127.0.0.1", port: broker.port, tls)
        var options = BusOptions(
            address: address,
            identity: BusIdentity(clientID: "tls-\(ca)-\(certificate)")
        )
        options.filters = ["t"]
        return options
    }

    @Test("a link over TLS carries messages both ways; a wrong authority or a missing certificate is told")
    func secure() throws {
        let more = """
            cafile DIR/ca.pem
            certfile DIR/server.pem
            keyfile DIR/server.key
            require_certificate true
            """
        let broker = try BrokerFixture(more: more, start: false)
        try makeCertificates(in: broker.directory)
        try broker.start()
        let tally = Tally()
        let link = BusLink(options(broker, ca: "ca.pem", certificate: true), sink: tally.sink())
        link.start()
        #expect(soon { link.status.state == .online }, "\(link.status)")
        let answers = Answers()
        var out = options(broker, ca: "ca.pem", certificate: true)
        out.identity.clientID = "tls-out"
        let publisher = BusPublisher(out)
        publisher.start()
        let names = (0..<2000).map(String.init)
        for name in names {
            publisher.publish(BusMessage(topic: "t", payload: Array(name.utf8)), settled: answers.note(name))
        }
        #expect(soon { tally.settled.count == names.count })
        #expect(tally.settled == names)
        publisher.stop()
        link.stop()
        let stranger = BusLink(options(broker, ca: "other.pem", certificate: true), sink: Tally().sink())
        stranger.start()
        #expect(soon { stranger.status.lastError?.contains("certificate") == true }, "\(stranger.status)")
        stranger.stop()
        let nameless = BusLink(options(broker, ca: "ca.pem", certificate: false), sink: Tally().sink())
        nameless.start()
        #expect(soon { nameless.status.lastError != nil })
        #expect(nameless.status.state != .online)
        nameless.stop()
        let missing = BusLink(options(broker, ca: "absent.pem", certificate: false), sink: Tally().sink())
        missing.start()
        #expect(soon { missing.status.lastError?.contains("absent.pem") == true })
        missing.stop()
    }
}
