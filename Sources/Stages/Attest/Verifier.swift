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
        guard let content = try await repository.manifest(reference) else {
            return Verification(
                subject: Digest(reference) ?? Digest.sha256(of: ""), signatures: [], claims: [], evidence: [],
                reasons: ["there is no manifest '\(reference.prefix(200))'"], ignored: [])
        }
        let subject = Digest.sha256(of: content.bytes)
        if let asked = Digest(reference), asked != subject {
            return Verification(
                subject: asked, signatures: [], claims: [], evidence: [],
                reasons: ["the manifest's bytes have the digest \(subject), not \(asked)"],
                ignored: [])
        }
        var collection = Collection(subject: subject, key: key)
        try await collectBundles(into: &collection, from: repository)
        try await collectLegacy(.signatures(of: subject), into: &collection, from: repository)
        try await collectLegacy(.attestations(of: subject), into: &collection, from: repository)
        return collection.conclusion(requiring: required)
    }

    /// Checks an index and each platform manifest it lists; one result each, the index first.
    package func verifyAll(_ reference: String, in repository: some RepositoryReader) async throws -> [Verification] {
        let first = try await verify(reference, in: repository)
        guard let content = try await repository.manifest(reference), let index = try? ImageIndex(reading: content.bytes) else {
            return [first]
        }
        var results = [first]
        for manifest in index.manifests.prefix(Self.pieceLimit) {
            results.append(try await verify(manifest.digest.description, in: repository))
        }
        return results
    }

    private func collectBundles(into collection: inout Collection, from repository: some RepositoryReader) async throws {
        let referrers = try await repository.referrers(of: collection.subject)
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
        guard let content = try await repository.manifest(reference) else { return nil }
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
        guard let bytes = try await repository.blob(layer.digest, limit: layer.size) else {
            collection.ignored.append("blob \(layer.digest): it is missing")
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
