// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Sigstore
import Synchronization
import Testing
import VEX

@testable import Pipeline

/// A repository that lists what was claimed last about each digest.
private final class ListedClaims: RepositoryReader {
    private let state = Mutex<(listed: [Digest: [Descriptor]], contents: [Digest: Content])>(([:], [:]))

    func publish(_ claims: [Claim]) throws {
        for claim in claims {
            let payload = try Statement(
                subject: [ResourceDescriptor(name: "python", sha256: claim.subject)], predicateType: claim.predicateType,
                predicate: claim.predicate
            ).canonicalBytes()
            let bundle = Content(
                SigstoreBundle(
                    envelope: Envelope(
                        payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: [1])]), hint: ""
                ).canonicalBytes, mediaType: SigstoreBundle.mediaType)
            let empty = Content(Array("{}".utf8), mediaType: MediaType.empty)
            let manifest = try ImageManifest(config: empty.descriptor, layers: [bundle.descriptor]).content()
            var descriptor = manifest.descriptor
            descriptor.annotations = [Annotation.bundlePredicateType: claim.predicateType]
            state.withLock {
                $0.listed[claim.subject] = [descriptor]
                $0.contents[manifest.digest] = manifest
                $0.contents[bundle.digest] = bundle
            }
        }
    }

    func manifest(_ reference: String) async throws -> Content? {
        Digest(reference).flatMap { digest in state.withLock { $0.contents[digest] } }
    }
    func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? { state.withLock { $0.contents[digest]?.bytes } }
    func referrers(of digest: Digest) async throws -> [Descriptor] { state.withLock { $0.listed[digest] ?? [] } }
    func tags() async throws -> [String]? { nil }
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

    @Test func `every digest gets one document, and none again while nothing changes`() async throws {
        let repository = ListedClaims()
        let claims = try await writer().claims(about: image, [own("CVE-2025-1")], published: repository)
        #expect(claims.map(\.subject) == [index, manifest] && claims.allSatisfy { $0.predicateType == "https://openvex.dev/ns" })
        try repository.publish(claims)
        #expect(try await writer(100).claims(about: image, [own("CVE-2025-1")], published: repository).isEmpty)
    }

    @Test func `a change counts the version up and keeps the date of the first`() async throws {
        let repository = ListedClaims()
        try repository.publish(try await writer().claims(about: image, [own("CVE-2025-1")], published: repository))
        let later = try await writer(100).claims(about: image, [own("CVE-2025-1"), own("CVE-2025-2", .fixed)], published: repository)
        let document = try document(try #require(later.first))
        #expect(document.version == 2 && document.timestamp == start && document.statements.count == 2)
    }

    @Test func `a statement that is no longer made is taken back, once`() async throws {
        let repository = ListedClaims()
        try repository.publish(try await writer().claims(about: image, [own("CVE-2025-1")], published: repository))
        let later = try await writer(100).claims(about: image, [], published: repository)
        let taken = try document(try #require(later.first))
        #expect(taken.version == 2 && taken.statements.map(\.status) == [.underInvestigation])
        #expect(taken.statements.first?.timestamp == Timestamp(seconds: start.seconds + 100))
        try repository.publish(later)
        #expect(try await writer(200).claims(about: image, [], published: repository).isEmpty)
        let again = try await writer(300).claims(about: image, [own("CVE-2025-1")], published: repository)
        #expect(try again.first.map(document)?.statements.map(\.status) == [.notAffected])
    }

    @Test func `an image that nobody spoke about gets no document`() async throws {
        #expect(try await writer().claims(about: image, [], published: ListedClaims()).isEmpty)
    }
}
