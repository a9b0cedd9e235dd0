// Foundation at the cold edge: NFKC of unit spellings, once for each spelling.
import Foundation

/// The cold edge where Unicode's compatibility forms become plain ones.
enum SpellingFold {
    /// NFKC without blanks at the ends: `℃` → `°C`, `㎏` → `kg`, `ＭＰａ` → `MPa`.
    static func folded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        if isPlain { return text }
        return text.precomposedStringWithCompatibilityMapping.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
