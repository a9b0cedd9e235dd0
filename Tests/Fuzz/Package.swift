// swift-tools-version: 6.2
import PackageDescription

/// What reads bytes from outside, fed with bytes that libFuzzer makes up, under AddressSanitizer: see `Tests/run --fuzz`.
///
/// A package of its own, because everything in it is built with the fuzzer's instruments. The floors are the house's
/// own files.
let instruments = ["-sanitize=fuzzer,address"]
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(instruments + ["-enable-testing"]),
]

/// One thing to be fuzzed.
func fuzzer(_ name: String, of floors: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: floors + ["Driver"],
        swiftSettings: house + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(instruments + ["-use-ld=lld"])]
    )
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")],
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(name: "CPlatform"),
        .target(name: "Driver", swiftSettings: house),
        .target(name: "Readings", swiftSettings: house),
        .target(name: "Codec", dependencies: ["Readings", "CPlatform", "CZlib"], swiftSettings: house),
        .target(
            name: "RingStore",
            dependencies: ["Readings", "Codec", "CPlatform"],
            exclude: ["FORMAT.md"],
            swiftSettings: house
        ),
        .target(
            name: "SparkplugWire",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["sparkplug_b.proto", "generate"],
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
        .target(
            name: "Intake",
            dependencies: [
                "Readings", "Codec", "SparkplugWire",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            resources: [.embedInCode("Tables/units.tsv"), .embedInCode("Tables/units-ambiguous.tsv")],
            swiftSettings: house
        ),
        fuzzer("fuzz-page", of: ["Codec"]),
        fuzzer("fuzz-journal", of: ["Codec", "RingStore"]),
        fuzzer("fuzz-selector", of: ["Readings"]),
        fuzzer("fuzz-json", of: ["Intake"]),
        fuzzer("fuzz-csv", of: ["Intake"]),
        fuzzer("fuzz-influx", of: ["Intake"]),
        fuzzer("fuzz-senml", of: ["Intake"]),
        fuzzer("fuzz-sparkplug", of: ["Readings", "Codec", "Intake"]),
    ]
)
