// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import OCI
import SBOM
import Testing
import VEX

@testable import Artifacts

/// A catalog with triage files, over the sample's images.
enum TriageSample {
    static let text = """
        statements:
          - vulnerability: CVE-2025-1001
            aliases: [DSA-6001-1]
            streams: ["3.13"]
            package: {source: openssl, versions: {from: "3.5.0", before: "3.5.9-1"}, binaries: [libssl3t64]}
            status: not_affected
            justification: component_not_present
            impact: the flaw is in the program openssl
            evidence:
              - package-absent: openssl
              - symbol-absent: {files: usr/lib/**/libssl.so.3, symbol: BIO_dump}
              - reference: https://example.org/why
            author: Ada <ada@example.org>
            timestamp: 2026-11-01
            expires: 2027-05-01
          - vulnerability: CVE-2025-1002
            package: {binary: libexpat1, version: "2.7.1-2"}
            status: affected
            action: do not parse what strangers send
            author: Ada <ada@example.org>
            timestamp: 2026-11-01T10:00:00Z
            expires: 2027-05-01
        """
    static let shared = """
        statements:
          - vulnerability: CVE-2025-1003
            package: {source: zlib, versions: ["1:1.3.1-1"]}
            status: not_affected
            justification: vulnerable_code_not_present
            evidence: [{review: minizip is not built}]
            author: Ada <ada@example.org>
            timestamp: 2026-11-01
            expires: 2027-05-01
        """

    static func load(_ text: String = text, shared: String = shared) throws -> [TriageStatement] {
        var files = Sample.files.mapValues { Array($0.utf8) }
        files["images/python/vex/a.yaml"] = Array(text.utf8)
        files["vex/z.yaml"] = Array(shared.utf8)
        return try RecipeLoader(CatalogFiles(files)).triage()
    }

    static let now = Timestamp(rfc3339: "2026-11-24T00:00:00Z") ?? Timestamp(seconds: 0)

    static func package(_ name: String, _ version: String, source: String? = nil, sourceVersion: String? = nil) -> LockedPackage {
        LockedPackage(
            name: name, version: version, architecture: "amd64", source: source ?? name, sourceVersion: sourceVersion ?? version,
            sha256: "", size: 0, archive: "trixie", path: "", layer: "image", neededBy: [], dependsOn: [])
    }
    static let packages = [
        package("libexpat1", "2.7.1-2", source: "expat"), package("libssl3t64", "3.5.4-1+b1", source: "openssl", sourceVersion: "3.5.4-1"),
        package("zlib1g", "1:1.3.1-1+b2", source: "zlib", sourceVersion: "1:1.3.1-1"),
    ]
    static func lock(_ packages: [LockedPackage] = packages) -> Lock {
        Lock(
            image: "python", stream: "3.13", variant: nil, recipe: Digest.sha256(of: ""), revision: 1,
            platforms: [PlatformLock(platform: .amd64, packages: packages)])
    }
    static func subjects(_ packages: [LockedPackage] = packages) -> [TriageReview.Subject] {
        [TriageReview.Subject(image: "python", stream: "3.13", lock: lock(packages))]
    }

    /// Proofs that all hold on a platform.
    static func proofs(_ statement: TriageStatement, _ platform: Platform = .amd64) -> [TriageProof] {
        statement.evidence.map {
            TriageProof(
                platform: platform.description, evidence: $0.description, outcome: $0.isProvable ? .proved : .stated, detail: "looked at")
        }
    }
}

