// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// This manifest is the architecture. One function per floor; the function decides which floors
// its modules may stand on. Read it top to bottom and you have read the design.

/// Floor 0. Words every module shares: Digest, Diagnosis, canonical JSON, the ports.
let base = module("Base", from: [.product(name: "Crypto", package: "swift-crypto")])

/// Floor 1. Bytes <-> values. Pure and synchronous: no clock, no disk, no network, no randomness.
let formats = [
    format("Archive", c: ["CLibLZMA", "CLibZstd", "CLibDeflate", "CLibZ"]),  // tar, ar, gzip, xz, zstd, zip
    format("Debian", over: "Archive"),  // deb822, versions, relations, .deb, Packages, Release
    format("Advisories", over: "Debian"),  // tracker, OSV, KEV, EPSS, end of life; CVSS; orders of versions
    format("ELF"),  // needed libraries, interpreter, hardening flags
    format("OCI"),  // references, descriptors, manifests, layout
    format("Sigstore", from: [.product(name: "Crypto", package: "swift-crypto")]),  // DSSE, in-toto, SLSA, bundles, simple signing
    format("SBOM"),  // purl, licences, SPDX, CycloneDX
    // what package managers leave behind: dpkg, apk, rpm, Python, npm, Go, Java, Rust
    format("Ecosystems", over: "Archive", "Debian", "ELF", "SBOM"),
    format("VEX", over: "SBOM"),  // OpenVEX, CSAF, CycloneDX VEX, VEX repositories
    format("Reports", over: "SBOM"),  // SARIF, CycloneDX VDR, GitLab, Markdown, JUnit
    // what proves who somebody is: access tokens, password hashes, JSON Web Tokens
    format(
        "Tokens",
        from: [.product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto")]),
    format("Transparency", from: [.product(name: "Crypto", package: "swift-crypto")]),  // Merkle trees, tiles, notes, proofs
]

/// Floor 2. The values that flow: Recipe, Lock, Parcel, Image, Inventory, Attestation, Release.
let artifacts = module("Artifacts", on: ["Base"] + names(formats), from: [.product(name: "Yams", package: "Yams")])

/// Floor 3a. The steps. A stage sees values and formats, never another stage, never a library with a socket.
let stages = [
    stage("Resolve", reading: "Debian"),  // Recipe      -> Lock
    stage("Fetch", reading: "OCI"),  // Lock        -> Verified<Parcels>
    // Parcels -> Image
    stage("Assemble", reading: "Archive", "Debian", "ELF", "OCI", from: [.product(name: "Crypto", package: "swift-crypto")]),
    stage("Check", reading: "Archive", "ELF", "OCI", "VEX"),  // Image       -> Findings
    stage("Describe", reading: "OCI", "SBOM"),  // Image       -> Inventory
    stage("Assess", reading: "Advisories", "Debian", "OCI", "SBOM", "VEX"),  // Inventory   -> Assessment
    // any image's layers -> ForeignInventory
    stage("Inspect", reading: "Archive", "Ecosystems", "ELF", "OCI"),
    stage("Judge", reading: "SBOM"),  // Assessment  -> GateVerdict
    stage("Rebase", reading: "ELF", "OCI"),  // Image + Release -> Image
    stage("Watch", reading: "Debian", "OCI"),  // Lock + what the archive gives -> PlannedChange
    stage("Report", reading: "Advisories"),  // releases over a time -> SLOReport
    stage(
        "Attest", reading: "OCI", "Sigstore", "Transparency",
        from: [
            .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
        ]),  // all above   -> Attestation
    stage("Publish", reading: "OCI", "Sigstore"),  // Image + ... -> Release
]

/// Floor 3b. The live side of a port; the only importer of its library.
let resources = [
    resource("Blobs"),
    resource("Records", reading: "Archive", from: [.product(name: "GRDB", package: "GRDB.swift")]),
    resource(
        "Transport",
        from: [
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        ]),
    resource("Tools"),
    resource("Sandbox", over: "Tools"),
    resource("Journal"),
    resource("Ledger", reading: "Transparency"),
    resource(
        "Signing", reading: "Sigstore", "Transparency", c: ["CProcess", "CPKCS11"],
        from: [.product(name: "Crypto", package: "swift-crypto")]),
    resource(
        "Certificates",
        from: [
            .product(name: "Crypto", package: "swift-crypto"), .product(name: "SwiftASN1", package: "swift-asn1"),
            .product(name: "X509", package: "swift-certificates"),
        ]),
]

/// Floor 4. Composes the stages: build, publish, rebuild.
let pipeline = module("Pipeline", on: ["Base", "Artifacts"] + names(formats) + names(stages) + names(resources))

/// Floor 5. What people and clusters touch.
let below = names(formats) + names(stages) + names(resources)
let faces = [
    face(
        "Web", above: below,
        from: [
            .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "Mustache", package: "swift-mustache"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"), .product(name: "HTTPTypes", package: "swift-http-types"),
        ]),
    face(
        "Commands", above: below + ["Web"],
        from: [
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ]),
]

let package = Package(
    name: "ashlar",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: cLibraries() + [base] + formats + [artifacts] + stages + resources + [pipeline] + faces + [
        .executableTarget(name: "ashlar", dependencies: ["Commands"], path: "Sources/Faces/ashlar", linkerSettings: selfContained()),
        .target(name: "TestKit", dependencies: ["Base", "Artifacts", "Archive", "Debian"], path: "Tests/TestKit"),
        .testTarget(name: "ArchitectureTests", path: "Tests/ArchitectureTests"),
        tests("Base"), tests("Archive"), tests("ELF"), tests("Debian", on: ["Archive"]),
        tests("Advisories", on: ["Archive", "Debian"], excluding: ["Samples"]),
        tests("Assess", on: ["Advisories", "Artifacts", "Archive", "Debian", "OCI", "SBOM", "VEX"]),
        tests("OCI"), tests("Sigstore"), tests("SBOM"), tests("VEX", on: ["SBOM"]),
        tests("Reports", on: ["Artifacts", "SBOM"]), tests("Judge", on: ["Artifacts", "Reports", "SBOM"]),
        tests("Report", on: ["Artifacts"]),
        tests("Transparency", from: [.product(name: "Crypto", package: "swift-crypto")]), tests("Journal"),
        tests(
            "Tokens",
            from: [.product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto")]),
        tests(
            "Artifacts", on: ["OCI", "ELF", "Debian", "SBOM", "Sigstore", "VEX"], from: [.product(name: "Crypto", package: "swift-crypto")]),
        tests("Resolve", on: ["Artifacts", "Debian", "OCI"]),
        tests(
            "Assemble", on: ["Artifacts", "Archive", "Debian", "OCI", "ELF"], from: [.product(name: "Crypto", package: "swift-crypto")]),
        tests("Fetch", on: ["Artifacts", "OCI"]),
        tests("Check", on: ["Artifacts", "ELF", "OCI", "VEX"]),
        tests("Watch", on: ["Artifacts", "OCI"]),
        tests("Describe", on: ["Artifacts", "SBOM", "OCI", "ELF"]),
        tests(
            "Attest", on: ["Artifacts", "OCI", "Sigstore", "ELF", "Publish", "Transparency"],
            from: [.product(name: "Crypto", package: "swift-crypto")]),
        tests("Publish", on: ["Artifacts", "OCI", "ELF", "Sigstore"]),
        tests("Ecosystems", on: ["Archive", "ELF", "SBOM"]),
        tests("Inspect", on: ["Advisories", "Archive", "Artifacts", "Assess", "Ecosystems", "OCI", "SBOM"]),
        tests("Rebase", on: ["Artifacts", "ELF", "OCI"]),
        .target(
            name: "FuzzKit",
            dependencies: names(formats).map { .byName(name: $0) } + ["Base", "Artifacts", "Pipeline", "Signing", "Attest", "Inspect"],
            path: "Tests/FuzzKit"
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzKit"], path: "Tests/FuzzTests", exclude: ["Corpus"]),
        .testTarget(
            name: "VerifyTests",
            dependencies: [
                "Archive", "Artifacts", "Attest", "Base", "Blobs", "OCI", "Pipeline", "Publish", "Records", "Sigstore", "TestKit",
                "Transparency", .product(name: "Crypto", package: "swift-crypto"),
            ], path: "Tests/VerifyTests"),
        tests("Blobs"),
        tests("Records", on: ["Artifacts", "OCI"], from: [.product(name: "GRDB", package: "GRDB.swift")]),
        tests("Tools", on: ["Artifacts", "OCI"]),
        tests(
            "Transport", on: ["Artifacts"],
            from: [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]),
        tests(
            "Pipeline",
            on: [
                "Advisories", "Artifacts", "Archive", "Assemble", "Assess", "Attest", "Blobs", "Check", "Debian", "Fetch", "Inspect",
                "Ledger", "OCI", "Publish", "Rebase", "Records", "Resolve", "Sandbox", "Sigstore", "Tools", "Transparency", "Transport",
                "VEX", "Watch",
            ], from: [.product(name: "Crypto", package: "swift-crypto"), .product(name: "GRDB", package: "GRDB.swift")]),
        tests("Sandbox", on: ["Artifacts", "Tools", "OCI"]),
        tests("Ledger", on: ["Artifacts", "Transparency"], from: [.product(name: "Crypto", package: "swift-crypto")]),
        tests(
            "Commands", on: ["Artifacts", "OCI", "Pipeline", "Publish", "Records", "Sigstore", "Transport"],
            from: [.product(name: "Logging", package: "swift-log")]),
        tests("Certificates", on: ["Attest", "Sigstore"]),
        tests(
            "Signing", on: ["Artifacts", "Attest", "OCI", "Sigstore", "Transparency"],
            from: [.product(name: "Crypto", package: "swift-crypto")]),
        tests(
            "Web",
            on: [
                "Records", "Attest", "Blobs", "Artifacts", "OCI", "Pipeline", "Publish", "Sigstore", "Transparency", "Transport", "Tokens",
                "Journal", "VEX",
            ],
            from: [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HummingbirdTesting", package: "hummingbird"), .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"), .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
    ]
)

// A program for libFuzzer, which brings its own main: scripts/fuzz builds it, and nothing else does.
if Context.environment["ASHLAR_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "ashlar-fuzz", dependencies: ["FuzzKit"], path: "Tests/FuzzProgram"))
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}

// MARK: - Floors as functions

func module(
    _ name: String, in floor: String? = nil, on dependencies: [String] = [], c: [String] = [],
    from products: [Target.Dependency] = []
) -> Target {
    .target(
        name: name, dependencies: (dependencies + c).map { .byName(name: $0) } + products,
        path: (["Sources", floor, name] as [String?]).compactMap { $0 }.joined(separator: "/"), exclude: ["README.md"])
}
func format(_ name: String, over: String..., c: [String] = [], from products: [Target.Dependency] = []) -> Target {
    module(name, in: "Formats", on: ["Base"] + over, c: c, from: products)
}
func stage(_ name: String, reading formats: String..., from products: [Target.Dependency] = []) -> Target {
    module(name, in: "Stages", on: ["Base", "Artifacts"] + formats, from: products)
}
func resource(
    _ name: String, over: String? = nil, reading formats: String..., c: [String] = [], from products: [Target.Dependency] = []
) -> Target {
    module(name, in: "Resources", on: ["Base", "Artifacts", "OCI"] + [over].compactMap { $0 } + formats, c: c, from: products)
}
func face(_ name: String, above: [String], from products: [Target.Dependency] = []) -> Target {
    module(
        name, in: "Faces",
        on: ["Base", "Artifacts", "Pipeline"] + above, from: products)
}
/// Unit tests of one module: they may use what the module uses, and TestKit.
func tests(
    _ name: String, on dependencies: [String] = [], from products: [Target.Dependency] = [], excluding files: [String] = []
) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: Set(["Base", name, "TestKit"] + dependencies).sorted().map { .byName(name: $0) } + products,
        path: "Tests/\(name)Tests", exclude: files)
}
func names(_ targets: [Target]) -> [String] { targets.map(\.name) }
func cLibraries() -> [Target] {
    [
        ("CLibLZMA", "liblzma", "liblzma-dev"), ("CLibZstd", "libzstd", "libzstd-dev"),
        ("CLibDeflate", "libdeflate", "libdeflate-dev"), ("CLibZ", "zlib", "zlib1g-dev"), ("CPKCS11", "p11-kit-1", "libp11-kit-dev"),
    ].map { .systemLibrary(name: $0.0, path: "Sources/C/\($0.0)", pkgConfig: $0.1, providers: [.apt([$0.2])]) }
        + [.systemLibrary(name: "CProcess", path: "Sources/C/CProcess")]  // calls that Swift cannot make
}

/// A release is one file: the machine that serves has no Swift toolchain. The standard library and Foundation are linked into it,
/// which also saves what loading and binding them costs at each start. The names are those that Foundation's static library needs.
func selfContained() -> [LinkerSetting] {
    let inner = ["CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections"]
    return [.unsafeFlags(["-static-stdlib"] + inner.map { "-l\($0)" }, .when(platforms: [.linux], configuration: .release))]
}
