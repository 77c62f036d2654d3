// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import OCI
import Records
import TestKit
import Testing

@testable import Pipeline

private func npm(_ text: String) throws -> OSVIndex {
    var builder = OSVIndexBuilder(ecosystem: "npm")
    try builder.append(Array(text.utf8))
    return try OSVIndex(builder.finish())
}

private func tracker(_ text: String) throws -> TrackerIndex { try TrackerIndex(TrackerIndexBuilder.build(Array(text.utf8))) }

@Suite struct FindingTests {
    private let scratch: TestFolder
    private let records: RecordStore

    init() throws {
        scratch = try TestFolder()
        records = try RecordStore(folder: scratch.path)
        let libc = InstalledPackage(
            debian: "trixie", name: "libc6", version: "2.41-12+b1", architecture: "amd64", sourceField: "glibc (2.41-12)")
        let newer = InstalledPackage(
            debian: "trixie", name: "libc6", version: "2.41-12+deb13u1", architecture: "amd64", sourceField: "glibc")
        let left = InstalledPackage(ecosystem: Ecosystem("npm"), name: "left", version: "1.0.1")
        let right = InstalledPackage(ecosystem: Ecosystem("npm"), name: "left", version: "1.0.2")
        try records.index([image("old", [libc, left]), image("new", [newer, right])])
    }

    private func image(_ name: String, _ packages: [InstalledPackage]) -> ImageContents {
        ImageContents(
            repository: "x", image: .sha256(of: name),
            platforms: [
                .init(platform: "linux/amd64", manifest: .sha256(of: "manifest of " + name), parts: packages.map { ImageContents.Part($0) })
            ])
    }

    private func found(_ text: String, _ advisories: AdvisorySet = AdvisorySet(), as kind: FindQuery.Kind? = nil) throws -> [Digest] {
        let answer = try ImageFinder(records: records, advisories: advisories).find(FindQuery(text, as: kind))
        return try records.holders(answer.holders).map(\.image)
    }

    private let old = Digest.sha256(of: "old")
    private let new = Digest.sha256(of: "new")

