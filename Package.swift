// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in CI, so that a newer compiler's new warning never stops a user's build.
let strict: [SwiftSetting] =
    Context.environment["EARSHOT_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableExperimentalFeature("Lifetimes"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + strict

let package = Package(
    name: "earshot",
    products: [
        .library(name: "PacketDecoding", targets: ["PacketDecoding"]),
        .library(name: "PacketCapture", targets: ["PacketCapture"]),
        .library(name: "Conversations", targets: ["Conversations"]),
        .library(name: "Probes", targets: ["Probes"]),
        .executable(name: "earshot", targets: ["earshot"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "PacketDecoding", swiftSettings: settings),
        .target(name: "Sockets", dependencies: ["CLinux", "PacketDecoding"], swiftSettings: settings),
        .target(name: "Host", dependencies: ["CLinux"], swiftSettings: settings),
        .target(
            name: "PacketCapture", dependencies: ["CLinux", "CPcap", "CZlib", "PacketDecoding"],
            swiftSettings: settings),
        .target(name: "Conversations", dependencies: ["PacketDecoding"], swiftSettings: settings),
        .target(name: "Probes", dependencies: ["Sockets", "PacketDecoding"], swiftSettings: settings),
        .target(
            name: "GreetingService", dependencies: ["Sockets", "PacketDecoding"], swiftSettings: settings),
        .target(name: "Rendering", dependencies: ["Conversations", "PacketDecoding"], swiftSettings: settings),
        .executableTarget(
            name: "earshot",
            dependencies: [
                "PacketDecoding", "Sockets", "Host", "PacketCapture", "Conversations", "GreetingService", "Probes",
                "Rendering",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            // Links to fixtures: what `earshot demo` replays where it may not capture.
            resources: [.embedInCode("Recordings")],
            swiftSettings: settings),
        .testTarget(
            name: "EarshotTests", dependencies: ["earshot", "EarshotBenchmarks", "Handshakes", "Segments"],
            swiftSettings: settings),
        // The README's programs, as somebody else would write them.
        .executableTarget(
            name: "Handshakes", dependencies: ["Conversations", "PacketCapture"], path: "Tests/Examples/Handshakes"),
        .executableTarget(
            name: "Segments", dependencies: ["PacketCapture", "PacketDecoding"], path: "Tests/Examples/Segments"),
        // What `make bench` measures of single operations.
        .executableTarget(
            name: "EarshotBenchmarks",
            dependencies: ["Conversations", "CZlib", "Host", "PacketCapture", "PacketDecoding", "Rendering"],
            path: "Benchmarks/Micro", swiftSettings: settings),
        .testTarget(name: "PacketDecodingTests", dependencies: ["PacketDecoding"], swiftSettings: settings),
        .testTarget(name: "SocketsTests", dependencies: ["Sockets", "PacketDecoding"], swiftSettings: settings),
        .testTarget(name: "HostTests", dependencies: ["Host", "CLinux"], swiftSettings: settings),
        .testTarget(
            name: "PacketCaptureTests", dependencies: ["PacketCapture", "PacketDecoding", "CLinux", "CZlib"],
            swiftSettings: settings),
        .testTarget(
            name: "ConversationsTests", dependencies: ["Conversations", "PacketDecoding"], swiftSettings: settings),
        .testTarget(
            name: "ProbesTests", dependencies: ["Probes", "Rendering", "Sockets", "PacketDecoding"],
            swiftSettings: settings),
        .testTarget(
            name: "GreetingServiceTests", dependencies: ["GreetingService", "Sockets", "PacketDecoding"],
            swiftSettings: settings),
        .testTarget(
            name: "RenderingTests", dependencies: ["Rendering", "Conversations", "PacketDecoding"],
            swiftSettings: settings),
    ]
)
