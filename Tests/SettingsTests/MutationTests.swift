import Foundation
import Settings
import Testing

/// Numbers that are the same for the same seed (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Damaged configurations")
struct MutationTests {
    /// What slips into a file, besides single bytes.
    private static let slips = [
        ": ", "- ", "{", "}", "[", "]", "\"", "'", "#", "\n", "\t", "&a ", "*a", "!!", "|", ">", "? ", "%",
        "@", "`",
        "null", "~", "true", "-1", "1e400", "0x1F", "\u{FEFF}", "\u{0}", "棚", "ﾎﾞﾙﾄ", "\r\n", "---\n", "...\n",
        "<<: ",
        "$.", "{x}", "#/", "+/", "9999999999999999999", ".nan", ".inf", "\\", "(?<", "*", "^",
    ]

    @Test("answer with settings or with findings, and never otherwise", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        let names = ["quickstart.yaml", "tsunagi.yaml"]
        let plants = try names.map { Array(try ConfigFolder.text($0).utf8) }
        let agreement = Array(try ConfigFolder.text("agreements/buyer-1.yaml").utf8)
        var refused = 0
        for round in 0..<250 {
            var plant = plants[round % plants.count]
            var partner = agreement
            for _ in 0...Int.random(in: 0..<3, using: &numbers) {
                if Int.random(in: 0..<3, using: &numbers) == 0 {
                    damage(&partner, &numbers)
                } else {
                    damage(&plant, &numbers)
                }
            }
            let source = FileSource(
                read: { path, _ in .bytes(path.hasSuffix("buyer-1.yaml") ? partner : plant, mode: 0o600) },
                names: { _ in ["buyer-1.yaml"] }
            )
            do {
                _ = try Settings.load(path: "plant.yaml", from: source)
            } catch {
                refused += 1
                for finding in error.findings {
                    #expect(!finding.message.isEmpty && finding.line >= 0 && finding.column >= 0)
                    #expect(
                        finding.description.unicodeScalars.allSatisfy { $0.value >= 0x20 },
                        "seed \(seed)"
                    )
                }
            }
        }
        #expect(refused > 50, "seed \(seed): damage should mostly be noticed")
    }

    private func damage(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        let at = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
        let end = min(bytes.count, at + Int.random(in: 1...40, using: &numbers))
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &numbers)
        case 1: bytes.removeSubrange(at..<end)
        case 2:
            bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &numbers))
        case 3: bytes.removeSubrange(at...)
        default:
            bytes.insert(
                contentsOf: Array((MutationTests.slips.randomElement(using: &numbers) ?? "").utf8),
                at: at
            )
        }
        if bytes.isEmpty { bytes = [10] }
    }
}
