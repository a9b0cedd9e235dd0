import ArgumentParser
import Glibc
import Sharing

extension FeedWords.Language {
    /// What stands behind `--lang`.
    static func named(_ word: String) throws -> FeedWords.Language {
        guard let language = FeedWords.Language(rawValue: word) else {
            throw ValidationError("--lang is en or ja")
        }
        return language
    }

    /// As the terminal's surroundings say, the strongest first: `ja_JP.UTF-8`.
    static var ofTerminal: FeedWords.Language {
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            let value = unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
            if !value.isEmpty { return value.hasPrefix("ja") ? .ja : .en }
        }
        return .en
    }
}