@Suite struct TriageFileTests {
    @Test func `a triage file reads into statements with their places`() throws {
        let statements = try TriageSample.load()
        #expect(statements.map(\.vulnerability) == ["CVE-2025-1003", "CVE-2025-1001", "CVE-2025-1002"])
        let first = statements[1]
        #expect(first.place.description == "catalog/images/python/vex/a.yaml:2:5")
        #expect(first.images == ["python"] && first.streams == ["3.13"] && first.aliases == ["DSA-6001-1"])
        #expect(first.package.binaries == ["libssl3t64"] && first.evidence.count == 3 && first.isProvable)
        #expect(statements[0].images.isEmpty && statements[0].package.versions == .exactly(["1:1.3.1-1"]))
        #expect(statements[2].timestamp == Timestamp(rfc3339: "2026-11-01T10:00:00Z"))
    }

    static let mistakes: [(old: String, new: String, says: String, fix: String)] = [
        ("status: affected", "status: afected", "expected the name of a status, found \"afected\"", "write affected"),
        ("justification: component_not_present", "justification: not_present", "expected the name of a justification", "write one of"),
        ("CVE-2025-1002", "\"*\"", "expected a vulnerability such as CVE-2025-1234", ""),
        ("CVE-2025-1002", "CVE-2025-1", "expected CVE-, four digits", ""),
        ("CVE-2025-1002", "cve-2025-1002", "expected a vulnerability", "write CVE-2025-1002"),
        ("binary: libexpat1", "binary: \"*\"", "expected a package name such as libc6, found the text \"*\"", ""),
        ("binary: libexpat1", "binary: libexpat1, source: expat", "expected either source or binary, found both", "write source"),
        ("version: \"2.7.1-2\"", "version: \"2.7 1\"", "expected a version of Debian", ""),
        (", version: \"2.7.1-2\"", "", "expected either version or versions, found neither", "write version"),
        ("before: \"3.5.9-1\"", "before: \"3.4\"", "expected a range with versions in it", "lower version as from"),
        ("    action: do not parse what strangers send\n", "", "expected action beside affected, found none", ""),
        ("action: do", "impact: do", "expected no impact beside affected", "remove impact"),
        (
            "author: Ada <ada@example.org>\n    timestamp: 2026-11-01T10", "timestamp: 2026-11-01T10", "expected the key author",
            "add author"
        ),
        ("expires: 2027-05-01\n  - vuln", "expires: 2026-10-01\n  - vuln", "expected expires after timestamp", "later day"),
        ("2027-05-01\n  - vuln", "2027-02-30\n  - vuln", "expected a day of the calendar", ""),
        ("package-absent", "package-absnt", "expected a key of evidence, found \"package-absnt\"", "write package-absent"),
        ("streams: [\"3.13\"]", "streams: [\"3.14\"]", "expected the name of a stream, found \"3.14\"", "write 3.13"),
        ("streams: [\"3.13\"]", "images: [python]", "expected streams in a file of one image, found images", "remove it"),
        ("      - package-absent: openssl\n", "", "expected evidence that can be proved beside component_not_present", "package-absent"),
        ("https://example.org/why", "http://example.org/why", "expected an https address", "write https://example.org/why"),
        ("vulnerability: CVE-2025-1002", "vulnerabilty: CVE-2025-1002", "found \"vulnerabilty\"", "write vulnerability"),
    ]

    @Test(arguments: mistakes) func `a mistake is told with its place and how to mend it`(
        mistake: (old: String, new: String, says: String, fix: String)
    ) throws {
        let range = try #require(TriageSample.text.range(of: mistake.old))
        let text = TriageSample.text.replacingCharacters(in: range, with: mistake.new)
        let error = #expect(throws: Diagnoses.self) { try TriageSample.load(text) }
        let found = try #require(error?.all.first { $0.summary.contains(mistake.says) }, "\(error?.all.map(\.summary) ?? [])")
        #expect(found.summary.hasPrefix("catalog/images/python/vex/a.yaml:"))
        #expect(mistake.fix.isEmpty || found.remedy.contains(mistake.fix), "\(found.remedy)")
    }

