// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
package import Sigstore

/// A rebuilder's signed word that it got the same image: a Simple Verification Result about the index and its manifests.
///
/// The property is `REPRODUCED` when every digest was the same, `REPRODUCED_CONTENT` when only the packing of layers differed.
package struct Reproduction: Sendable {
    package static let property = "REPRODUCED"
    package static let contentProperty = "REPRODUCED_CONTENT"
    /// Who rebuilds by this program and its rules; the key tells one rebuilder from another.
    package static let verifier = "https://ashlar.dev/rebuilders/v1"
    /// Base64 of the DER SubjectPublicKeyInfo of the rebuilder's key, on the manifest that holds the statement.
    package static let keyAnnotation = "dev.ashlar.rebuilder.key"

    package internal(set) var bundle: SigstoreBundle
    package let key: VerificationKey
    package let properties: [String]
    package let time: Timestamp
    package let verifier: String

    /// Signs what a report found; nil when there is nothing to be said for the image.
    package static func sign(
        _ report: RebuildReport, as verifier: String, by signer: any Signer, at time: Timestamp
    ) async throws -> Reproduction? {
        let property: String
        switch report.verdict {
        case .identical: property = Self.property
        case .identicalContent: property = contentProperty
        case .different: return nil
        }
        let subjects = [report.expected] + report.platforms.map(\.expected)
        let result = SimpleVerificationResult(verifier: .init(id: verifier), timeCreated: time, properties: [property])
        let payload = try Statement(
            subject: subjects.map { ResourceDescriptor(sha256: $0) }, predicateType: PredicateType.simpleVerificationResult,
            predicate: try CanonicalJSON.value(of: result)
        ).canonicalBytes()
        guard let signature = try await signer.sign([.statement(payload)]).first else {
            throw InputError.unusableStatement(reasons: ["the signer gave no signature"])
        }
        let key = try VerificationKey(der: signer.publicKeyDER)
        let envelope = Envelope(
            payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
        return try Reproduction(
            reading: SigstoreBundle(envelope: envelope, hint: key.hint).canonicalBytes, about: report.expected, key: key)
    }

    /// Reads a bundle: the signature first, then what it says, which must be about this index.
    package init(reading bytes: [UInt8], about index: Digest, key: VerificationKey) throws {
        let statement: Statement
        switch StatementVerifier.verify(bundle: bytes, about: index, key: key) {
        case .bad(let reason): throw InputError.unusableStatement(reasons: [reason])
        case .good(let good, _): statement = good
        }
        guard statement.predicateType == PredicateType.simpleVerificationResult else {
            throw InputError.unusableStatement(reasons: ["it is of type \(statement.predicateType.prefix(200))"])
        }
        let result = try CanonicalJSON.decode(SimpleVerificationResult.self, from: statement.predicate)
        properties = result.properties.filter { [Self.property, Self.contentProperty].contains($0) }
        guard !properties.isEmpty else {
            throw InputError.unusableStatement(reasons: ["it does not say \(Self.property)"])
        }
        bundle = try SigstoreBundle(reading: bytes)
        time = result.timeCreated
        verifier = result.verifier.id
        self.key = key
    }

    package var isOfEveryByte: Bool { properties.contains(Self.property) }

    /// What makes it visible at the release: a referrer of the index. Blobs first, then the publication.
    package func publication(about index: Descriptor, in repository: String) throws -> (blobs: [Content], publication: Publication) {
        let layer = Content(bundle.canonicalBytes, mediaType: MediaType.sigstoreBundle)
        var config = Content.empty.descriptor
        config.artifactType = MediaType.sigstoreBundle
        let manifest = ImageManifest(
            config: config, layers: [layer.descriptor], artifactType: MediaType.sigstoreBundle, subject: index.bare,
            annotations: [
                Annotation.created: time.description, Annotation.bundleContent: "dsse-envelope",
                Annotation.bundlePredicateType: PredicateType.simpleVerificationResult,
                Annotation.inTotoPredicateType: PredicateType.simpleVerificationResult, Self.keyAnnotation: Base64.encode(key.der),
            ])
        let content = try manifest.content()
        let listing = Publication.Manifest(
            digest: content.digest, mediaType: content.descriptor.mediaType, size: content.descriptor.size, subject: index.digest,
            artifactType: manifest.effectiveArtifactType, annotations: manifest.annotations ?? [:],
            references: [manifest.config.digest] + manifest.layers.map(\.digest))
        return ([Content.empty, layer, content], Publication(repository: repository, manifests: [listing], tags: [:]))
    }
}

/// The rebuilders of one image whose statements were found good.
package struct Quorum: Sendable {
    /// One for each key: the strongest word of it, then the newest.
    package let reproductions: [Reproduction]
    /// What claims to be such a statement and is none, one line each.
    package let refused: [String]

    /// Reads and verifies what is attached to an index. Each statement is checked by the key that lies beside it: whose key that is,
    /// and whether to trust it, is for the reader to know.
    package static func read(about index: Digest, in repository: some RepositoryReader) async throws -> Quorum {
        var found: [Digest: Reproduction] = [:]
        var refused: [String] = []
        for descriptor in try await repository.referrers(of: index).prefix(limit) {
            guard descriptor.annotations?[Annotation.bundlePredicateType] == PredicateType.simpleVerificationResult else { continue }
            do {
                let one = try await reproduction(descriptor, about: index, in: repository)
                let id = one.key.fingerprint
                let rank = { (other: Reproduction) in (other.isOfEveryByte ? 1 : 0, other.time.seconds) }
                if let known = found[id], rank(known) >= rank(one) { continue }
                found[id] = one
            } catch let error as any Diagnosable {
                refused.append("\(descriptor.digest): " + ([error.diagnosis.summary] + error.diagnosis.notes).joined(separator: "; "))
            }
        }
        return Quorum(reproductions: found.sorted { $0.key < $1.key }.map(\.value), refused: refused)
    }

    private static let limit = 1000

    private static func reproduction(
        _ descriptor: Descriptor, about index: Digest, in repository: some RepositoryReader
    ) async throws -> Reproduction {
        guard let content = try await repository.manifest(descriptor.digest.description), content.digest == descriptor.digest else {
            throw InputError.lost("the manifest \(descriptor.digest)")
        }
        let manifest = try ImageManifest(reading: content.bytes)
        guard let der = manifest.annotations?[Reproduction.keyAnnotation].flatMap({ Base64.decode($0) }), let layer = manifest.layers.first,
            layer.size <= 1 << 20, let bytes = try await repository.blob(layer.digest, limit: layer.size)
        else { throw InputError.unusableStatement(reasons: ["it has no key beside it, or no statement"]) }
        try layer.check(bytes)
        return try Reproduction(reading: bytes, about: index, key: try VerificationKey(der: der))
    }
}
