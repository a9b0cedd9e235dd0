// swift-tools-version: 6.2
import PackageDescription

/// Swift 6, strict in concurrency, no warning left standing.
let proof: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The same and strict in memory; not for tests, because the macros of Swift Testing expand to code of their own.
let house: [SwiftSetting] = proof + [.strictMemorySafety()]

/// A floor of the house: a target that may import what stands below it, and nothing else.
func floor(
    _ name: String,
    above below: [Target.Dependency],
    leaving papers: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: below, exclude: papers, resources: resources, swiftSettings: house)
}

/// The tests of one floor, in `Tests/<name>Tests`.
func tests(
    _ name: String,
    of floors: [Target.Dependency],
    leaving papers: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: floors,
        exclude: papers,
        resources: resources,
        swiftSettings: proof
    )
}

/// Rules for common gateways, in `config/presets`; the program carries them.
let presets = [
    "aas", "azure-iot-operations", "barcode", "chirpstack", "homie", "kepware", "mtconnect", "neuron",
    "opcua-pubsub",
    "plc", "scale", "shelly", "sitewise", "tasmota", "umh", "uns", "zigbee2mqtt",
]

let package = Package(
    name: "tsunagi",
    products: [
        .executable(name: "tsunagi", targets: ["tsunagi"]),
        .executable(name: "tsunagi-bench", targets: ["tsunagi-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: doors to C.
        .systemLibrary(
            name: "CMosquitto",
            pkgConfig: "libmosquitto",
            providers: [.apt(["libmosquitto-dev"])]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPlatform"),
        // Floor 1: the nouns.
        floor("Readings", above: []),
        // Floor 2: bytes, and the bus.
        floor("Codec", above: ["Readings", "CPlatform", "CZlib"]),
        floor("Bus", above: ["Readings", "CMosquitto", "CPlatform"]),
        // Floor 3: the store.
        floor("RingStore", above: ["Readings", "Codec", "CPlatform"], leaving: ["FORMAT.md"]),
        // Floor 4: what comes in, and what it means.
        floor(
            "Intake",
            above: ["Readings", "Codec"],
            resources: [.embedInCode("Tables/units.tsv"), .embedInCode("Tables/units-ambiguous.tsv")]
        ),
        floor("Plant", above: ["Readings", "Codec", "RingStore"]),
        // Floor 5: what is asked, and what may leave.
        floor("Query", above: ["Readings", "RingStore"]),
        floor("Disclosure", above: ["Readings"]),
        // Floor 6: what leaves.
        floor(
            "Sharing",
            above: ["Readings", "Codec", "RingStore", "Plant", "Disclosure"],
            leaving: ["FORMAT.md"]
        ),
        // Floor 7: settings in, answers out.
        floor(
            "Settings",
            above: [
                "Readings", "RingStore", "Bus", "Intake", "Plant", "Disclosure",
                .product(name: "Yams", package: "Yams"),
            ],
            resources: presets.map { .embedInCode("Presets/\($0).yaml") }
        ),
        floor(
            "Desk",
            above: [
                "Readings", "RingStore", "Bus", "Intake", "Plant", "Query", "Sharing",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // Floor 8: the wiring.
        .executableTarget(
            name: "tsunagi",
            dependencies: [
                "Readings", "Codec", "RingStore", "Bus", "Intake", "Plant", "Query", "Disclosure", "Sharing",
                "Settings",
                "Desk",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "tsunagi-bench",
            dependencies: [
                "Readings", "Bus", "RingStore", "Intake", "Desk",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house
        ),
        // Proof, floor by floor, then the whole.
        tests("House", of: []),
        tests("Readings", of: ["Readings"]),
        tests("Codec", of: ["Readings", "Codec"]),
        tests("Bus", of: ["Readings", "Bus", "CPlatform"]),
        tests("RingStore", of: ["Readings", "Codec", "RingStore"]),
        tests("Intake", of: ["Readings", "Codec", "Intake"], leaving: ["Vectors"]),
        tests("Plant", of: ["Readings", "Codec", "RingStore", "Plant"]),
        tests("Query", of: ["Readings", "RingStore", "Query"]),
        tests("Disclosure", of: ["Readings", "Disclosure"]),
        tests("Sharing", of: ["Readings", "RingStore", "Plant", "Disclosure", "Sharing"]),
        tests(
            "Settings",
            of: ["Readings", "RingStore", "Bus", "Intake", "Plant", "Disclosure", "Settings"],
            resources: [.copy("Resources/policy_examples.json")]
        ),
        tests("Gateway", of: ["Readings", "RingStore", "Bus", "Desk", "tsunagi"], leaving: ["Edge"]),
    ]
)