    @Test func `several mistakes are told at once`() throws {
        let text = TriageSample.text.replacingOccurrences(of: "status: affected", with: "status: x").replacingOccurrences(
            of: "2027-05-01\n  - vuln", with: "never\n  - vuln")
        let error = #expect(throws: Diagnoses.self) { try TriageSample.load(text) }
        #expect(error?.all.count == 2)
    }

    @Test func `a person's word has an end of versions, a proof need not`() throws {
        let open = TriageSample.shared.replacingOccurrences(of: "[\"1:1.3.1-1\"]", with: "{from: \"1:1.0\"}")
        let error = #expect(throws: Diagnoses.self) { try TriageSample.load(shared: open) }
        #expect(error?.all.first?.summary.contains("expected an end of the versions") == true)
        _ = try TriageSample.load(
            shared: open.replacingOccurrences(of: "{review: minizip is not built}", with: "{path-absent: usr/lib/**/libminizip*}"))
    }

    @Test func `two statements about the same thing are a mistake`() throws {
        let twice = TriageSample.shared + "\n" + TriageSample.shared.split(separator: "\n").dropFirst().joined(separator: "\n")
        let error = #expect(throws: Diagnoses.self) { try TriageSample.load(shared: twice) }
        #expect(error?.all.first?.code == "catalog.duplicate")
    }
}

@Suite struct TriageReviewTests {
    @Test func `statements that match what the locks have are in order`() throws {
        #expect(TriageReview.problems(of: try TriageSample.load(), in: TriageSample.subjects(), now: TriageSample.now).isEmpty)
    }

    @Test func `a statement that matches nothing says what there is instead`() throws {
        let packages = TriageSample.packages.map { package in
            package.name == "libexpat1" ? TriageSample.package("libexpat1", "2.7.4-1", source: "expat") : package
        }
        let problems = TriageReview.problems(of: try TriageSample.load(), in: TriageSample.subjects(packages), now: TriageSample.now).map(
            \.error)
        try #require(problems.count == 1)
        #expect(problems[0].diagnosis.code == "vex.matches-nothing" && problems[0].diagnosis.kind == .policy)
        #expect(problems[0].diagnosis.summary.contains("a.yaml:16:5: CVE-2025-1002 in the package libexpat1 2.7.1-2"))
        #expect(problems[0].diagnosis.notes == ["there is libexpat1 2.7.4-1 of expat 2.7.4-1 in python:3.13"])
    }

    @Test func `a statement that meets packages nobody named fails`() throws {
        let more = TriageSample.packages + [TriageSample.package("openssl-provider-legacy", "3.5.4-1", source: "openssl")]
        let problems = TriageReview.problems(of: try TriageSample.load(), in: TriageSample.subjects(more), now: TriageSample.now)
        #expect(problems.map(\.error.diagnosis.code) == ["vex.matches-more"])
        #expect(problems.first?.error.diagnosis.summary.contains("found openssl-provider-legacy too") == true)
    }

    @Test func `a statement that has expired fails from that day on`() throws {
        let day = Timestamp(rfc3339: "2027-05-01T00:00:00Z") ?? TriageSample.now
        let problems = TriageReview.problems(of: try TriageSample.load(), in: TriageSample.subjects(), now: day)
        #expect(problems.map(\.error.diagnosis.code) == ["vex.expired", "vex.expired", "vex.expired"])
        let before = Timestamp(seconds: day.seconds - 1)
        #expect(TriageReview.problems(of: try TriageSample.load(), in: TriageSample.subjects(), now: before).isEmpty)
    }
}

