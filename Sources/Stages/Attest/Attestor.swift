// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
package import Sigstore

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
    /// What its signatures are checked with.
    package let key: VerificationKey

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
        try check(claims, about: Set(subjects.map(\.digest)), image: "\(image.name):\(image.stream)")
        let signatures = subjects.map { subject in
            (
                payload: SimpleSigning(dockerReference: repository.description, digest: subject.digest).canonicalBytes,
                statement: Statement(
                    subject: [ResourceDescriptor(sha256: subject.digest)], predicateType: PredicateType.cosignSign, predicate: [:])
            )
        }
        let statements =
            try signatures.map { try $0.statement.canonicalBytes() } + claims.map { try statement(of: $0, repository) }
        // One request for all: the signer writes its journal to disk once.
        let signed = try await sign(signatures.map { .simpleSigning($0.payload) } + statements.map { .statement($0) })
        let envelopes = zip(statements, signed.dropFirst(signatures.count)).map { payload, signature in
            Envelope(
                payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
        }
        var collector = EvidenceCollector(created: image.created)
        for (position, subject) in subjects.enumerated() {
            try collector.addSignature(
                payload: signatures[position].payload, signature: signed[position], bundle: bundle(envelopes[position]), of: subject)
        }
        for subject in subjects {
            let sealed = zip(claims, envelopes.dropFirst(subjects.count)).filter { $0.0.subject == subject.digest }
            try collector.addAttestations(
                sealed.map { claim, envelope in (type: claim.predicateType, envelope: envelope, bundle: bundle(envelope)) }, of: subject)
        }
        return collector.evidence()
    }

    func check(_ claims: [Claim], about subjects: Set<Digest>, image: String) throws {
        var seen: Set<[String]> = []
        for claim in claims {
            guard subjects.contains(claim.subject) else {
                throw AttestError.foreignSubject(claim.subject, image: image)
            }
            guard seen.insert([claim.subject.hex, claim.predicateType]).inserted else {
                throw AttestError.duplicateClaim(subject: claim.subject, predicateType: claim.predicateType)
            }
        }
    }

    func bundle(_ envelope: Envelope) -> SigstoreBundle { SigstoreBundle(envelope: envelope, hint: key.hint) }

    func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]] {
        let signatures = try await signer.sign(messages)
        guard signatures.count == messages.count else {
            throw AttestError.unusableSignature(reason: "\(messages.count) were asked for, \(signatures.count) came")
        }
        for (message, signature) in zip(messages, signatures) {
            let bytes =
                switch message {
                case .statement(let payload):
                    Envelope.preAuthenticationEncoding(payloadType: Statement.payloadType, payload: payload)
                case .simpleSigning(let bytes), .checkpoint(let bytes), .notation(let bytes): bytes
                }
            if case .bad(let reason) = SignatureVerifier.verify(der: signature, message: bytes, key: key) {
                throw AttestError.unusableSignature(reason: reason)
            }
        }
        return signatures
    }
}