    @Test func `a flaw is found in images that were published before it was known`() throws {
        let before = AdvisorySet(tracker: try tracker(#"{"a":{"CVE-2020-1":{"releases":{"trixie":{"status":"open"}}}}}"#))
        #expect(throws: FindError.self) { try found("CVE-2026-0001", before) }
        let after = AdvisorySet(
            tracker: try tracker(
                #"{"glibc":{"CVE-2026-0001":{"releases":{"trixie":{"status":"resolved","fixed_version":"2.41-12+deb13u1"}}}}}"#))
        #expect(try found("CVE-2026-0001", after) == [old])
        let finder = ImageFinder(records: records, advisories: after)
        #expect(Array(try finder.manifests(touchedBy: "CVE-2026-0001")) == [.sha256(of: "manifest of old")])
        let match = try #require(finder.find(.advisory("CVE-2026-0001")).matches.first)
        #expect(match.what == "glibc 2.41-12")
        #expect(match.why == "CVE-2026-0001 before 2.41-12+deb13u1")
        #expect(match.fix == "2.41-12+deb13u1")
    }

    @Test func `a package that turned out to be malicious is found by its record, by an alias and without a name`() throws {
        let feed = AdvisorySet(
            ecosystems: [
                "npm": try npm(
                    #"{"id":"MAL-2026-1","aliases":["GHSA-aaaa"],"affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["1.0.1"]}]}"#
                )
            ])
        #expect(try found("MAL-2026-1", feed) == [old])
        #expect(try found("GHSA-aaaa", feed) == [old])
        let answer = try ImageFinder(records: records, advisories: feed).find(.malicious)
        #expect(answer.matches.map(\.isMalicious) == [true])
        #expect(try records.holders(answer.holders).map(\.image) == [old])
    }

    @Test func `names of a flaw lead from one feed to the other`() throws {
        let feeds = AdvisorySet(
            tracker: try tracker(#"{"glibc":{"CVE-2026-0001":{"releases":{"trixie":{"status":"open"}}}}}"#),
            ecosystems: [
                "npm": try npm(
                    #"{"id":"GHSA-bbbb","aliases":["CVE-2026-0001"],"affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["1.0.2"]}]}"#
                )
            ])
        #expect(try found("GHSA-bbbb", feeds) == [old, new])
    }

    @Test(arguments: [
        ("libc6", 2), ("glibc", 2), ("glibc<2.41-12+deb13u1", 1), ("glibc >= 2.41-12, < 2.42", 2), ("glibc=2.41-12", 1),
        ("libc6@2.41-12+b1", 1),
        ("libc6<<2.41-12", 0), ("pkg:deb/debian/libc6@2.41-12+b1", 1), ("pkg:npm/left@1.0.1", 1), ("pkg:npm/left", 2), ("left<=1.0.1", 1),
        ("nothing", 0),
    ])
    func `packages are found in a range of versions`(text: String, count: Int) throws {
        #expect(try found(text).count == count)
    }

    @Test func `what a term is shows by its looks, unless somebody says`() throws {
        #expect(try FindQuery("CVE-2026-0001") == .advisory("CVE-2026-0001"))
        #expect(try FindQuery("cve-2026-0001") == .advisory("CVE-2026-0001"))
        #expect(try FindQuery("ghsa-AAAA-bbbb-cccc") == .advisory("GHSA-aaaa-bbbb-cccc"))
        #expect(try FindQuery("go-md2man") == .package("go-md2man", ecosystem: nil, VersionBounds([])))
        #expect(try FindQuery("/usr//bin/./perl") == .path("usr/bin/perl"))
        let digest = Digest.sha256(of: "x")
        #expect(try FindQuery(digest.hex) == .file(digest))
        #expect(try FindQuery(digest.description) == .file(digest))
        #expect(try FindQuery("perl") == .package("perl", ecosystem: nil, VersionBounds([])))
        #expect(
            try FindQuery("@ctrl/tinycolor@4.1.1") == .package("@ctrl/tinycolor", ecosystem: nil, VersionBounds([.init(.equal, "4.1.1")])))
        #expect(
            try FindQuery("pkg:npm/%40ctrl/tinycolor@4.1.1")
                == .package("@ctrl/tinycolor", ecosystem: "npm", VersionBounds([.init(.equal, "4.1.1")])))
        #expect(try FindQuery("GPL-3.0-only", as: .license) == .license("GPL-3.0-only"))
    }

    @Test(arguments: ["", "x<", "x<1,", "pkg:nonsense", "pkg:cargo/x@1", String(repeating: "x", count: 5000)])
    func `a term that means nothing is refused`(text: String) {
        #expect(throws: FindError.self) { try FindQuery(text) }
    }
}

/// A release from the archive to the store, and what is found in it.
@Suite struct CatalogueTests {
    @Test func `a build makes its image findable, by what is in it`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        #expect(try bench.records.indexedImages() == [HeldImage(repository: release.repository, image: release.index)])
        let finder = ImageFinder(records: bench.records, advisories: AdvisorySet())
        for term in ["tool", "libtool1<3", "/usr/bin/tool", "/usr/lib/libtool.so.1", "/etc/tool.conf", "/var/lib/dpkg/status.d/tool"] {
            let answer = try finder.find(FindQuery(term))
            #expect(try bench.records.holders(answer.holders).map(\.image) == [release.index], "\(term)")
        }
        let motd = try finder.find(.file(.sha256(of: "quiet\n")))
        #expect(motd.matches.map(\.what) == ["/etc/tool.conf"])
        // Building it again adds nothing.
        try await bench.build(bench.job())
        #expect(try bench.records.holderCount() == 1)
    }

    @Test func `a flaw of a source is found where a package was built with a copy of it, by a build and by layers of long ago`()
        async throws
    {
        var packages = OriginBench.packages
        packages[0].fields.append(("Static-Built-Using", "golang-1.24 (= 1.24.4-1),\n golang-golang-x-net (= 1:0.27.0-2)"))
        let bench = try OriginBench(packages: packages)
        let release = try await bench.build(bench.job())
        let advisories = AdvisorySet(
            tracker: try tracker(#"{"golang-golang-x-net":{"CVE-2026-0002":{"releases":{"test":{"status":"open"}}}}}"#))
        let evidence = try await bench.evidence(of: release)
        let contents = try await ReleaseCataloguer(evidence, in: bench.repository)
            .contents(release, shelf: InputShelf(bench.repository, sources: evidence.sources))
        let scratch = try TestFolder()
        let looked = try RecordStore(folder: scratch.path)
        try looked.index([contents])
        for records in [bench.records, looked] {
            let finder = ImageFinder(records: records, advisories: advisories)
            let match = try #require(finder.find(.advisory("CVE-2026-0002")).matches.first)
            #expect(match.what == "golang-golang-x-net 1:0.27.0-2, a copy in tool 1.0-1")
            #expect(match.carrier == "tool 1.0-1")
            #expect(try records.holders(match.holders).map(\.image) == [release.index])
            #expect(try finder.manifests(touchedBy: "CVE-2026-0002").count == 1)
            #expect(try finder.find(FindQuery("golang-1.24<1.24.5")).matches.map(\.carrier) == ["tool 1.0-1"])
            #expect(try finder.find(FindQuery("golang-1.24<1.24.4")).matches.isEmpty)
            #expect(try finder.find(FindQuery("pkg:npm/golang-1.24")).matches.isEmpty)
        }
    }

    @Test func `what a release of long ago holds is read from its layers and evidence, and is the same`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let evidence = try await bench.evidence(of: release)
        let contents = try await ReleaseCataloguer(evidence, in: bench.repository)
            .contents(release, shelf: InputShelf(bench.repository, sources: evidence.sources))
        #expect(contents.image == release.index)
        let parts = try #require(contents.platforms.first).parts
        #expect(
            parts.filter { $0.package.ecosystem != .recipe }.map { "\($0.package.name) \($0.package.version)" } == [
                "libtool1 2.0-1", "tool 1.0-1",
            ])
        for part in parts where part.package.name == "tool" {
            let indexed = try bench.records.heldParts(named: "tool").filter { $0.package.name == "tool" }
            #expect(indexed.map(\.package.source) == [part.package.source])
            #expect(indexed.map(\.package.ecosystem) == [part.package.ecosystem])
            #expect(indexed.map(\.license) == [part.license])
        }
        for file in parts.flatMap(\.files) where file.digest != nil {
            #expect(try bench.records.heldParts(path: file.path).map(\.digest) == [file.digest], "\(file.path)")
        }
        // Each file of a package is its package's.
        #expect(parts.first { $0.package.name == "tool" }?.files.contains { $0.path == "usr/bin/tool" } == true)
        #expect(parts.first { $0.package.ecosystem == .recipe }?.files.contains { $0.path == "etc/tool.conf" } == true)
    }
}
