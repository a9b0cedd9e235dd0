import RingStore

extension Settings {
    /// Where the desk of a configuration answers; nothing else of it is read, and no other file.
    ///
    /// - Parameter path: a YAML file. Relative paths within it are relative to its folder.
    /// - Returns: nil when what says so is wrong, or there is no such file: ``load(path:now:)`` names it.
    public static func deskSocket(of path: String) -> String? {
        deskSocket(of: path, from: .disk)
    }

    /// The same, with the file from wherever `files` finds it.
    public static func deskSocket(of path: String, from files: FileSource) -> String? {
        let findings = Findings(file: path)
        guard let root = YamlFile(findings, from: files)?.root,
            let table = YamlTable(root, keys: keys), let data = table["data"]
        else { return nil }
        let place = FilePlace(folder: FileSource.folder(of: path), files: files)
        var letterBytes = Settings.deadLetterBytesDefault
        let store = DataPart.read(data, place, letterBytes: &letterBytes)
        let socket = DeskPart.read(table["desk"], in: root, place, dataDirectory: store?.directory)
        return findings.isEmpty ? socket : nil
    }
}