@Suite struct TriageBookTests {
    static func question(_ vulnerability: String, _ package: LockedPackage, platform: Platform = .amd64, stream: String = "3.13")
        -> TriageQuestion
    {
        TriageQuestion(
            vulnerability: vulnerability, source: package.source, sourceVersion: package.sourceVersion, binary: package.name,
            version: package.version,
            purl: .debian(
                package.name, version: package.version, architecture: "amd64", release: "13", source: package.source,
                sourceVersion: package.sourceVersion), image: "python", stream: stream, platform: platform.description,
            digests: ["sha256:" + String(repeating: "a", count: 64)], repository: "registry.example/python")
    }
    static func book(proved: Bool = true, now: Timestamp = TriageSample.now, foreign: [ForeignStatements] = []) throws -> TriageBook {
        TriageBook(
            own: try TriageSample.load().map { TriageBook.Own($0, proofs: proved ? TriageSample.proofs($0) : []) }, foreign: foreign,
            now: now)
    }
    static let ssl = TriageSample.packages[1]

    @Test func `a proved statement answers for its finding, with its proofs`() throws {
        let verdict = try Self.book().verdict(on: Self.question("CVE-2025-1001", Self.ssl))
        #expect(verdict.answer?.status == .notAffected && verdict.answer?.justification == .componentNotPresent)
        #expect(verdict.answer?.proofs.count == 3 && verdict.passedOver.isEmpty)
        #expect(verdict.answer?.origin == .catalog(place: "catalog/images/python/vex/a.yaml:2:5"))
    }

    @Test func `an alias of either side is the same vulnerability`() throws {
        #expect(try Self.book().verdict(on: Self.question("DSA-6001-1", Self.ssl)).answer != nil)
        var question = Self.question("GHSA-aaaa-bbbb-cccc", Self.ssl)
        question.aliases = ["CVE-2025-1001"]
        #expect(try Self.book().verdict(on: question).answer != nil)
    }

