// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import Ledger
import OCI
import Records
import Sigstore
import Testing
import Transparency

@testable import Pipeline

@Suite struct LogAuditorTests {
    private let bench: OriginBench
    private let reader: LogReader

    init() throws {
        bench = try OriginBench()
        var generator = Steady(state: 11)
        let secret = try LogKeyFile.generate(using: &generator)
        let key = try NoteKey(name: "log.example.org", algorithm: .ed25519, publicKey: secret.publicKey)
        let folder = LogFolder(bench.path + "/store/log")
        bench.log = try FileLog(folder: folder, key: key, signer: bench.key.signer(log: secret))
        reader = LogReader(folder, key: key)
    }

    private func audit() async throws -> ReleaseAudit {
        let seen = try #require(try await reader.checkpoint())
        return try await LogAuditor(reader, keys: [bench.publicKey]).audit(seen, bench.records.releases()) { _ in bench.repository }
    }

    private func attach(_ type: String, to subject: Digest, by key: KeyFile) async throws {
        let payload = try Statement(
            subject: [ResourceDescriptor(name: "tool", sha256: subject)], predicateType: type, predicate: ["x": 1]
        ).canonicalBytes()
        let signature = try await key.signer.sign([.statement(payload)])[0]
        let envelope = Envelope(payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
        try attach(SigstoreBundle(envelope: envelope, hint: "", logEntries: []).canonicalBytes, to: subject)
    }

    private func attach(_ bytes: [UInt8], to subject: Digest) throws {
        let content = Content(bytes, mediaType: MediaType.sigstoreBundle)
        var manifest = bench.referrer(of: subject, type: MediaType.sigstoreBundle)
        manifest.layers = [content.descriptor]
        try bench.link(content)
        try bench.push(manifest)
    }

    @Test func `what others attach to a release is counted and is no fault`() async throws {
        let release = try await bench.build(bench.job())
        let before = try await audit()
        #expect(before.isGood && before.others == 0 && before.signatures > 0, "\(before.faults)")
        var generator = Steady(state: 12)
        try await attach(PredicateType.cosignSign, to: release.index, by: KeyFile.generate(using: &generator))
        try attach(Array("no bundle".utf8), to: release.index)
        var lacking = bench.referrer(of: release.index, type: MediaType.sigstoreBundle)
        lacking.layers = [Descriptor(mediaType: MediaType.sigstoreBundle, digest: .sha256(of: "elsewhere"), size: 9)]
        try bench.push(lacking)
        let after = try await audit()
        #expect(after.isGood && after.others == 3 && after.signatures == before.signatures, "\(after.faults)")
    }

    @Test func `a signature by the catalog's key that is not in the log is a fault`() async throws {
        let release = try await bench.build(bench.job())
        try await attach("https://example.com/secret", to: release.index, by: bench.key)
        let audit = try await audit()
        #expect(audit.faults.count == 1 && audit.faults[0].contains("https://example.com/secret is not in the log"))
    }
}
