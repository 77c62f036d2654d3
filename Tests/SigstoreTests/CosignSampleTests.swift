// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore
import Testing

@Suite struct CosignSampleTests {
    private let subject: Digest
    private let other = Digest.sha256(of: "another image")
    private let key2: VerificationKey
    private let key3: VerificationKey

    init() throws {
        subject = try #require(Digest(CosignSamples.subject))
        key2 = try VerificationKey(pem: CosignSamples.key2)
        key3 = try VerificationKey(pem: CosignSamples.key3)
    }

    @Test func `a legacy signature of cosign 2 is good`() {
        let payload = Array(CosignSamples.payload2.utf8)
        func check(_ digest: Digest, _ key: VerificationKey) -> SignatureCheck {
            StatementVerifier.verify(simpleSigning: payload, signature: CosignSamples.signature2, about: digest, key: key)
        }
        #expect(check(subject, key2).isGood)
        #expect(!check(other, key2).isGood)
        #expect(!check(subject, key3).isGood)
    }

    @Test func `a legacy attestation of cosign 2 is good`() throws {
        let check = StatementVerifier.verify(envelope: Array(CosignSamples.envelope2.utf8), about: subject, key: key2)
        guard case .good(let statement, _) = check else { throw Failure.refused(check) }
        #expect(statement.type == Statement.v01)
        #expect(statement.predicateType == PredicateType.cycloneDX)
        #expect(statement.predicate["specVersion"] == "1.6")
    }

    @Test func `bundles of cosign 3 are good`() throws {
        let signature = StatementVerifier.verify(bundle: Array(CosignSamples.signatureBundle3.utf8), about: subject, key: key3)
        guard case .good(let statement, let evidence) = signature else { throw Failure.refused(signature) }
        #expect(statement.predicateType == PredicateType.cosignSign)
        #expect(evidence.count == 2)
        let attestation = StatementVerifier.verify(bundle: Array(CosignSamples.attestationBundle3.utf8), about: subject, key: key3)
        guard case .good(let other, _) = attestation else { throw Failure.refused(attestation) }
        #expect(other.predicateType == PredicateType.cycloneDX)
    }

    @Test func `a bundle about another image or by another key is refused with a reason`() {
        let bytes = Array(CosignSamples.signatureBundle3.utf8)
        for check in [
            StatementVerifier.verify(bundle: bytes, about: other, key: key3),
            StatementVerifier.verify(bundle: bytes, about: subject, key: key2),
        ] {
            guard case .bad(let reason) = check else {
                Issue.record("accepted")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test func `the bundle's hint is the key's`() throws {
        let bundle = try SigstoreBundle(reading: Array(CosignSamples.signatureBundle3.utf8))
        #expect(bundle.hint == key3.hint)
    }

    @Test func `a bundle of a file is not taken for one of an image`() {
        #expect(throws: SigstoreError.unsupported(kind: "Sigstore bundle", feature: "a messageSignature")) {
            try SigstoreBundle(reading: Array(CosignSamples.blobBundle3.utf8))
        }
    }

    @Test func `a payload that was changed is refused before it is read`() throws {
        let envelope = try Envelope(reading: Array(CosignSamples.envelope2.utf8))
        for position in stride(from: 0, to: envelope.payload.count, by: 7) {
            var changed = envelope
            changed.payload[position] ^= 1
            guard case .bad(let reason) = StatementVerifier.verify(changed, about: subject, key: key2) else {
                Issue.record("byte \(position) changed unseen")
                continue
            }
            #expect(reason.contains("was not made by the key"))
        }
        var retyped = envelope
        retyped.payloadType = "application/json"
        guard case .bad = StatementVerifier.verify(retyped, about: subject, key: key2) else { throw Failure.accepted }
    }

    private enum Failure: Error { case refused(StatementCheck), accepted }
}
