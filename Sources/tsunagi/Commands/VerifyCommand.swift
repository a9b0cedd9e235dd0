import ArgumentParser
import Foundation
import Readings
import Sharing

/// `tsunagi verify`: for partners, on their own machines.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks the signature of a release, or the proof that the sender's audit log tells of it.",
        discussion: """
            The payload is the exact bytes that came, blanks at the end included; the signature is the message's \
            user property jws. The keys are those that were handed over, never some that came with a message.
            Exit code 0 when it holds, 1 when it does not.
            """
    )

    @Argument(help: "The payload's file; - for standard input.")
    var payload: String = "-"

    @Option(help: "The sender's key set, as tsunagi keys show --json writes it.")
    var keys: String

    @Option(help: "The signature, or @FILE.")
    var jws: String?

    @Option(help: "A proof's file, as tsunagi audit prove writes it.")
    var proof: String?

    func validate() throws {
        guard (jws == nil) != (proof == nil) else { throw ValidationError("give either --jws or --proof") }
    }

    func run() throws {
        guard let keys = KeySet(json: try read(keys)) else {
            throw Trouble("error: \(keys) is no set of keys")
        }
        let bytes = try read(payload)
        do {
            if let jws {
                let text =
                    jws.hasPrefix("@")
                    ? String(decoding: try read(String(jws.dropFirst())), as: UTF8.self) : jws
                let signature = text.trimmingCharacters(in: .whitespacesAndNewlines)
                let told = try DetachedJWS.verify(signature, of: bytes, by: keys.keys, at: WallClock.now)
                Console.say("the signature holds")
                // A release that does not say itself what it is has that signed beside it.
                for (name, value) in told.sorted(by: { $0.key < $1.key }) { Console.say("\(name)\t\(value)") }
            } else if let proof {
                guard let proof = AuditProof(json: try read(proof)) else { throw AuditProof.Fault.malformed }
                let record = try proof.verify(payload: bytes, by: keys.keys, at: WallClock.now)
                Console.say(
                    "the proof holds: record \(record.sequence), \(record.decision.rawValue) \(record.time.iso8601)"
                )
            }
        } catch let fault as SignatureFault {
            throw Trouble("error: \(fault)")
        } catch let fault as AuditProof.Fault {
            throw Trouble("error: \(fault)")
        }
    }

    private func read(_ name: String) throws(Trouble) -> [UInt8] {
        if name == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: name) else {
            throw Trouble("error: \(name) cannot be read")
        }
        return Array(data)
    }
}
