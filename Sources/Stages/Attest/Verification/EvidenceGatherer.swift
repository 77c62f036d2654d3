// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Sigstore
import Transparency

/// Collects what a repository holds about a manifest: referrers and the two legacy tags.
///
/// Every byte is compared with its digest before it is read. What cannot be read, is too large, is missing or has another size than
/// it is listed with is put there by whoever may push, and does not keep the rest from counting; what is not what its digest says is
/// damage, and damage refuses the image.
struct EvidenceGatherer<Repository: RepositoryReader> {
    let repository: Repository
    private var file: CaseFile
    private var budget = Self.evidenceLimit

    /// Pieces of evidence of one manifest, bytes of one piece, and bytes of all: what is above is not looked at, and said so.
    static var pieceLimit: Int { 256 }
    static var layerLimit: Int { SigstoreBundle.limit }
    static var evidenceLimit: Int { 512 << 20 }

    init(_ repository: Repository, subject: Content, title: String) {
        self.repository = repository
        file = CaseFile(subject: subject.digest, title: title, document: .init(reading: subject))
        file.compared.insert(subject.digest)
        if case .manifest(let manifest) = file.document {
            for descriptor in [manifest.config] + manifest.layers { file.blobs[descriptor.digest] = descriptor }
        }
        if case .unreadable(let reason) = file.document { file.damage.append("it is neither an index nor a manifest: \(reason)") }
    }

    /// - Throws: only what the reader throws because it could not be asked.
    mutating func gather() async throws -> CaseFile {
        try await gatherReferrers()
        for tag in [Tag.signatures(of: file.subject), .attestations(of: file.subject)] { try await gatherLegacy(tag) }
        return file
    }

    private mutating func gatherReferrers() async throws {
        let subject = file.subject
        let listed = try await tolerating("the list of referrers") { [repository] in try await repository.referrers(of: subject) } ?? []
        if listed.count > Self.pieceLimit { file.ignored.append("\(listed.count - Self.pieceLimit) further referrers") }
        var seen: Set<Digest> = []
        for descriptor in listed.prefix(Self.pieceLimit) where seen.insert(descriptor.digest).inserted {
            let place = "referrer \(descriptor.digest)"
            guard let content = try await manifest(descriptor.digest.description, place: place) else { continue }
            let manifest: ImageManifest
            switch CaseFile.Document(reading: content) {
            case .manifest(let found): manifest = found
            // An index may refer to a manifest as well; it holds no evidence that is known here.
            case .index: continue
            case .unreadable(let reason):
                file.ignored.append("\(place): \(reason)")
                continue
            }
            guard manifest.subject?.digest == subject else {
                file.ignored.append("\(place): its subject is another manifest")
                continue
            }
            file.attached[content.digest] = [manifest.config] + manifest.layers
            if manifest.effectiveArtifactType == LogProof.mediaType { try await gatherProofs(manifest, place: place) }
            guard manifest.effectiveArtifactType == MediaType.sigstoreBundle else { continue }
            for layer in manifest.layers.prefix(1) where layer.mediaType == MediaType.sigstoreBundle {
                guard let bytes = try await blob(layer, place: place) else { continue }
                add(bundle: bytes, place: place, in: content.digest)
            }
        }
    }

    private mutating func gatherProofs(_ manifest: ImageManifest, place: String) async throws {
        for layer in manifest.layers.prefix(Self.pieceLimit) where layer.mediaType == LogProof.mediaType {
            guard let entry = layer.annotations?[Annotation.logEntry].flatMap({ Digest($0) }) else {
                file.ignored.append("\(place): a proof does not say of which entry it is")
                continue
            }
            guard layer.size <= LogProof.limit, let bytes = try await blob(layer, place: place) else { continue }
            file.proofs[entry, default: []].append(ProofPiece(place: place, content: .file(bytes)))
        }
    }

