// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Publish
import Records
import Sigstore
import Testing
import VEX

@testable import Web

/// What scanners and portals find below the server's address about vulnerabilities.
@Suite struct StatementFilesTests {
    private let store: SyntheticStore
    private let key: KeyFile

    init() throws {
        store = try SyntheticStore(layerSize: 5000)
        var generator = SystemRandomNumberGenerator()
        key = KeyFile.generate(using: &generator)
    }

    private var pem: [UInt8] { get throws { Array(try VerificationKey(der: key.publicKeyDER).pem.utf8) } }
    private func server() throws -> CatalogServer { try store.server(publicKey: try pem, publicName: "images.example") }

    private func publish(_ vulnerabilities: [String], version: Int = 1, signedBy other: KeyFile? = nil) async throws {
        let document = VEXDocument(
            id: "https://ashlar.dev/vex/\(version)", author: "Example Bank", timestamp: Timestamp(seconds: 1_764_000_000), version: version,
            statements: vulnerabilities.map {
                VEXStatement(
                    vulnerability: $0,
                    products: [
                        VEXProduct(
                            "pkg:oci/python@sha256%3A\(store.indexDigest.hex)", subcomponents: ["pkg:deb/debian/libssl3t64@3.5.4-1"])
                    ], status: .notAffected, justification: .componentNotPresent, notes: "looked at",
                    timestamp: Timestamp(seconds: 1_764_000_000))
            })
        let repository = try RepositoryName(SyntheticStore.name)
        let evidence = try await Attestor(signer: (other ?? key).signer).attest(
            [Claim(subject: store.indexDigest, predicateType: PredicateType.openVEX, predicate: OpenVEX.json(document))],
            about: [Descriptor(mediaType: MediaType.index, digest: store.indexDigest, size: store.index.count)], as: repository,
            created: Timestamp(seconds: 1_764_000_000))
        for content in evidence.blobs + evidence.manifests.map(\.content) { try store.blobs.write(content.bytes) }
        try store.records.apply(Publisher().plan(adding: evidence, to: repository))
    }

    private static let paths = [
        "/.well-known/vex-repository.json", "/vex.tar.gz", "/.well-known/csaf/provider-metadata.json", "/.well-known/csaf/white/index.txt",
        "/.well-known/csaf/white/changes.csv",
    ]

