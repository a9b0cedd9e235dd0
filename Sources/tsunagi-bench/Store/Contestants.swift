/// Who can be measured, by the words of `--peers`.
enum Contestants {
    /// Beside `tsunagi` itself.
    static let names = [
        "victoria-metrics", "prometheus", "influxdb", "rrdtool", "rrdcached", "whisper", "sqlite",
    ]

    /// Nil when it is not installed.
    static func make(_ name: String) -> (any Contestant)? {
        switch name {
        case "tsunagi": OwnContestant()
        case "victoria-metrics": VictoriaPeer()
        case "prometheus": PrometheusPeer()
        case "influxdb": InfluxPeer()
        case "rrdtool": RRDPeer()
        case "rrdcached": RRDCachedPeer()
        case "whisper": WhisperPeer()
        case "sqlite": SQLitePeer()
        default: nil
        }
    }

    /// What to do about one that is not installed.
    static func remedy(_ name: String) -> String {
        let package =
            switch name {
            case "sqlite": "libsqlite3-0"
            case "rrdtool": "librrd8"
            case "rrdcached": "rrdcached librrd8"
            case "whisper": "python3 python3-whisper"
            default: name
            }
        return "run: apt-get install \(package)"
    }

    /// Whether it can hold samples at any instant and of any age.
    static func takesRecordings(_ name: String) -> Bool {
        !["rrdtool", "rrdcached", "whisper", "prometheus"].contains(name)
    }
}
