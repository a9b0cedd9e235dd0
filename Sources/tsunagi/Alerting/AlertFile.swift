import Alerts
import FoundationEssentials
import Glibc
import Sharing

/// What has to survive a restart of the alerts: `<data>/alerts.json`, whole and synced, or as it was.
struct AlertFile {
    let path: String

    init(_ folder: String) {
        path = folder + "/alerts.json"
    }

    /// What was written last; nothing when there is no such file.
    ///
    /// - Throws: ``Trouble`` when there is one and it cannot be read; then alerts begin anew.
    func read() throws(Trouble) -> AlertMemory {
        guard unsafe access(path, F_OK) == 0 else { return AlertMemory() }
        do {
            return try JSONDecoder().decode(AlertMemory.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Trouble("\(path) cannot be read: \(error); what stood is found again, silences are not")
        }
    }

    /// Durable when this returns.
    func write(_ memory: AlertMemory) throws(Trouble) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let text = String(decoding: try encoder.encode(memory), as: UTF8.self)
            let code = PlacedFile.replace(path, with: text)
            guard code == 0 else { throw Trouble(unsafe String(cString: strerror(code))) }
        } catch {
            throw Trouble("\(path) cannot be written: \(error); acknowledgements would not survive a restart")
        }
    }
}
