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
    /// Signatures under them that none of the keys made, and attachments that cannot be read. Whoever may push adds them; nobody
    /// promised to enter them into this log.
    package var others = 0
    /// What is not in the log although a release has it, and what cannot be read.
    package var faults: [String] = []

    package var isGood: Bool { log.isGood && faults.isEmpty }
    static let faultLimit = 100
}

/// Holds the releases of a store against its log: every signature that the catalog's keys made for a release must have an entry.
package struct LogAuditor: Sendable {
    private let reader: LogReader
    /// The catalog's keys: what they signed must be in the log, and nothing else may be.
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
            guard entry.hasValidSignature == true else { return "its signature does not verify" }
            logged.insert(Self.identity(entry.digest, entry.publicKeyDER))
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
                let found = try await signatures(of: subject, in: reader, place, &audit)
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

    /// Layers of one manifest that are read; a manifest of ours has one for each kind of claim.
    private static let layerLimit = 256

    private struct Found { var name: String, identity: Digest }

    // What was signed and by which key. Anybody can make a second signature of a first one; it says nothing that the log does not.
    private static func identity(_ digest: Digest, _ key: [UInt8]) -> Digest { .sha256(of: digest.bytes + key) }

    private func signatures(
        of subject: Digest, in repository: any RepositoryReader, _ place: String, _ audit: inout ReleaseAudit
    ) async throws -> [Found] {
        var found: [Found] = []
        for descriptor in try await repository.referrers(of: subject) where descriptor.artifactType == MediaType.sigstoreBundle {
            for layer in try await layers(descriptor.digest.description, in: repository, place, &audit) {
                guard let bundle = try? SigstoreBundle(reading: layer.bytes) else {
                    audit.others += 1
                    continue
                }
                found += self.found(bundle.envelope, &audit)
            }
        }
        for tag in [Tag.signatures(of: subject), Tag.attestations(of: subject)] {
            for layer in try await layers(tag.description, in: repository, place, &audit) {
                if let text = layer.descriptor.annotations?[Annotation.cosignSignature], !text.isEmpty, let signature = Base64.decode(text)
                {
                    let digest = Digest.sha256(of: layer.bytes)
                    if let key = signer(of: digest, signature) {
                        found.append(Found(name: "the signature of \(tag)", identity: Self.identity(digest, key.der)))
                    } else {
                        audit.others += 1
                    }
                } else if let envelope = try? Envelope(reading: layer.bytes) {
                    found += self.found(envelope, &audit)
                } else {
                    audit.others += 1
                }
            }
        }
        return found
    }

    private func found(_ envelope: Envelope, _ audit: inout ReleaseAudit) -> [Found] {
        let digest = envelope.signedDigest
        let ours = envelope.signatures.compactMap { signer(of: digest, $0.signature) }
        audit.others += envelope.signatures.count - ours.count
        let type = (try? Statement(reading: envelope.payload))?.predicateType ?? envelope.payloadType
        return ours.map { Found(name: "the statement \(type.prefix(80))", identity: Self.identity(digest, $0.der)) }
    }

    private func signer(of digest: Digest, _ signature: [UInt8]) -> VerificationKey? {
        keys.first { SignatureVerifier.verify(der: signature, digest: digest, key: $0).isGood }
    }

    private func layers(
        _ reference: String, in repository: any RepositoryReader, _ place: String, _ audit: inout ReleaseAudit
    ) async throws -> [(descriptor: Descriptor, bytes: [UInt8])] {
        guard let content = try await repository.manifest(reference), let manifest = try? ImageManifest(reading: content.bytes) else {
            return []
        }
        var layers: [(Descriptor, [UInt8])] = []
        for layer in manifest.layers.prefix(Self.layerLimit) {
            // Who attached a layer that is not there, or is too large, cannot be said; a store's own check finds what it lost.
            guard let bytes = try await repository.blob(layer.digest, limit: min(layer.size, SigstoreBundle.limit)) else {
                audit.others += 1
                continue
            }
            guard Digest.sha256(of: bytes) == layer.digest else {
                audit.faults.append("\(place): the blob \(layer.digest.short) is damaged")
                continue
            }
            layers.append((layer, bytes))
        }
        return layers
    }
}
