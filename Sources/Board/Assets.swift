import HTTPTypes
import Hummingbird
import Readings
import Synchronization

/// What pages are made with: our own files, which the program carries, and dygraphs, which lies where Debian puts it.
/// All are known by name; no path of a request ever becomes a path of a disk.
enum Assets {
    struct Asset: Sendable {
        let kind: String
        let bytes: [UInt8]
    }

    static let own: [String: Asset] = [
        "/board.css": Asset(kind: "text/css; charset=utf-8", bytes: PackageResources.board_css),
        "/board.js": Asset(kind: "text/javascript; charset=utf-8", bytes: PackageResources.board_js),
        "/icon.svg": Asset(kind: "image/svg+xml", bytes: PackageResources.icon_svg),
    ]
    /// By the name that pages know them by: a file of dygraphs and its kind.
    static let charts: [String: (file: String, kind: String)] = [
        "/dygraph.js": ("dygraph.min.js", "text/javascript; charset=utf-8"),
        "/dygraph.css": ("dygraph.min.css", "text/css; charset=utf-8"),
    ]

    /// What may be asked for.
    static let all = Set(own.keys).union(charts.keys)

    static let style = String(decoding: PackageResources.board_css, as: UTF8.self)
    static let styleDigest = "sha256-" + Secrets.digest(style)

    /// Where a page finds one; another text has another address, so that a browser may keep it for a day.
    static func place(_ name: String) -> String {
        "\(name)?v=\(own[name].map { Sheet.id("v", String(decoding: $0.bytes, as: UTF8.self)) } ?? "2")"
    }

    static func response(_ asset: Asset) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: asset.kind, .cacheControl: "private, max-age=86400"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes))
        )
    }
}
