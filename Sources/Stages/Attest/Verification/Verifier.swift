// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI
package import Sigstore

/// Checks an image against a public key, offline: nothing but the repository is asked.
///
/// The image is trusted when the key signed its digest, in either form, and every required kind of claim is there. Evidence by
/// other keys is neither for nor against it. All bytes are compared with their digests before they are read.
package struct Verifier: Sendable {
    private let key: VerificationKey
    /// Kinds of claims that must be there, signed by the key.
    private let required: [String]

    /// Bytes of a layer with evidence, and pieces of evidence of one image: what is above is not looked at, and said so.
    private static let layerLimit = SigstoreBundle.limit
    private static let pieceLimit = 256

    package init(key: VerificationKey, requiring predicateTypes: [String] = []) {
        self.key = key
        required = predicateTypes
    }

    /// Checks the manifest or index under a tag or digest.
    ///
    /// - Throws: only what the reader throws because it could not be asked.
    package func verify(_ reference: String, in repository: some RepositoryReader) async throws -> Verification {
        try await examine(reference, in: repository).verification
    }

    /// Checks an index and each platform manifest it lists; one result each, the index first.
    ///
    /// A tag is followed once: all results are about the index that it named then.
    package func verifyAll(_ reference: String, in repository: some RepositoryReader) async throws -> [Verification] {
        var (first, content) = try await examine(reference, in: repository)
        guard let content, let index = try? ImageIndex(reading: content.bytes) else { return [first] }
        guard index.manifests.count <= Self.pieceLimit else {
            first.reasons.append("the index lists \(index.manifests.count) manifests; at most \(Self.pieceLimit) are checked")
            return [first]
        }
        var results = [first]
        for manifest in index.manifests {
            results.append(try await verify(manifest.digest.description, in: repository))
        }
        return results
    }

    private func examine(
        _ reference: String, in repository: some RepositoryReader
    ) async throws -> (verification: Verification, content: Content?) {
        var notes: [String] = []
        guard
            let content = try await tolerating("manifest '\(reference.prefix(200))'", &notes, { try await repository.manifest(reference) })
        else {
            let reason = notes.first ?? "there is no manifest '\(reference.prefix(200))'"
            return (.refused(Digest(reference), reason: reason), nil)
        }
        let subject = Digest.sha256(of: content.bytes)
        if let asked = Digest(reference), asked != subject {
            return (.refused(asked, reason: "the manifest's bytes have the digest \(subject), not \(asked)"), nil)
        }
        var collection = Collection(subject: subject, key: key)
        try await collectBundles(into: &collection, from: repository)
        try await collectLegacy(.signatures(of: subject), into: &collection, from: repository)
        try await collectLegacy(.attestations(of: subject), into: &collection, from: repository)
        return (collection.conclusion(requiring: required), content)
    }

    private func collectBundles(into collection: inout Collection, from repository: some RepositoryReader) async throws {
        let subject = collection.subject
        let listed =
            try await tolerating("the list of referrers", &collection.ignored) { try await repository.referrers(of: subject) } ?? []
        // Registries without the referrers API may list the configuration's type.
        let referrers = listed.filter { [nil, MediaType.sigstoreBundle, MediaType.empty].contains($0.artifactType) }
        if referrers.count > Self.pieceLimit { collection.ignored.append("\(referrers.count - Self.pieceLimit) further referrers") }
        for descriptor in referrers.prefix(Self.pieceLimit) {
            guard let manifest = try await manifest(descriptor.digest.description, in: repository, &collection),
                manifest.effectiveArtifactType == MediaType.sigstoreBundle
            else { continue }
            guard manifest.subject?.digest == collection.subject else {
                collection.ignored.append("referrer \(descriptor.digest): its subject is another manifest")
                continue
            }
            for layer in manifest.layers.prefix(1) where layer.mediaType == MediaType.sigstoreBundle {
                guard let bytes = try await bytes(of: layer, in: repository, &collection) else { continue }
                collection.add(
                    StatementVerifier.verify(bundle: bytes, about: collection.subject, key: key), form: .bundle,
                    place: "referrer \(descriptor.digest)")
            }
        }
    }

    private func collectLegacy(_ tag: Tag, into collection: inout Collection, from repository: some RepositoryReader) async throws {
        guard let manifest = try await manifest(tag.description, in: repository, &collection) else { return }
        if manifest.layers.count > Self.pieceLimit {
            collection.ignored.append("\(manifest.layers.count - Self.pieceLimit) further layers of \(tag)")
        }
        for (position, layer) in manifest.layers.prefix(Self.pieceLimit).enumerated() {
            let place = "layer \(position) of \(tag)"
            guard let bytes = try await bytes(of: layer, in: repository, &collection) else { continue }
            switch layer.mediaType {
            case MediaType.simpleSigning:
                let signature = layer.annotations?[Annotation.cosignSignature] ?? ""
                collection.add(
                    StatementVerifier.verify(simpleSigning: bytes, signature: signature, about: collection.subject, key: key), place: place)
            case MediaType.dsseEnvelope:
                collection.add(
                    StatementVerifier.verify(envelope: bytes, about: collection.subject, key: key), form: .legacy, place: place)
            default: collection.ignored.append("\(place): media type '\(layer.mediaType.prefix(80))'")
            }
        }
    }

    private func manifest(
        _ reference: String, in repository: some RepositoryReader, _ collection: inout Collection
    ) async throws -> ImageManifest? {
        let place = "manifest \(reference.prefix(200))"
        guard let content = try await tolerating(place, &collection.ignored, { try await repository.manifest(reference) }) else {
            return nil
        }
        if let asked = Digest(reference), Digest.sha256(of: content.bytes) != asked {
            collection.ignored.append("manifest \(asked): its bytes have another digest")
            return nil
        }
        do throws(OCIError) {
            return try ImageManifest(reading: content.bytes)
        } catch {
            collection.ignored.append("manifest \(reference.prefix(200)): \(error.diagnosis.summary)")
            return nil
        }
    }

    private func bytes(of layer: Descriptor, in repository: some RepositoryReader, _ collection: inout Collection) async throws -> [UInt8]?
    {
        guard layer.size <= Self.layerLimit else {
            collection.ignored.append("blob \(layer.digest): \(layer.size) bytes")
            return nil
        }
        let count = collection.ignored.count
        let read = try await tolerating("blob \(layer.digest)", &collection.ignored) {
            try await repository.blob(layer.digest, limit: layer.size)
        }
        guard let bytes = read else {
            if collection.ignored.count == count { collection.ignored.append("blob \(layer.digest): it is missing") }
            return nil
        }
        do throws(OCIError) {
            try layer.check(bytes)
            return bytes
        } catch {
            collection.ignored.append("blob \(layer.digest): \(error.diagnosis.summary)")
            return nil
        }
    }

    // One piece of evidence that is damaged or too large, put there by whoever may push, must not keep the others from counting.
    private func tolerating<Answer>(
        _ place: String, _ notes: inout [String], _ ask: () async throws -> Answer?
    ) async throws -> Answer? {
        do {
            return try await ask()
        } catch let error as any Diagnosable where [.malformed, .untrusted].contains(error.diagnosis.kind) {
            notes.append("\(place): \(error.diagnosis.summary)")
            return nil
        }
    }
}

