// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Testing
import VEX

@testable import Pipeline

/// What was claimed last about each digest, as it is found again.
private struct ListedClaims {
    private(set) var standing: [Digest: StandingStatements] = [:]

    mutating func publish(_ claims: [Claim], isWhole: Bool = true) throws {
        for claim in claims {
            standing[claim.subject] = StandingStatements(
                document: try OpenVEX.read(claim.predicate.canonicalBytes).document, isWhole: isWhole)
        }
    }
}

@Suite struct VEXWriterTests {
    private let index = Digest.sha256(of: "index")
    private let manifest = Digest.sha256(of: "manifest")
    private let start = Timestamp(seconds: 1_800_000_000)

    private var image: TriagedImage {
        let package = LockedPackage(
            name: "libssl3t64", version: "3.5.4-1", architecture: "amd64", source: "openssl", sourceVersion: "3.5.4-1", sha256: "", size: 0,
            archive: "", path: "", layer: "", neededBy: [], dependsOn: [])
        return TriagedImage(
            name: "python", stream: "3.13", index: index, parts: [.init(platform: .amd64, manifest: manifest, packages: [package])])
    }
    private func own(_ vulnerability: String, _ status: VEXStatus = .notAffected) -> TriageBook.Own {
        let statement = TriageStatement(
            place: Place(file: "catalog/vex/a.yaml"), vulnerability: vulnerability, aliases: [], images: [], streams: [],
            package: TriagePackage(name: .source("openssl"), versions: .exactly(["3.5.4-1"])), status: status,
            justification: status == .notAffected ? .inlineMitigationsAlreadyExist : nil, impact: nil, action: nil, notes: nil,
            evidence: [.review("looked at")], author: "Ada", timestamp: start, expires: Timestamp(seconds: 1_900_000_000))
        return TriageBook.Own(
            statement, proofs: [TriageProof(platform: "linux/amd64", evidence: "reviewed: looked at", outcome: .stated, detail: "")])
    }
    private func writer(_ seconds: Int = 0) -> VEXWriter {
        let now = Timestamp(seconds: start.seconds + seconds)
        return VEXWriter(author: "Example", tooling: "ashlar", clock: { now })
    }
    private func document(_ claim: Claim) throws -> VEXDocument { try OpenVEX.read(claim.predicate.canonicalBytes).document }

    @Test func `every digest gets one document, and none again while nothing changes`() throws {
        var repository = ListedClaims()
        let claims = writer().claims(about: image, [own("CVE-2025-1")], standing: repository.standing)
        #expect(claims.map(\.subject) == [index, manifest] && claims.allSatisfy { $0.predicateType == "https://openvex.dev/ns" })
        try repository.publish(claims)
        #expect(writer(100).claims(about: image, [own("CVE-2025-1")], standing: repository.standing).isEmpty)
        // Of what was signed a form is gone.
        try repository.publish(claims, isWhole: false)
        #expect(writer(100).claims(about: image, [own("CVE-2025-1")], standing: repository.standing).count == 2)
    }

    @Test func `a change counts the version up and keeps the date of the first`() throws {
        var repository = ListedClaims()
        try repository.publish(writer().claims(about: image, [own("CVE-2025-1")], standing: repository.standing))
        let later = writer(100).claims(about: image, [own("CVE-2025-1"), own("CVE-2025-2", .fixed)], standing: repository.standing)
        let document = try document(try #require(later.first))
        #expect(document.version == 2 && document.timestamp == start && document.statements.count == 2)
    }

    @Test func `a statement that is no longer made is taken back, once`() throws {
        var repository = ListedClaims()
        try repository.publish(writer().claims(about: image, [own("CVE-2025-1")], standing: repository.standing))
        let later = writer(100).claims(about: image, [], standing: repository.standing)
        let taken = try document(try #require(later.first))
        #expect(taken.version == 2 && taken.statements.map(\.status) == [.underInvestigation])
        #expect(taken.statements.first?.timestamp == Timestamp(seconds: start.seconds + 100))
        try repository.publish(later)
        #expect(writer(200).claims(about: image, [], standing: repository.standing).isEmpty)
        let again = writer(300).claims(about: image, [own("CVE-2025-1")], standing: repository.standing)
        #expect(try again.first.map(document)?.statements.map(\.status) == [.notAffected])
    }

    @Test func `an image that nobody spoke about gets no document`() {
        #expect(writer().claims(about: image, [], standing: [:]).isEmpty)
    }
}
