// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

private let standard: Set<String> = ["Synchronization"]
private let formats: Set<String> = [
    "Advisories", "Archive", "Debian", "Ecosystems", "ELF", "OCI", "Reports", "Sigstore", "SBOM", "Tokens", "Transparency", "VEX",
]
private let stages: Set<String> = [
    "Resolve", "Fetch", "Assemble", "Check", "Describe", "Assess", "Inspect", "Judge", "Rebase", "Attest", "Publish",
]
private let resources: Set<String> = [
    "Blobs", "Records", "Transport", "Tools", "Sandbox", "Journal", "Ledger", "Signing", "Certificates",
]

/// The floors, as a table. An import that is not in its row is a design change: change the row in the same commit.
private let mayImport: [(folder: String, modules: Set<String>)] = [
    ("Sources/Base", ["Crypto", "CryptoExtras"]),
    (
        "Sources/Formats",
        formats.union(["Base", "Crypto", "CryptoExtras", "_CryptoExtras", "SwiftASN1", "CLibLZMA", "CLibZstd", "CLibDeflate", "CLibZ"])
    ),
    ("Sources/Artifacts", formats.union(["Base", "Yams"])),
    ("Sources/Stages", formats.union(["Base", "Artifacts", "Crypto", "CryptoExtras", "_CryptoExtras", "SwiftASN1"])),
    ("Sources/Resources/Blobs", ["Base", "Artifacts", "OCI", "Foundation", "Glibc"]),
    ("Sources/Resources/Records", ["Archive", "Base", "Artifacts", "OCI", "Foundation", "Glibc", "GRDB"]),
    (
        "Sources/Resources/Transport",
        [
            "Base", "Artifacts", "OCI", "Foundation", "Glibc", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOSSL", "NIOFoundationCompat",
            "NIOPosix",
        ]
    ),
    ("Sources/Resources/Tools", ["Base", "Artifacts", "OCI", "Foundation", "Glibc", "Crypto"]),
    ("Sources/Resources/Sandbox", ["Base", "Artifacts", "OCI", "Foundation", "FoundationEssentials", "Glibc", "Tools"]),
    ("Sources/Resources/Journal", ["Base", "Foundation", "Glibc"]),
    ("Sources/Resources/Ledger", ["Base", "Artifacts", "Foundation", "Glibc", "Transparency"]),
    (
        "Sources/Resources/Signing",
        [
            "Base", "Artifacts", "CPKCS11", "CProcess", "Crypto", "Foundation", "Glibc", "OCI", "Sigstore", "Transparency",
        ]
    ),
    ("Sources/Resources/Certificates", ["Base", "Crypto", "Foundation", "SwiftASN1", "X509"]),
    ("Sources/Pipeline", formats.union(stages).union(resources).union(["Base", "Artifacts", "Foundation"])),
    (
        "Sources/Faces/Web",
        formats.union([
            "Base", "Artifacts", "Blobs", "Journal", "Ledger", "Records", "Foundation", "Hummingbird", "HummingbirdCore", "HTTPTypes",
            "Logging", "Mustache", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix",
            "NIOSSL", "Pipeline", "ServiceLifecycle",
        ])
    ),
    (
        "Sources/Faces/Commands",
        formats.union(resources).union(stages).union([
            "Base", "Artifacts", "Pipeline", "Web", "Foundation", "ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals", "Glibc",
        ])
    ),
]

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func sources(below folder: String) throws -> [(name: String, text: String)] {
    let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    return try (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }.map {
        (String($0.path.dropFirst(root.path.count + 1)), try String(contentsOf: $0, encoding: .utf8))
    }
}

@Suite struct ImportTests {
    @Test(arguments: mayImport) func `a floor imports only what its row allows`(row: (folder: String, modules: Set<String>)) throws {
        let files = try sources(below: row.folder)
        #expect(!files.isEmpty, "\(row.folder) has no sources: the row is out of date")
        for (name, text) in files {
            for line in text.split(separator: "\n") {
                guard
                    let match = line.wholeMatch(
                        of:
                            /(?:@\w+ )?(?:public |package |internal |private |fileprivate )?import (?:struct |enum |class |protocol |func )?(\w+).*/
                    )
                else { continue }
                #expect(row.modules.union(standard).contains(String(match.1)), "\(name) imports \(match.1)")
            }
        }
    }

    @Test func `a command that a message names exists`() throws {
        let commands = try sources(below: "Sources/Faces/Commands").flatMap { $0.text.matches(of: /commandName: "([a-z-]+)"/).map { $0.1 } }
        #expect(commands.contains("build"))
        for (name, text) in try sources(below: "Sources") {
            for match in text.matches(of: /`ashlar ([a-z][a-z-]*)/) { #expect(commands.contains(match.1), "\(name): ashlar \(match.1)") }
        }
    }

    @Test func `a stage imports no other stage`() throws {
        for (name, text) in try sources(below: "Sources/Stages") {
            for stage in stages { #expect(!text.contains("import \(stage)\n"), "\(name) imports the stage \(stage)") }
        }
    }
}

@Suite struct StyleTests {
    /// Reasons stand beside each: what the compiler cannot be shown another way.
    private static let uncheckedSendable: [String: String] = [
        "Sources/Resources/Blobs/MappedFile.swift": "a read-only memory mapping, unmapped once in deinit",
        "Sources/Formats/Debian/Index/IndexStorage.swift": "an immutable buffer whose owner keeps it alive",
    ]

    @Test func `nothing in the product traps on bad input or escapes the checker`() throws {
        let banned = ["try!", "fatalError(", "nonisolated(unsafe)", "Task.detached", "DispatchQueue"]
        for (name, text) in try sources(below: "Sources") {
            for word in banned { #expect(!text.contains(word), "\(name) contains \(word)") }
            if text.contains("@unchecked Sendable") {
                #expect(Self.uncheckedSendable[name] != nil, "\(name) is @unchecked Sendable without a reason in this test")
            }
        }
    }

    @Test func `pure floors read no clock, environment or randomness`() throws {
        // A generator that is handed in is fine; `.random(in:)` without one is not.
        let banned = ["Date()", "UUID()", ".random()", "SystemRandomNumberGenerator()", "ProcessInfo", "getenv("]
        for folder in ["Sources/Base", "Sources/Formats", "Sources/Artifacts", "Sources/Stages"] {
            for (name, text) in try sources(below: folder) {
                for word in banned { #expect(!text.contains(word), "\(name) contains \(word)") }
            }
        }
    }

    @Test func `files stay short and say their licence`() throws {
        for (name, text) in try sources(below: "Sources") {
            #expect(text.hasPrefix("// SPDX-License-Identifier: Apache-2.0\n"), "\(name) lacks the licence line")
            #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 401, "\(name) has over 400 lines")
        }
    }
}
