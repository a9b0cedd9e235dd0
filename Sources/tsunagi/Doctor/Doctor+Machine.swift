import CClock
import Glibc
import Intake
import Readings
import RingStore
import Settings
import Sharing

/// What the machine gives: time, disk, rights, descriptors.
extension Doctor {
    /// A sync that takes longer than this makes acknowledgements wait.
    private static let syncMsMax = 50.0
    private static let syncs = 64
    /// Links, members and the desk's callers; libmosquitto wants low numbers, see ``Bus``.
    private static let descriptorsMin = 1024

    mutating func lookAtClock() {
        guard Intake.isSet(WallClock.now) else {
            return note(
                "clock",
                .fail,
                Phrase("it stands at \(WallClock.now.iso8601)", "時計が \(WallClock.now.iso8601) を指しています"),
                Phrase(
                    "set it: let chrony or systemd-timesyncd ask the network",
                    "chrony か systemd-timesyncd で時刻を合わせてください"
                )
            )
        }
        var state = timex()
        let answer = unsafe adjtimex(&state)
        if answer < 0 {
            // A container may not allow the question.
            ok("clock", Phrase("set; the kernel does not tell who keeps it", "設定済み(同期状態は不明)"))
        } else if answer == TIME_ERROR || state.status & STA_UNSYNC != 0 {
            note(
                "clock",
                .warn,
                Phrase("nobody keeps it set", "時計が同期されていません"),
                Phrase("apt install chrony", "apt install chrony で同期させてください")
            )
        } else {
            ok("clock", Phrase("kept by the network", "ネットワークで同期済み"))
        }
    }

    mutating func lookAtDisk() {
        let folder = settings.store.directory
        guard let place = Doctor.existing(folder) else { return }
        var facts = statvfs()
        guard unsafe statvfs(place, &facts) == 0 else { return }
        let free = Int(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
        // A data directory that is there has been laid out in full.
        let isLaidOut = unsafe access("\(folder)/store", F_OK) == 0
        let wanted = isLaidOut ? 64 << 20 : settings.store.budgetBytes + settings.deadLetterBytes
        let figures = Phrase(
            "\(Words.bytes(free)) free at \(place), \(Words.bytes(wanted)) wanted\(isLaidOut ? " beside what is laid out" : "")",
            "\(place) の空き \(Words.bytes(free))、必要 \(Words.bytes(wanted))"
        )
        if free >= wanted {
            ok("disk", figures)
        } else {
            note(
                "disk",
                .fail,
                figures,
                Phrase("make room there, or lower data.budget", "空きを増やすか、data.budget を小さくしてください")
            )
        }
        guard let ms = Doctor.syncMsP99(in: place) else { return }
        let sync = Phrase(
            "fdatasync p99 \(Words.number(ms, decimals: 1)) ms at \(place)",
            "\(place) の fdatasync p99 \(Words.number(ms, decimals: 1)) ms"
        )
        if ms <= Doctor.syncMsMax {
            ok("disk", sync)
        } else {
            note(
                "disk",
                .warn,
                sync,
                Phrase("messages are acknowledged that late: use an SSD", "確認応答がその分遅れます。SSD を使ってください")
            )
        }
    }

    /// The folder, or the nearest one above it that is there.
    private static func existing(_ folder: String) -> String? {
        var place = absolute(folder)
        while unsafe access(place, F_OK) != 0 {
            guard let end = place.lastIndex(of: "/"), place.count > 1 else { return nil }
            place = end == place.startIndex ? "/" : String(place[..<end])
        }
        return place
    }

    /// What a small write and its sync take, in a file that has no name; nil where none can be made.
    private static func syncMsP99(in folder: String) -> Double? {
        var name = Array("\(folder)/.doctor-XXXXXX".utf8CString)
        let file = unsafe mkstemp(&name)
        guard file >= 0 else { return nil }
        unsafe unlink(name)
        defer { close(file) }
        let page = [UInt8](repeating: 0x5A, count: 4096)
        var spans: [Double] = []
        for index in 0..<syncs {
            let began = WallClock.uptimeNs
            guard unsafe pwrite(file, page, page.count, off_t(index * page.count)) == page.count,
                fdatasync(file) == 0
            else { return nil }
            spans.append(Double(WallClock.uptimeNs - began) / 1_000_000)
        }
        return spans.sorted()[syncs * 99 / 100]
    }

    mutating func lookAtPermissions() {
        let folder = absolute(settings.store.directory)
        var open: [String] = []
        // Passwords and keys, and the folders that hold them.
        for name in ["", "/keys", "/ca", "/broker/secrets", "/partners"] {
            if Doctor.others(folder + name) { open.append(folder + name) }
        }
        if Doctor.othersWrite(settings.file) { open.append(settings.file) }
        guard !open.isEmpty else {
            return ok("permissions", Phrase("\(folder) is private", "\(folder) は非公開です"))
        }
        let list = open.joined(separator: " ")
        note(
            "permissions",
            .fail,
            Phrase("open to others: \(list)", "他のユーザーに開かれています: \(list)"),
            Phrase("chmod go-rwx \(list)", "chmod go-rwx \(list)")
        )
    }

    /// Whether anybody but its owner and its group may read or write there; the managed broker's user passes through.
    private static func others(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & 0o006 != 0
    }

    private static func othersWrite(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & 0o002 != 0
    }

    mutating func lookAtDescriptors() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let count = Int(clamping: limit.rlim_cur)
        if count >= Doctor.descriptorsMin {
            ok("descriptors", Phrase("\(count) open files allowed", "開けるファイル数 \(count)"))
        } else {
            note(
                "descriptors",
                .warn,
                Phrase("only \(count) open files allowed", "開けるファイル数が \(count) しかありません"),
                Phrase("ulimit -n 65536, or LimitNOFILE=65536 in the unit", "ulimit -n 65536 で増やしてください")
            )
        }
    }
}
