// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import SBOM
import Testing

@testable import VEX

enum Sample {
    static let time = Timestamp(seconds: 1_800_000_000)
    static let index = "pkg:oci/python@sha256%3A" + String(repeating: "1", count: 64)
    static let manifest = "pkg:oci/python@sha256%3A" + String(repeating: "2", count: 64)
    static let ssl = "pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1"

    static var document: VEXDocument {
        VEXDocument(
            id: "https://example.org/vex/1", author: "Example <security@example.org>", role: "image publisher", timestamp: time,
            lastUpdated: Timestamp(seconds: 1_800_100_000), version: 2, tooling: "ashlar",
            statements: [
                VEXStatement(
                    id: "https://example.org/s/1", vulnerability: "CVE-2025-0001", aliases: ["DSA-1-1"],
                    products: [VEXProduct(index, subcomponents: [ssl]), VEXProduct(manifest, subcomponents: [ssl])], status: .notAffected,
                    justification: .vulnerableCodeNotPresent, notes: "looked at", impact: "no such code", timestamp: time),
                VEXStatement(
                    vulnerability: "CVE-2025-0002", products: [VEXProduct(manifest, subcomponents: [ssl])], status: .affected,
                    action: "update", timestamp: time),
                VEXStatement(vulnerability: "CVE-2025-0003", products: [VEXProduct(manifest)], status: .fixed, timestamp: time),
                VEXStatement(
                    vulnerability: "TEMP-0000000-AB12CD", products: [VEXProduct(manifest, subcomponents: [ssl])],
                    status: .underInvestigation, timestamp: time),
            ])
    }
    static let publisher = CSAFPublisher(name: "Example", namespace: "https://example.org")
}

@Suite struct OpenVEXTests {
    @Test func `a document that was written reads as the same value`() throws {
        let reading = try OpenVEX.read(OpenVEX.bytes(Sample.document))
        #expect(reading.document == Sample.document)
        #expect(reading.refused.isEmpty)
    }

