// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
package import Sigstore
import Transparency

/// Signs an image and what is claimed about it, in the forms that cosign 2 and cosign 3 look for.
///
/// For the index and each platform manifest:
///
///     sha256-<hex>.sig   legacy signature: simple signing payload, signature in an annotation
///     referrer           the same signature as a Sigstore bundle over a cosign/sign/v1 statement
///     sha256-<hex>.att   legacy attestations: one layer, a DSSE envelope, for each claim
///     referrer           one Sigstore bundle for each claim, around the same envelope
///     referrer           with a log: one proof file for each signature above
///
/// With a transparency log, every signature has an entry in it, and bundles carry entry and proof.
package struct Attestor: Sendable {
    private let signer: any Signer
    private let log: (any TransparencyLog)?
    /// What its signatures are checked with.
    package let key: VerificationKey
    /// Whether what it signs is entered into a log.
    package var isLogging: Bool { log != nil }

    /// - Throws: `SigstoreError` when the signer's key is not a P-256 key.
    package init(signer: any Signer, log: (any TransparencyLog)? = nil) throws {
        self.signer = signer
        self.log = log
        key = try VerificationKey(der: signer.publicKeyDER)
    }

    /// Signs the image's index and platform manifests, and every claim about one of them.
    package func attest(_ image: Image, as repository: RepositoryName, claims: [Claim]) async throws -> Evidence {
        let subjects = [image.index] + image.platforms.map(\.manifest)
        return try await attest(claims, signing: subjects, about: subjects, as: repository, created: image.created)
    }

    /// Signs manifests and claims about some of them, beside what was signed before: by another key, or about what was different then.
    ///
    /// Signatures and claims become referrers. The lists of the legacy forms hold what they held, without what the new claims take
    /// the place of (`PredicateType.isRenewed`), and then what is new. The repository's name is written into signatures for people
    /// to read; no host, because images move. All times are `created`. Every signature is checked before it is returned.
    ///
    /// - Parameters:
    ///   - signing: Those of the subjects that are to be signed themselves.
    ///   - listed: The lists as they are, where there are some.
    package func attest(
        _ claims: [Claim], signing: [Descriptor] = [], about subjects: [Descriptor], as repository: RepositoryName, created: Timestamp,
        listed: [Tag: ImageManifest] = [:]
    ) async throws -> Evidence {
        try check(claims, about: Set(subjects.map(\.digest)), image: repository.description)
        let signatures = signing.map { subject in
            (
                payload: SimpleSigning(dockerReference: repository.description, digest: subject.digest).canonicalBytes,
                statement: Statement(
                    subject: [ResourceDescriptor(sha256: subject.digest)], predicateType: PredicateType.cosignSign, predicate: [:])
            )
        }
        let statements =
            try signatures.map { try $0.statement.canonicalBytes() } + claims.map { try statement(of: $0, repository) }
        // One request for all: the signer writes its journal to disk once.
        let messages = signatures.map { SignableMessage.simpleSigning($0.payload) } + statements.map { .statement($0) }
        let digests = messages.map(Self.signedDigest)
        let signed = try await sign(messages, digests)
        let logged = try await record(digests, signed)
        let envelopes = zip(statements, signed.dropFirst(signatures.count)).map { payload, signature in
            Envelope(
                payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
        }
        // Of the statements: those of signatures first, then one for each claim.
        func bundle(_ position: Int) -> SigstoreBundle { self.bundle(envelopes[position], logged?[signatures.count + position]) }
        var collector = EvidenceCollector(created: created)
        for (position, subject) in signing.enumerated() {
            try collector.addSignature(
                payload: signatures[position].payload, signature: signed[position], bundle: bundle(position), of: subject.bare,
                after: listed[.signatures(of: subject.digest)]?.layers ?? [])
        }
        for subject in subjects {
            let own = claims.indices.filter { claims[$0].subject == subject.digest }.map { (claim: $0, statement: signing.count + $0) }
            try collector.addAttestations(
                own.map { (type: claims[$0.claim].predicateType, envelope: envelopes[$0.statement], bundle: bundle($0.statement)) },
                of: subject.bare, after: kept(listed[.attestations(of: subject.digest)], beside: own.map { claims[$0.claim] }))
            guard let logged else { continue }
            let position = signing.firstIndex { $0.digest == subject.digest }
            let entries = (position.map { [$0, signatures.count + $0] } ?? []) + own.map { signatures.count + $0.statement }
            if !entries.isEmpty { try collector.addProofs(entries.map { logged[$0] }, of: subject.bare) }
        }
        return collector.evidence()
    }

    private func kept(_ list: ImageManifest?, beside claims: [Claim]) -> [Descriptor] {
        let renewed = Set(claims.map(\.predicateType).filter(PredicateType.isRenewed))
        return (list?.layers ?? []).filter { layer in
            layer.annotations?[Annotation.cosignPredicateType].map { !renewed.contains($0) } ?? true
        }
    }

    private func statement(of claim: Claim, _ repository: RepositoryName) throws -> [UInt8] {
        try Statement(
            subject: [ResourceDescriptor(name: repository.description, sha256: claim.subject)], predicateType: claim.predicateType,
            predicate: claim.predicate
        ).canonicalBytes()
    }

    private func check(_ claims: [Claim], about subjects: Set<Digest>, image: String) throws {
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

    private func bundle(_ envelope: Envelope, _ logged: LoggedSignature?) -> SigstoreBundle {
        SigstoreBundle(envelope: envelope, hint: key.hint, logEntries: logged.map { [$0.bundled] } ?? [])
    }

    private func sign(_ messages: [SignableMessage], _ digests: [Digest]) async throws -> [[UInt8]] {
        let signatures = try await signer.sign(messages)
        guard signatures.count == messages.count else {
            throw AttestError.unusableSignature(reason: "\(messages.count) were asked for, \(signatures.count) came")
        }
        for (digest, signature) in zip(digests, signatures) {
            if case .bad(let reason) = SignatureVerifier.verify(der: signature, digest: digest, key: key) {
                throw AttestError.unusableSignature(reason: reason)
            }
        }
        return signatures
    }

    // One batch for all: the log writes itself to disk once.
    private func record(_ digests: [Digest], _ signatures: [[UInt8]]) async throws -> [LoggedSignature]? {
        guard let log else { return nil }
        let entries = zip(digests, signatures).map { digest, signature in
            RekorEntry(digest: digest, signature: signature, publicKeyDER: key.der)
        }
        let inclusions = try await log.append(entries.map(\.body))
        guard inclusions.count == entries.count else {
            throw AttestError.unusableProof(reason: "\(entries.count) entries were appended, \(inclusions.count) proofs came")
        }
        return try zip(entries, inclusions).map { entry, inclusion in
            guard
                MerkleTree.isIncluded(
                    MerkleTree.leafHash(entry.body), at: inclusion.index, size: inclusion.treeSize, proof: inclusion.hashes,
                    root: inclusion.root)
            else { throw AttestError.unusableProof(reason: "the proof for entry \(inclusion.index) does not hold") }
            return LoggedSignature(entry: entry, inclusion: inclusion)
        }
    }

    // Of what the key signs: hashed once, for checking the signature and for the log.
    private static func signedDigest(_ message: SignableMessage) -> Digest {
        switch message {
        case .statement(let payload): Envelope(payload: payload, payloadType: Statement.payloadType, signatures: []).signedDigest
        case .simpleSigning(let bytes), .checkpoint(let bytes, _), .notation(let bytes): .sha256(of: bytes)
        }
    }
}

/// A signature's entry in the log, and what proves it.
struct LoggedSignature {
    var entry: RekorEntry
    var inclusion: LogInclusion

    var bundled: JSON { BundleLogEntry(entry: entry, inclusion: inclusion).json }
}
