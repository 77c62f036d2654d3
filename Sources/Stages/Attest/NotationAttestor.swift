// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Crypto
import OCI
import Sigstore

/// Signs an image in the Notary Project's format as well: one referrer for the index and one for each platform manifest.
package struct NotationAttestor: Sendable {
    private let signer: any Signer
    private let key: P256.Signing.PublicKey
    private let chain: [[UInt8]]
    private let validFrom: Timestamp
    private let agent: String

    /// - Parameters:
    ///   - chain: DER certificates of the signer's image key, leaf first.
    ///   - validFrom: of the leaf.
    ///   - agent: the program's name and version.
    /// - Throws: when the signer's key is not a P-256 key.
    package init(signer: any Signer, chain: [[UInt8]], validFrom: Timestamp, agent: String) throws {
        self.signer = signer
        self.chain = chain
        self.validFrom = validFrom
        self.agent = agent
        key = try P256.Signing.PublicKey(derRepresentation: signer.publicKeyDER)
    }

    /// Whether annotations are those of a signature by these certificates.
    package func isOwn(_ annotations: [String: String]) -> Bool {
        annotations[NotationEnvelope.thumbprintAnnotation] == NotationEnvelope.thumbprints(of: chain)
    }

    package func sign(_ image: Image) async throws -> Evidence {
        // A time before the certificate's own would be refused; none is read from a clock.
        let time = max(image.created, validFrom)
        let subjects = [image.index.bare] + image.platforms.map(\.manifest.bare)
        let envelopes = subjects.map { subject in
            NotationEnvelope(
                target: .init(mediaType: subject.mediaType, digest: subject.digest, size: subject.size), signingTime: time)
        }
        let signatures = try await signer.sign(envelopes.map { .notation($0.signingInput) })
        guard signatures.count == envelopes.count else {
            throw AttestError.unusableSignature(reason: "\(envelopes.count) were asked for, \(signatures.count) came")
        }
        var evidence = Evidence(attestations: [], blobs: [], manifests: [])
        var config = Content(Content.empty.bytes, mediaType: NotationEnvelope.artifactType).descriptor
        config.annotations = nil
        evidence.blobs.append(Content.empty)
        for (subject, (envelope, signature)) in zip(subjects, zip(envelopes, signatures)) {
            guard let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
                key.isValidSignature(parsed, for: envelope.signingInput)
            else { throw AttestError.unusableSignature(reason: "the Notation signature is not by the signer's key") }
            let layer = Content(
                envelope.bytes(signature: signature, chain: chain, agent: agent), mediaType: NotationEnvelope.mediaType)
            let manifest = ImageManifest(
                config: config, layers: [layer.descriptor], subject: subject,
                annotations: [
                    Annotation.created: time.description,
                    NotationEnvelope.thumbprintAnnotation: NotationEnvelope.thumbprints(of: chain),
                ])
            evidence.blobs.append(layer)
            evidence.manifests.append(EvidenceManifest(content: try manifest.content(), manifest: manifest))
        }
        return evidence
    }
}
