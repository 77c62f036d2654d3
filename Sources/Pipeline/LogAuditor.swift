// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Ledger
import OCI
package import Sigstore
import Transparency

/// What comparing a log with the releases it should hold found.
package struct ReleaseAudit: Sendable {
    /// The log itself: tiles, root, and the signature of every entry.
    package var log: LogAudit
    /// Releases, and signatures under them, that were looked for in the log.
    package var releases = 0
    package var signatures = 0
    /// What is not in the log although a release has it, and what cannot be read.
    package var faults: [String] = []

    package var isGood: Bool { log.isGood && faults.isEmpty }
    static let faultLimit = 100
}

/// Holds the releases of a store against its log: every signature of every release must have an entry.
package struct LogAuditor: Sendable {
    private let reader: LogReader
    /// Keys that may have signed what is in the log: the catalog's, and those of rebuilders that it trusts.
    private let keys: [VerificationKey]

    package init(_ reader: LogReader, keys: [VerificationKey]) {
        self.reader = reader
        self.keys = keys
    }

    /// - Parameter repository: Gives a repository by its name.
    package func audit(
        _ seen: SeenCheckpoint, _ releases: [Release], in repository: (String) -> any RepositoryReader
    ) async throws -> ReleaseAudit {
        var logged: Set<Digest> = []
        let known = Set(keys.map(\.der))
        let log = try await reader.audit(seen) { _, body in
            guard let entry = try? RekorEntry(reading: body) else { return "it is not a signature's entry" }
            logged.insert(Self.identity(entry.digest, entry.signature))
            guard entry.hasValidSignature == true else { return "its signature does not verify" }
            return known.contains(entry.publicKeyDER)
                ? nil : "its key \(Digest.sha256(of: entry.publicKeyDER).short)… is none of the catalog's"
        }
        var audit = ReleaseAudit(log: log)
        for release in releases where audit.faults.count < ReleaseAudit.faultLimit {
            audit.releases += 1
            let reader = repository(release.repository)
            for subject in [release.index] + release.platforms.map(\.manifest) {
                let place = "\(release.repository):\(release.buildTag) \(subject.short)"
                // An attestation's two forms hold one signature.
                let found = try await signatures(of: subject, in: reader, place, &audit.faults)
                let signatures = Dictionary(found.map { ($0.identity, $0) }) { first, _ in first }.values.sorted { $0.name < $1.name }
                if signatures.isEmpty { audit.faults.append("\(place): nothing signed was found") }
                for signature in signatures {
                    audit.signatures += 1
                    if !logged.contains(signature.identity) { audit.faults.append("\(place): \(signature.name) is not in the log") }
                }
            }
        }
        return audit
    }

    private struct Found { var name: String, identity: Digest }

    // Which key signed does not matter here: the entry's own signature was checked.
    private static func identity(_ digest: Digest, _ signature: [UInt8]) -> Digest { .sha256(of: digest.bytes + signature) }

    private func signatures(
        of subject: Digest, in repository: any RepositoryReader, _ place: String, _ faults: inout [String]
    ) async throws -> [Found] {
        var found: [Found] = []
        for descriptor in try await repository.referrers(of: subject)
        where descriptor.artifactType == MediaType.sigstoreBundle && !isForeignWord(descriptor) {
            for layer in try await layers(descriptor.digest.description, in: repository, place, &faults) {
                guard let bundle = try? SigstoreBundle(reading: layer.bytes) else {
                    faults.append("\(place): the bundle \(descriptor.digest.short) cannot be read")
                    continue
                }
                found += Self.found(bundle.envelope)
            }
        }
        for tag in [Tag.signatures(of: subject), Tag.attestations(of: subject)] {
            for layer in try await layers(tag.description, in: repository, place, &faults) {
                if let text = layer.descriptor.annotations?[Annotation.cosignSignature], !text.isEmpty, let signature = Base64.decode(text)
                {
                    found.append(Found(name: "the signature of \(tag)", identity: Self.identity(.sha256(of: layer.bytes), signature)))
                } else if let envelope = try? Envelope(reading: layer.bytes) {
                    found += Self.found(envelope)
                } else {
                    faults.append("\(place): a layer of \(tag) cannot be read")
                }
            }
        }
        return found
    }

    // The word of a rebuilder whom nobody here trusts: it is attached, and the catalog does not stand for it.
    private func isForeignWord(_ descriptor: Descriptor) -> Bool {
        guard descriptor.annotations?[Annotation.bundlePredicateType] == PredicateType.simpleVerificationResult else { return false }
        let der = descriptor.annotations?[Reproduction.keyAnnotation].flatMap { Base64.decode($0) }
        return !keys.contains { $0.der == der }
    }

    private static func found(_ envelope: Envelope) -> [Found] {
        let digest = Digest.sha256(of: envelope.preAuthenticationEncoding)
        let type = (try? Statement(reading: envelope.payload))?.predicateType ?? envelope.payloadType
        return envelope.signatures.map { Found(name: "the statement \(type.prefix(80))", identity: identity(digest, $0.signature)) }
    }

    private func layers(
        _ reference: String, in repository: any RepositoryReader, _ place: String, _ faults: inout [String]
    ) async throws -> [(descriptor: Descriptor, bytes: [UInt8])] {
        guard let content = try await repository.manifest(reference), let manifest = try? ImageManifest(reading: content.bytes) else {
            return []
        }
        var layers: [(Descriptor, [UInt8])] = []
        for layer in manifest.layers {
            guard let bytes = try await repository.blob(layer.digest, limit: min(layer.size, SigstoreBundle.limit)),
                Digest.sha256(of: bytes) == layer.digest
            else {
                faults.append("\(place): the blob \(layer.digest.short) is missing or damaged")
                continue
            }
            layers.append((layer, bytes))
        }
        return layers
    }
}
