import Foundation
import Readings
import Testing

@testable import Bus

@Suite struct CertificateDatesTests {
    /// A throwaway certificate by openssl, as PEM.
    private func made(days: Int) throws -> [UInt8] {
        let shell = Process()
        let out = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = [
            "-c",
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj /CN=棚A -days \(days)",
        ]
        shell.standardOutput = out
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        let pem = out.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return Array(pem)
    }

    @Test(
        "the end of a certificate is read from its PEM, before 2050 and after",
        arguments: [1, 30, 3650, 20_000]
    )
    func end(days: Int) throws {
        let now = Date().timeIntervalSince1970
        let end = try #require(CertificateDates.end(pem: try made(days: days)))
        #expect(abs(Double(end.milliseconds) / 1000 - now - Double(days) * 86_400) < 60, "\(end.iso8601)")
    }

    @Test("of several in one file the earliest end counts, and what is none is passed over")
    func several() throws {
        let text = Array("# our authorities\r\n".utf8)
        let both = text + (try made(days: 300)) + (try made(days: 3))
        let end = try #require(CertificateDates.end(pem: both))
        #expect(end == CertificateDates.end(pem: Array(both.suffix(both.count / 2))))
        #expect(CertificateDates.end(pem: text) == nil)
    }

    @Test("a cut or spoiled certificate crashes nothing")
    func spoiled() throws {
        let pem = try made(days: 30)
        for place in stride(from: 0, to: pem.count, by: 3) {
            _ = CertificateDates.end(pem: Array(pem[..<place]))
            var spoiled = pem
            spoiled[place] ^= 0x15
            _ = CertificateDates.end(pem: spoiled)
        }
        for length in 0...40 {
            _ = CertificateDates.end(der: [UInt8](repeating: 0x30, count: length))
            _ = CertificateDates.end(der: [UInt8](repeating: 0x83, count: length))
        }
    }

    @Test("an end is told from thirty days before, then from seven, from one, and when it has come")
    func warnings() {
        let end = Instant(milliseconds: 1_800_000_000_000)
        let certificate = CertificateStatus(file: "gateway.pem", end: end)
        func told(daysBefore days: Int64) -> String {
            String((certificate.warning(at: end.advanced(byMs: -days * 86_400_000)) ?? "").prefix(19))
        }
        #expect(told(daysBefore: 31).isEmpty)
        #expect(told(daysBefore: 30) == "ends within 30 days")
        #expect(told(daysBefore: 7) == "ends within 7 days," && told(daysBefore: 1) == "ends within a day, ")
        #expect(told(daysBefore: 0).hasPrefix("ended on "))
    }
}