/// What was found so far.
private struct Collection {
    let subject: Digest
    let key: VerificationKey
    var signatures: Set<Verification.Form> = []
    var claims: [Verification.Claim] = []
    var evidence: [String] = []
    var ignored: [String] = []

    mutating func add(_ check: StatementCheck, form: Verification.Form, place: String) {
        switch check {
        case .bad(let reason): ignored.append("\(place): \(reason)")
        case .good(let statement, let found):
            evidence += found.map { "\(place): \($0)" }
            guard statement.predicateType != PredicateType.cosignSign else {
                // The other form has no such statement: a signature there is a simple signing payload.
                if form == .bundle { signatures.insert(.bundle) }
                return
            }
            if let position = claims.firstIndex(where: { $0.statement == statement }) {
                claims[position].forms.insert(form)
            } else {
                claims.append(.init(predicateType: statement.predicateType, statement: statement, forms: [form]))
            }
        }
    }

    mutating func add(_ check: SignatureCheck, place: String) {
        switch check {
        case .bad(let reason): ignored.append("\(place): \(reason)")
        case .good(let found):
            signatures.insert(.legacy)
            evidence += found.map { "\(place): \($0)" }
        }
    }

    func conclusion(requiring required: [String]) -> Verification {
        var reasons: [String] = []
        if signatures.isEmpty { reasons.append("the key \(key.fingerprint) did not sign \(subject)") }
        for type in required where !claims.contains(where: { $0.predicateType == type }) {
            reasons.append("there is no claim of type \(type) signed by the key")
        }
        return Verification(
            subject: subject, signatures: signatures, claims: claims.sorted { $0.predicateType < $1.predicateType }, evidence: evidence,
            reasons: reasons, ignored: ignored)
    }
}
