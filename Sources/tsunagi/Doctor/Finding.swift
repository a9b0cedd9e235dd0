import Sharing

/// What the doctor found where it looked once.
struct Finding: Encodable {
    /// How bad it is.
    enum Verdict: String, Encodable {
        case ok, warn, fail
    }

    /// Where it looked; one of a few fixed words, never translated.
    let check: String
    let verdict: Verdict
    /// What is so.
    let says: String
    /// What to do; nil where nothing is to be done.
    let advice: String?
}

/// A sentence in the languages that operators read.
struct Phrase {
    let en: String
    let ja: String

    init(_ en: String, _ ja: String) {
        (self.en, self.ja) = (en, ja)
    }

    func callAsFunction(_ language: FeedWords.Language) -> String {
        switch language {
        case .en: en
        case .ja: ja
        }
    }
}