    @Test func `equal documents have equal bytes`() { #expect(OpenVEX.bytes(Sample.document) == OpenVEX.bytes(Sample.document)) }

    /// The clauses of the specification that a schema holds as well.
    @Test func `what is written keeps the rules of the specification`() throws {
        let json = OpenVEX.json(Sample.document)
        for key in ["@context", "@id", "author", "timestamp", "version", "statements"] { #expect(json[key] != nil) }
        for statement in json["statements"]?.array ?? [] {
            #expect(statement["vulnerability"]?["name"]?.string != nil)
            let status = statement["status"]?.string
            if status == "not_affected" { #expect(statement["justification"] != nil || statement["impact_statement"] != nil) }
            if status == "affected" { #expect(statement["action_statement"] != nil) } else { #expect(statement["action_statement"] == nil) }
            for product in statement["products"]?.array ?? [] { #expect(product["@id"]?.string?.hasPrefix("pkg:") == true) }
        }
    }

    static let hostile: [(String, String)] = [
        ("\"CVE-2025-0001\"", "\"*\""), ("\"CVE-2025-0001\"", "\"CVE-*\""), ("\"CVE-2025-0001\"", "\"CVE 1\""),
        ("\"status\":\"not_affected\"", "\"status\":\"harmless\""), ("\"status\":\"not_affected\"", "\"status\":7"),
        ("\"justification\":\"vulnerable_code_not_present\"", "\"justification\":\"because\""),
        (
            "\"timestamp\":\"2027-01-15T08:00:00Z\",\"vulnerability\":{\"aliases\"",
            "\"timestamp\":\"yesterday\",\"vulnerability\":{\"aliases\""
        ),
        ("pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1", "*"), ("pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1", "pkg:deb/debian/*"),
        ("pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1", "pkg:deb/debian/%2A"),
    ]

    @Test(arguments: hostile) func `a statement that breaks a rule is refused by itself and told`(change: (String, String)) throws {
        var document = Sample.document
        document.statements = [document.statements[0], document.statements[2]]
        let text = String(decoding: OpenVEX.bytes(document), as: UTF8.self)
        try #require(text.contains(change.0), "\(change.0) is not in \(text)")
        let reading = try OpenVEX.read(Array(text.replacingOccurrences(of: change.0, with: change.1).utf8))
        #expect(reading.document.statements.map(\.vulnerability) == ["CVE-2025-0003"])
        #expect(reading.refused.map(\.place) == ["statements[0]"])
    }

    @Test(arguments: [
        "", "[]", "null", "{", "{\"@context\":\"https://openvex.dev/ns/v0.2.0\"}", "{\"@context\":\"https://openvex.dev/ns/v9\"}",
        "{\"@context\":7}", "{\"bomFormat\":\"CycloneDX\"}", String(repeating: "[", count: 100_000),
        "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"a\",\"author\":\"b\",\"timestamp\":\"2027-01-15T08:00:00Z\",\"statements\":{}}",
    ]) func `what is no document is refused whole`(text: String) {
        #expect(throws: VEXError.self) { try OpenVEX.read(Array(text.utf8)) }
    }

    @Test func `a document has its limits`() throws {
        var limits = VEXLimits()
        limits.statements = 3
        #expect(throws: VEXError.tooMany(what: "statements", limit: 3)) { try OpenVEX.read(OpenVEX.bytes(Sample.document), limits: limits) }
        limits = VEXLimits()
        limits.bytes = 100
        #expect(throws: VEXError.self) { try OpenVEX.read(OpenVEX.bytes(Sample.document), limits: limits) }
        limits = VEXLimits()
        limits.allIdentifiers = 3
        #expect(throws: VEXError.tooMany(what: "identifiers", limit: 3)) {
            try OpenVEX.read(OpenVEX.bytes(Sample.document), limits: limits)
        }
        limits = VEXLimits()
        limits.identifiers = 3
        let reading = try OpenVEX.read(OpenVEX.bytes(Sample.document), limits: limits)
        #expect(reading.refused.count == 1 && reading.document.statements.count == 3)
    }
}

@Suite struct CSAFTests {
    static var bytes: [UInt8] {
        CSAF.bytes(Sample.document, title: "Images", identifier: "Example-VEX-1", publisher: Sample.publisher)
    }

    @Test func `a document that was written says the same when it is read`() throws {
        let reading = try CSAF.read(Self.bytes)
        #expect(reading.refused.isEmpty)
        #expect(reading.document.author == "Example" && reading.document.version == 2)
        let found = Dictionary(grouping: reading.document.statements, by: \.vulnerability)
        let first = try #require(found["CVE-2025-0001"]?.first)
        #expect(first.status == .notAffected && first.justification == .vulnerableCodeNotPresent && first.impact == "no such code")
        #expect(first.aliases == ["DSA-1-1"])
        #expect(Set(first.products) == Set(Sample.document.statements[0].products))
        #expect(found["CVE-2025-0002"]?.first?.action == "update")
        #expect(found["CVE-2025-0003"]?.first?.products == [VEXProduct(Sample.manifest)])
        #expect(found["TEMP-0000000-AB12CD"]?.first?.status == .underInvestigation)
    }

    @Test func `a product has one status of a vulnerability, which is the later one`() throws {
        var document = Sample.document
        var later = document.statements[0]
        (later.status, later.justification, later.impact) = (.fixed, nil, nil)
        document.statements.append(later)
        let reading = try CSAF.read(
            CSAF.bytes(document, title: "Images", identifier: "1", publisher: Sample.publisher))
        #expect(reading.document.statements.filter { $0.vulnerability == "CVE-2025-0001" }.map(\.status) == [.fixed])
    }

    @Test func `a file is named after its tracking id as clause 5 1 says`() {
        #expect(CSAF.fileName(of: "Example Company - 2019-YH3234") == "example_company_-_2019-yh3234.json")
        #expect(CSAF.fileName(of: "RHBA-2019_0024") == "rhba-2019_0024.json")
        #expect(CSAF.fileName(of: "2022 #01-A") == "2022_01-a.json")
    }

    @Test func `products without a package URL are told, and their neighbours kept`() throws {
        let text = String(decoding: Self.bytes, as: UTF8.self).replacingOccurrences(
            of: "\"purl\": \"\(Sample.index)\"", with: "\"purl\": \"*\"")
        let reading = try CSAF.read(Array(text.utf8))
        #expect(!reading.refused.isEmpty)
        #expect(reading.document.statements.contains { $0.products.contains { $0.identifier == Sample.manifest } })
        #expect(!reading.document.statements.contains { $0.products.contains { $0.identifier == Sample.index } })
    }

    @Test func `a folder to serve lists its advisories, newest change first`() throws {
        let provider = CSAFProvider(
            publisher: Sample.publisher, address: "https://example.org/.well-known/csaf/provider-metadata.json")
        let files = provider.files([
            ("B-1", Sample.time, Sample.time, Self.bytes), ("A-1", Sample.time, Timestamp(seconds: 1_800_100_000), Self.bytes),
        ])
        #expect(String(decoding: files["white/index.txt"] ?? [], as: UTF8.self) == "2027/a-1.json\n2027/b-1.json\n")
        #expect(
            String(decoding: files["white/changes.csv"] ?? [], as: UTF8.self)
                == "\"2027/a-1.json\",\"2027-01-16T11:46:40Z\"\n\"2027/b-1.json\",\"2027-01-15T08:00:00Z\"\n")
        let digest = Digest.sha256(of: Self.bytes).hex
        #expect(String(decoding: files["white/2027/a-1.json.sha256"] ?? [], as: UTF8.self) == "\(digest)  a-1.json\n")
        let metadata = try JSON.parse(files["provider-metadata.json"] ?? [])
        #expect(metadata["distributions"]?[0]?["directory_url"] == "https://example.org/.well-known/csaf/white/")
    }
}

@Suite struct RepositoryTests {
    @Test func `an index names packages without their versions, images with their repository`() throws {
        let image = try PackageURL("pkg:oci/python@sha256%3Aab?repository_url=registry.example%2Fpython&arch=amd64")
        #expect(VEXRepository.id(of: image) == "pkg:oci/python?repository_url=registry.example%2Fpython")
        #expect(VEXRepository.id(of: try PackageURL("pkg:deb/debian/curl@8?arch=amd64")) == "pkg:deb/debian/curl")
    }

    @Test func `an index that was written reads back`() throws {
        let written = VEXRepository(entries: [.init(id: "pkg:oci/python", location: "pkg/oci/python/vex.json")], updated: Sample.time)
        let read = try VEXRepository.read(index: written.index.canonicalBytes)
        #expect(read.repository == written && read.refused.isEmpty)
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../b", "a//b", "", "a\\..\\b", "./a"])
    func `a location that leads out of the archive is refused and told`(location: String) throws {
        let json: JSON = [
            "packages": [
                ["id": "pkg:oci/a", "location": JSON(location)], ["id": "pkg:oci/b", "location": "b.json"],
                ["id": "nonsense", "location": "c"],
            ]
        ]
        let read = try VEXRepository.read(index: json.canonicalBytes)
        #expect(read.repository.entries.map(\.id) == ["pkg:oci/b"])
        #expect(read.refused.count == 2)
    }

    @Test func `a manifest names archives that are fetched over https`() throws {
        let manifest = VEXRepository.manifest(
            name: "Example", description: "", archives: ["https://example.org/a.tar.gz//vex-main", "http://example.org/b.tar.gz"])
        let read = try VEXRepository.read(manifest: manifest.canonicalBytes)
        #expect(read.archives.map(\.url) == ["https://example.org/a.tar.gz"])
        #expect(read.archives.map(\.folder) == ["vex-main"])
    }
}
