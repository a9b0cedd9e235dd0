// swift-tools-version: 6.2
import PackageDescription

/// The store and what it stands on under the sanitizers, with their tests: see `Tests/run --sanitize`.
///
/// A package of its own, because the thread sanitizer needs a lock that it sees: `SeenMutex.swift` lies beside the
/// house's own files here, and nowhere else.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-enable-testing"]),
]

let package = Package(
    name: "sanitize",
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(name: "CPlatform"),
        .target(name: "Readings", swiftSettings: house),
        .target(name: "Codec", dependencies: ["Readings", "CPlatform", "CZlib"], swiftSettings: house),
        .target(
            name: "RingStore",
            dependencies: ["Readings", "Codec", "CPlatform"],
            exclude: ["house/FORMAT.md"],
            swiftSettings: house
        ),
        .testTarget(name: "ReadingsTests", dependencies: ["Readings"], swiftSettings: house),
        .testTarget(name: "CodecTests", dependencies: ["Readings", "Codec"], swiftSettings: house),
        .testTarget(
            name: "RingStoreTests",
            dependencies: ["Readings", "Codec", "RingStore"],
            swiftSettings: house
        ),
    ]
)