    @Test func `a repository leads from its manifest to the documents`() async throws {
        try await publish(["CVE-2026-0001"])
        let manifest = try await store.ask(Self.paths[0], server: server())
        #expect(manifest.status == .ok && manifest.headers[.contentType] == "application/json")
        let (_, archives) = try VEXRepository.read(
            manifest: Array(manifest.text.replacing("http://", with: "https://").utf8))
        #expect(archives.map(\.url) == ["https://images.example/vex.tar.gz"])
        let archive = try await store.ask("/vex.tar.gz", server: server())
        #expect(archive.headers[.contentType] == "application/gzip")
        let tar = try Gzip.decode(archive.bytes, limit: 1 << 20)
        var files: [String: [UInt8]] = [:]
        for entry in try TarReader.entries(of: tar) { files[entry.path] = Array(tar[entry.body]) }
        let index = try VEXRepository.read(index: try #require(files["index.json"])).repository
        #expect(index.entries.map(\.id) == ["pkg:oci/python"])
        let document = try OpenVEX.read(try #require(files[index.entries[0].location])).document
        #expect(document.statements.map(\.vulnerability) == ["CVE-2026-0001"] && document.author == "Example Bank")
    }

    @Test func `CSAF is found from its metadata`() async throws {
        try await publish(["CVE-2026-0001"])
        let metadata = try #require(try await store.ask(Self.paths[2], server: server()).json)
        #expect(metadata["canonical_url"]?.string == "http://images.example/.well-known/csaf/provider-metadata.json")
        #expect(metadata["distributions"]?[0]?["directory_url"]?.string == "http://images.example/.well-known/csaf/white/")
        let lines = try await store.ask(Self.paths[3], server: server()).text.split(separator: "\n")
        #expect(lines.count == 1)
        for line in lines {
            let document = try await store.ask("/.well-known/csaf/white/\(line)", server: server())
            #expect(try CSAF.read(document.bytes).document.statements.map(\.vulnerability) == ["CVE-2026-0001"])
            let hash = try await store.ask("/.well-known/csaf/white/\(line).sha256", server: server()).text
            #expect(hash.hasPrefix(Digest.sha256(of: document.bytes).hex))
        }
    }

    @Test func `a file that did not change is not sent again, and one that did is`() async throws {
        try await publish(["CVE-2026-0001"])
        let server = try server()
        for path in Self.paths {
            let first = try await store.ask(path, server: server)
            let tag = try #require(first.headers[.eTag])
            let again = try await store.ask(.get, path, [.ifNoneMatch: tag], server: server)
            #expect(again.status == .notModified && again.bytes.isEmpty)
            let head = try await store.ask(.head, path, [:], server: server)
            #expect(head.status == .ok && head.bytes.isEmpty && head.headers[.contentLength] == "\(first.bytes.count)")
        }
        let before = try #require(try await store.ask("/vex.tar.gz", server: server).headers[.eTag])
        try await publish(["CVE-2026-0001", "CVE-2026-0002"], version: 2)
        let fresh = try store.server(publicKey: try pem, publicName: "images.example")
        #expect(try await store.ask(.get, "/vex.tar.gz", [.ifNoneMatch: before], server: fresh).status == .ok)
    }

    private func forget() throws {
        let folder = store.blobs.folder + "/blobs/sha256"
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    @Test func `names that visitors make up for the server make it verify nothing again`() async throws {
        try await publish(["CVE-2026-0001"])
        let files = try server().responder.statements
        func ask(_ path: String, at origin: String, edition: UInt64) async throws -> Response? {
            try await files.respond(to: path, at: origin, varying: ["Host"], ifNoneMatch: nil, edition: edition)
        }
        let first = try await ask(Self.paths[2], at: "http://a", edition: 1)
        #expect(first?.status == .ok)
        // Whoever looked at a statement again would find nothing.
        try forget()
        for (origin, edition) in [("http://b", 1), ("http://c", 1), ("http://a", 2)] as [(String, UInt64)] {
            for path in Self.paths { #expect(try await ask(path, at: origin, edition: edition)?.status == .ok, "\(path) at \(origin)") }
        }
        let (a, b) = (try await ask(Self.paths[2], at: "http://a", edition: 2), try await ask(Self.paths[2], at: "http://b", edition: 2))
        #expect(a?.headers[.eTag] == first?.headers[.eTag] && a?.headers[.eTag] != b?.headers[.eTag])
        // What was published since is seen, which here is that nothing can be read any more.
        let release = try #require(try store.records.latestReleases().first)
        try await publish(["CVE-2026-0001", "CVE-2026-0002"], version: 2)
        try forget()
        #expect(release.index == store.indexDigest)
        #expect(try await ask(Self.paths[2], at: "http://a", edition: 3)?.status != .ok)
    }

    @Test func `answers say on which fields of the request they depend, and a configured name depends on none`() async throws {
        try await publish(["CVE-2026-0001"])
        let free = try store.server(publicKey: try pem, publicName: nil)
        for (path, expected) in zip(Self.paths, ["Host, X-Forwarded-Proto", nil, "Host, X-Forwarded-Proto", nil, nil]) {
            #expect(try await store.ask(path, server: free).headers[.vary] == expected, "\(path)")
        }
        for path in Self.paths { #expect(try await store.ask(path, server: server()).headers[.vary]?.contains("Host") != true, "\(path)") }
        let lines = try await store.ask(Self.paths[3], server: free).text.split(separator: "\n")
        #expect(try await store.ask("/.well-known/csaf/white/\(try #require(lines.first))", server: free).headers[.vary] != nil)
    }

    @Test func `nothing is told that another key signed, or before anything is said`() async throws {
        for path in Self.paths { #expect(try await store.ask(path, server: server()).status == .notFound) }
        var generator = SystemRandomNumberGenerator()
        try await publish(["CVE-2026-0001"], signedBy: KeyFile.generate(using: &generator))
        for path in Self.paths { #expect(try await store.ask(path, server: server()).status == .notFound) }
        #expect(try await store.ask(.put, Self.paths[0], [:], server: server()).status == .methodNotAllowed)
    }

    @Test func `what not everybody may pull is not told, not even to those who may`() async throws {
        let guarded = try GuardedStore(over: store)
        try await publish(["CVE-2026-0001"])
        let key = try pem
        for (rights, status) in [([], HTTPResponse.Status.notFound), (["other/**:pull"], .notFound), (["team/*:pull"], .ok)] {
            let server = try guarded.server(anonymous: rights) { $0.publicKey = key }
            for path in Self.paths { #expect(try await store.ask(path, server: server).status == status) }
        }
    }

    @Test(arguments: ["white", "white/", "", "../../cosign.pub", "white/../provider-metadata.json", "white/2025/none.json"])
    func `nothing else is below the folder of CSAF`(name: String) async throws {
        try await publish(["CVE-2026-0001"])
        let response = try await store.ask("/.well-known/csaf/" + name, server: server())
        #expect([.notFound, .badRequest].contains(response.status), "\(response.status)")
    }
}