    @Test func `what was not proved, has expired or is about another version, stream or image does not count`() throws {
        let unproved = try Self.book(proved: false).verdict(on: Self.question("CVE-2025-1001", Self.ssl))
        #expect(
            unproved.answer == nil && unproved.passedOver.count == 1 && unproved.passedOver[0].contains("was not proved on linux/amd64"))
        let late = try Self.book(now: Timestamp(seconds: 2_000_000_000)).verdict(on: Self.question("CVE-2025-1001", Self.ssl))
        #expect(late.answer == nil && late.passedOver[0].contains("it expired on 2027-05-01"))
        #expect(try Self.book().verdict(on: Self.question("CVE-2025-1001", Self.ssl, platform: .arm64)).answer == nil)
        #expect(try Self.book().verdict(on: Self.question("CVE-2025-1001", Self.ssl, stream: "3.13-dev")).answer == nil)
        #expect(try Self.book().verdict(on: Self.question("CVE-2025-9999", Self.ssl)).answer == nil)
        let newer = TriageSample.package("libssl3t64", "3.5.9-1", source: "openssl")
        #expect(try Self.book().verdict(on: Self.question("CVE-2025-1001", newer)).answer == nil)
        var stranger = Self.question("CVE-2025-1001", Self.ssl)
        stranger.image = nil
        #expect(try Self.book().verdict(on: stranger).answer == nil)
    }

    @Test func `a refuted statement does not count, and says why`() throws {
        let own = try TriageSample.load().map { statement in
            var proofs = TriageSample.proofs(statement)
            if !proofs.isEmpty { (proofs[0].outcome, proofs[0].detail) = (.refuted, "openssl 3.5.4-1") }
            return TriageBook.Own(statement, proofs: proofs)
        }
        let verdict = TriageBook(own: own, now: TriageSample.now).verdict(on: Self.question("CVE-2025-1001", Self.ssl))
        #expect(verdict.answer == nil && verdict.passedOver.first?.contains("openssl 3.5.4-1") == true)
    }

    // MARK: - Others

    static func foreign(_ products: [VEXProduct], author: String = "Docker", status: VEXStatus = .notAffected) -> VEXReading {
        let document = VEXDocument(
            id: "https://example.org/1", author: author, timestamp: TriageSample.now,
            statements: [
                VEXStatement(
                    vulnerability: "CVE-2025-2000", products: products, status: status,
                    justification: status == .notAffected ? .inlineMitigationsAlreadyExist : nil)
            ])
        return VEXReading(format: "OpenVEX 0.2.0", document: document, refused: [])
    }
    static let source = ForeignSource(name: "dhi", authors: ["Docker"], trust: .unsigned(because: "the publisher signs nothing"))

    @Test(arguments: [
        VEXProduct("pkg:deb/debian/libssl3t64"), VEXProduct("pkg:deb/debian/libssl3t64@3.5.4-1%2Bb1"),
        VEXProduct("pkg:deb/debian/openssl@3.5.4-1"),
        VEXProduct("pkg:oci/python", subcomponents: ["pkg:deb/debian/libssl3t64"]),
        VEXProduct("pkg:oci/python@sha256%3A" + String(repeating: "a", count: 64)),
        VEXProduct("pkg:oci/python?repository_url=registry.example%2Fpython", subcomponents: ["pkg:deb/debian/openssl?arch=source"]),
    ]) func `a statement of somebody else counts with its source named`(product: VEXProduct) throws {
        let accepted = try ForeignStatements(Self.foreign([product]), from: Self.source)
        let answer = try Self.book(foreign: [accepted]).verdict(on: Self.question("CVE-2025-2000", Self.ssl)).answer
        #expect(answer?.origin == .foreign(source: "dhi", document: "https://example.org/1", author: "Docker"))
        #expect(answer?.proofs.isEmpty == true)
    }

    @Test(arguments: [
        VEXProduct("pkg:deb/debian/libssl3"), VEXProduct("pkg:deb/debian/libssl3t64@3.5.4-1"), VEXProduct("pkg:deb/ubuntu/openssl"),
        VEXProduct("pkg:deb/debian/libssl3t64?os_version=13"), VEXProduct("pkg:oci/node", subcomponents: ["pkg:deb/debian/libssl3t64"]),
        VEXProduct("pkg:oci/python", subcomponents: ["pkg:deb/debian/curl"]), VEXProduct("openssl"),
        VEXProduct("https://example.org/openssl"),
        VEXProduct("pkg:oci/python?repository_url=elsewhere.example%2Fpython"),
    ]) func `a statement about something else does not`(product: VEXProduct) throws {
        let accepted = try ForeignStatements(Self.foreign([product]), from: Self.source)
        #expect(try Self.book(foreign: [accepted]).verdict(on: Self.question("CVE-2025-2000", Self.ssl)).answer == nil)
    }

    @Test func `a document of another author, or without the signature that its source must have, is refused`() throws {
        let reading = Self.foreign([VEXProduct("pkg:deb/debian/openssl")], author: "Mallory")
        let wrong = #expect(throws: TriageError.self) { try ForeignStatements(reading, from: Self.source) }
        #expect(wrong?.diagnosis.code == "vex.wrong-party" && wrong?.diagnosis.kind == .untrusted)
        let strict = ForeignSource(name: "dhi", authors: ["Docker"], trust: .signed)
        let unsigned = #expect(throws: TriageError.self) {
            try ForeignStatements(Self.foreign([VEXProduct("pkg:deb/debian/openssl")]), from: strict)
        }
        #expect(unsigned?.diagnosis.code == "vex.unsigned")
        let signed = Verified(byVerifying: Self.foreign([VEXProduct("pkg:deb/debian/openssl")]), evidence: ["a test"])
        #expect(throws: Never.self) { try ForeignStatements(signed, from: strict) }
    }

    @Test func `the catalog's own word goes before that of others`() throws {
        var reading = Self.foreign([VEXProduct("pkg:deb/debian/openssl")], status: .fixed)
        reading.document.statements[0].vulnerability = "CVE-2025-1001"
        let accepted = try ForeignStatements(reading, from: Self.source)
        let answer = try Self.book(foreign: [accepted]).verdict(on: Self.question("CVE-2025-1001", Self.ssl)).answer
        #expect(answer?.status == .notAffected)
    }
}
