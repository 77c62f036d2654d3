// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
import Sigstore

extension Attestor {
    /// Signs further claims about an image that has its evidence already.
    ///
    /// Each becomes a referrer. The list of legacy attestations is made anew from what it held, without what the new claims take the
    /// place of (`PredicateType.isRenewed`).
    ///
    /// - Parameter listed: Manifest -> its list of legacy attestations, where it has one.
    package func attest(
        _ claims: [Claim], about subjects: [Descriptor], as repository: RepositoryName, created: Timestamp,
        listed: [Digest: ImageManifest]
    ) async throws -> Evidence {
        try check(claims, about: Set(subjects.map(\.digest)), image: repository.description)
        let statements = try claims.map { try statement(of: $0, repository) }
        let messages = statements.map { SignableMessage.statement($0) }
        let signed = try await sign(messages)
        let logged = try await record(messages, signed)
        let envelopes = zip(statements, signed).map { payload, signature in
            Envelope(payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
        }
        var collector = EvidenceCollector(created: created)
        for subject in subjects {
            let own = claims.indices.filter { claims[$0].subject == subject.digest }
            let types = Set(own.map { claims[$0].predicateType }.filter(PredicateType.isRenewed))
            let kept = (listed[subject.digest]?.layers ?? []).filter { layer in
                layer.annotations?[Annotation.cosignPredicateType].map { !types.contains($0) } ?? true
            }
            try collector.addAttestations(
                own.map { (type: claims[$0].predicateType, envelope: envelopes[$0], bundle: bundle(envelopes[$0], logged?[$0])) },
                of: subject.bare, after: kept)
            if let logged, !own.isEmpty { try collector.addProofs(own.map { logged[$0] }, of: subject.bare) }
        }
        return collector.evidence()
    }

    func statement(of claim: Claim, _ repository: RepositoryName) throws -> [UInt8] {
        try Statement(
            subject: [ResourceDescriptor(name: repository.description, sha256: claim.subject)], predicateType: claim.predicateType,
            predicate: claim.predicate
        ).canonicalBytes()
    }
}

extension Evidence {
    /// This evidence with what was signed later. Where both have a list under one tag, the later one holds what the earlier one held.
    package func adding(_ later: Evidence) -> Evidence {
        let replaced = Set(later.manifests.compactMap(\.tag))
        let kept = manifests.filter { manifest in manifest.tag.map { !replaced.contains($0) } ?? true }
        let manifests = kept + later.manifests
        let named = Set(manifests.flatMap { [$0.manifest.config.digest] + $0.manifest.layers.map(\.digest) })
        var blobs: [Digest: Content] = [:]
        for blob in self.blobs + later.blobs where named.contains(blob.digest) { blobs[blob.digest] = blob }
        return Evidence(
            attestations: attestations + later.attestations, blobs: blobs.values.sorted { $0.digest < $1.digest }, manifests: manifests)
    }
}