    private mutating func gatherLegacy(_ tag: Tag) async throws {
        guard let content = try await manifest(tag.description, place: "tag \(tag)"), let manifest = read(content, place: "tag \(tag)")
        else { return }
        file.attached[content.digest] = [manifest.config] + manifest.layers
        if manifest.layers.count > Self.pieceLimit {
            file.ignored.append("\(manifest.layers.count - Self.pieceLimit) further layers of \(tag)")
        }
        for (position, layer) in manifest.layers.prefix(Self.pieceLimit).enumerated() {
            let place = "layer \(position) of \(tag)"
            switch layer.mediaType {
            case MediaType.simpleSigning:
                guard let bytes = try await blob(layer, place: place) else { continue }
                let signature = layer.annotations?[Annotation.cosignSignature] ?? ""
                file.pieces.append(
                    .init(
                        form: .legacy, place: place, manifest: content.digest,
                        content: .simpleSigning(payload: bytes, signature: signature)))
            case MediaType.dsseEnvelope:
                guard let bytes = try await blob(layer, place: place) else { continue }
                do throws(SigstoreError) {
                    let envelope = try Envelope(reading: bytes)
                    file.pieces.append(.init(form: .legacy, place: place, manifest: content.digest, content: .envelope(envelope)))
                } catch { file.ignored.append("\(place): \(error.diagnosis.summary)") }
            default: file.ignored.append("\(place): media type '\(layer.mediaType.prefix(80))'")
            }
        }
    }

    private mutating func add(bundle bytes: [UInt8], place: String, in manifest: Digest) {
        do throws(SigstoreError) {
            let bundle = try SigstoreBundle(reading: bytes)
            file.pieces.append(
                .init(form: .bundle, place: place, manifest: manifest, content: .envelope(bundle.envelope), hint: bundle.hint))
            for json in bundle.logEntries.prefix(16) {
                do throws(TransparencyError) {
                    let found = try BundleLogEntry(json: json)
                    file.proofs[.sha256(of: found.entry.body), default: []].append(
                        ProofPiece(place: place, content: .inclusion(found.inclusion)))
                } catch { file.ignored.append("\(place): \(error.diagnosis.summary)") }
            }
        } catch { file.ignored.append("\(place): \(error.diagnosis.summary)") }
    }

    private mutating func read(_ content: Content, place: String) -> ImageManifest? {
        do throws(OCIError) { return try ImageManifest(reading: content.bytes) } catch {
            file.ignored.append("\(place): \(error.diagnosis.summary)")
            return nil
        }
    }

    /// A manifest by digest or tag, compared; nil when it cannot be had.
    private mutating func manifest(_ reference: String, place: String) async throws -> Content? {
        let found = try await tolerating(place) { [repository] in
            let content = try await repository.manifest(reference)
            if content == nil, Digest(reference) != nil { throw Missing() }
            return content
        }
        guard let content = found else { return nil }
        if let asked = Digest(reference), content.digest != asked {
            file.damage.append("\(place): its bytes have the digest \(content.digest)")
            return nil
        }
        file.compared.insert(content.digest)
        return content
    }

    private mutating func blob(_ layer: Descriptor, place: String) async throws -> [UInt8]? {
        guard layer.size <= Self.layerLimit, layer.size <= budget else {
            file.ignored.append("\(place): blob \(layer.digest) has \(layer.size) bytes, which is too much evidence to read")
            return nil
        }
        let read = try await tolerating("\(place): blob \(layer.digest)") { [repository] in
            guard let bytes = try await repository.blob(layer.digest, limit: layer.size) else { throw Missing() }
            return bytes
        }
        guard let bytes = read else { return nil }
        do throws(OCIError) { try layer.check(bytes) } catch {
            let found = Digest.sha256(of: bytes)
            let reason = "\(place): blob \(layer.digest): \(error.diagnosis.summary) (\(bytes.count) bytes, \(found))"
            if found == layer.digest { file.ignored.append(reason) } else { file.damage.append(reason) }
            return nil
        }
        budget -= layer.size
        file.compared.insert(layer.digest)
        return bytes
    }

    // What the reader itself found to be altered is damage; what is not there or not in order may be anybody's. What it could not ask
    // ends the check.
    private mutating func tolerating<Answer>(_ place: String, _ ask: () async throws -> Answer?) async throws -> Answer? {
        do { return try await ask() } catch is Missing {
            file.ignored.append("\(place): it is missing")
        } catch let error as any Diagnosable where error.diagnosis.kind == .untrusted {
            file.damage.append("\(place): \(error.diagnosis.told)")
        } catch let error as any Diagnosable where error.diagnosis.kind == .malformed {
            file.ignored.append("\(place): \(error.diagnosis.told)")
        }
        return nil
    }
}

/// What is listed and not there.
private struct Missing: Error {}

extension Diagnosis {
    /// What was wrong, on one line with its facts.
    var told: String { ([summary] + notes).joined(separator: "; ") }
}
