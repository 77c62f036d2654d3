// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
import Sigstore

/// Signs an image and what is claimed about it, in the forms that cosign 2 and cosign 3 look for.
///
/// For the index and each platform manifest:
///
///     sha256-<hex>.sig   legacy signature: simple signing payload, signature in an annotation
///     referrer           the same signature as a Sigstore bundle over a cosign/sign/v1 statement
///     sha256-<hex>.att   legacy attestations: one layer, a DSSE envelope, for each claim
///     referrer           one Sigstore bundle for each claim, around the same envelope
package struct Attestor: Sendable {
    private let signer: any Signer
    private let key: VerificationKey

    /// - Throws: `SigstoreError` when the signer's key is not a P-256 key.
    package init(signer: any Signer) throws {
        self.signer = signer
        key = try VerificationKey(der: signer.publicKeyDER)
    }

    /// Signs the image's index and platform manifests, and every claim about one of them.
    ///
    /// The repository's name is written into signatures for people to read; no host, because images move. All times are the
    /// image's `created`. Every signature is checked before it is returned.
    package func attest(_ image: Image, as repository: RepositoryName, claims: [Claim]) async throws -> Evidence {
        let subjects = [image.index.bare] + image.platforms.map(\.manifest.bare)
        try check(claims, about: Set(subjects.map(\.digest)), image: image)
        var collector = EvidenceCollector(created: image.created)
        for subject in subjects {
            let payload = SimpleSigning(dockerReference: repository.description, digest: subject.digest).canonicalBytes
            let statement = Statement(
                subject: [ResourceDescriptor(sha256: subject.digest)], predicateType: PredicateType.cosignSign, predicate: [:])
            try collector.addSignature(
                payload: payload, signature: try await sign(payload), bundle: bundle(try await seal(statement)), of: subject)
        }
        for subject in subjects {
            var sealed: [(type: String, envelope: Envelope, bundle: SigstoreBundle)] = []
            for claim in claims where claim.subject == subject.digest {
                let statement = Statement(
                    subject: [ResourceDescriptor(name: repository.description, sha256: claim.subject)], predicateType: claim.predicateType,
                    predicate: claim.predicate)
                let envelope = try await seal(statement)
                sealed.append((claim.predicateType, envelope, bundle(envelope)))
            }
            try collector.addAttestations(sealed, of: subject)
        }
        return collector.evidence()
    }

    private func check(_ claims: [Claim], about subjects: Set<Digest>, image: Image) throws {
        var seen: Set<[String]> = []
        for claim in claims {
            guard subjects.contains(claim.subject) else {
                throw AttestError.foreignSubject(claim.subject, image: "\(image.name):\(image.stream)")
            }
            guard seen.insert([claim.subject.hex, claim.predicateType]).inserted else {
                throw AttestError.duplicateClaim(subject: claim.subject, predicateType: claim.predicateType)
            }
        }
    }

    private func seal(_ statement: Statement) async throws -> Envelope {
        let payload = try statement.canonicalBytes()
        let message = Envelope.preAuthenticationEncoding(payloadType: Statement.payloadType, payload: payload)
        return Envelope(
            payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: try await sign(message))])
    }

    private func bundle(_ envelope: Envelope) -> SigstoreBundle { SigstoreBundle(envelope: envelope, hint: key.hint) }

    private func sign(_ message: [UInt8]) async throws -> [UInt8] {
        let signature = try await signer.sign(message)
        if case .bad(let reason) = SignatureVerifier.verify(der: signature, message: message, key: key) {
            throw AttestError.unusableSignature(reason: reason)
        }
        return signature
    }
}
