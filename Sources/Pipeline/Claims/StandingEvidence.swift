// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI
import Records
import Sigstore

/// What one key signed about an image before and the store still has: read again and verified, not believed.
///
/// A signature or claim stands when both of its forms are there, and in the log when there is one. What stands is never replaced by what a build signs beside it.
struct StandingEvidence: Sendable {
    /// Signatures and claims that stand.
    private(set) var attestations: [Attestation] = []
    /// The manifests of the legacy forms, whoever signed what they list.
    private(set) var lists: [Tag: ImageManifest] = [:]
    private var identities: Set<Identity> = []

    private struct Identity: Hashable {
        var subject: Digest
        var type: String
        var predicate: Digest
    }

    /// Nothing was signed.
    init() {}

    /// - Parameter isLogged: Whether only what is in a log counts.
    init(
        about subjects: [Digest], by key: VerificationKey, isLogged: Bool, in repository: String, blobs: FileBlobStore,
        records: RecordStore
    ) throws {
        for subject in subjects where try records.manifest(subject, in: repository) != nil {
            for tag in [Tag.signatures(of: subject), .attestations(of: subject)] {
                guard let stored = try records.manifest(tagged: tag.description, in: repository),
                    let bytes = try Self.bytes(stored.digest, limit: ImageManifest.limit, blobs)
                else { continue }
                lists[tag] = try ImageManifest(reading: bytes)
            }
            for stored in try records.referrers(of: subject, in: repository, artifactType: MediaType.sigstoreBundle)
            where stored.isPublished {
                try read(stored, about: subject, by: key, isLogged, blobs)
            }
        }
    }

    func holds(_ claim: Claim) -> Bool {
        identities.contains(
            Identity(
                subject: claim.subject, type: claim.predicateType,
                predicate: ClaimIdentity.digest(of: claim.predicate, type: claim.predicateType)))
    }

    func isSigned(_ subject: Digest) -> Bool {
        attestations.contains { $0.subject == subject && $0.predicateType == PredicateType.cosignSign }
    }

    private mutating func read(
        _ stored: StoredManifest, about subject: Digest, by key: VerificationKey, _ isLogged: Bool, _ blobs: FileBlobStore
    ) throws {
        guard let bytes = try Self.bytes(stored.digest, limit: ImageManifest.limit, blobs),
            let layer = try ImageManifest(reading: bytes).layers.first,
            let text = try Self.bytes(layer.digest, limit: SigstoreBundle.limit, blobs), let bundle = try? SigstoreBundle(reading: text),
            // Saves reading what another key signed; the signature decides.
            bundle.hint == key.hint, !isLogged || !bundle.logEntries.isEmpty,
            case .good(let statement, _) = StatementVerifier.verify(bundle.envelope, about: subject, key: key),
            let legacy = try legacy(of: bundle.envelope, statement, about: subject, by: key, blobs)
        else { return }
        attestations.append(
            Attestation(
                subject: subject, predicateType: statement.predicateType, bundle: layer.digest, referrer: stored.digest, legacy: legacy))
        identities.insert(
            Identity(
                subject: subject, type: statement.predicateType,
                predicate: ClaimIdentity.digest(of: statement.predicate, type: statement.predicateType)))
    }

    // The other form of what a bundle holds: the same envelope, or a signature over a payload of its own.
    private func legacy(
        of envelope: Envelope, _ statement: Statement, about subject: Digest, by key: VerificationKey, _ blobs: FileBlobStore
    ) throws -> Digest? {
        guard statement.predicateType == PredicateType.cosignSign else {
            let digest = Digest.sha256(of: envelope.canonicalBytes)
            let isListed = lists[.attestations(of: subject)]?.layers.contains { $0.digest == digest } ?? false
            return try isListed && blobs.contains(digest) ? digest : nil
        }
        return try lists[.signatures(of: subject)]?.layers.first { layer in
            guard let text = layer.annotations?[Annotation.cosignSignature],
                let payload = try Self.bytes(layer.digest, limit: SimpleSigning.limit, blobs)
            else { return false }
            return StatementVerifier.verify(simpleSigning: payload, signature: text, about: subject, key: key).isGood
        }?.digest
    }

    // Nothing for what is not there: it is signed again.
    private static func bytes(_ digest: Digest, limit: Int, _ blobs: FileBlobStore) throws -> [UInt8]? {
        guard let size = try blobs.size(of: digest), size <= limit else { return nil }
        return try blobs.verified(digest)
    }
}
