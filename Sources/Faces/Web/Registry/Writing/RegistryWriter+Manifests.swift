// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import OCI
import Records

extension RegistryWriter {
    /// Tags that one push may set.
    private static let tagLimit = 100
    /// Parts that one manifest may name. Each is looked up while nobody else can push.
    static let partLimit = 10_000

    /// `PUT …/manifests/<reference>`: under a tag, or under its digest with any number of tags (`tag`).
    func put(manifest reference: String, in repository: String, _ request: Request) async throws -> Response {
        let (address, tags) = try target(reference, request.uri.query)
        let bytes = try await body(of: request, limit: PushedManifest.limit)
        if let address { try Self.check(bytes, against: address) }
        let manifest: PushedManifest
        do { manifest = try PushedManifest(reading: bytes, as: request.headers[.contentType]) } catch {
            throw RegistryRefusal.badManifest(error.diagnosis.summary)
        }
        guard manifest.references.count <= Self.partLimit else {
            throw RegistryRefusal.badManifest("it names \(manifest.references.count) parts; at most \(Self.partLimit) are taken")
        }
        let digest = try await keep(manifest, bytes, address, tags, in: repository)
        let name = address?.description ?? digest.description
        var headers: HTTPFields = [:]
        if let subject = manifest.subject { headers[.ociSubject] = subject.description }
        if address != nil { for tag in tags { headers.append(HTTPField(name: .ociTag, value: tag)) } }
        return created("/v2/\(repository)/manifests/\(name)", name, headers: headers)
    }

    private func target(_ reference: String, _ query: String?) throws(RegistryRefusal) -> (ContentAddress?, [String]) {
        let tags = HTTPText.parameters("tag", in: query)
        guard reference.utf8.contains(0x3A) else {
            guard TagName.isWellFormed(reference) else { throw .badTag(reference) }
            return (nil, [reference])
        }
        guard let address = ContentAddress(reference) else { throw .badDigest(reference) }
        guard tags.count <= Self.tagLimit else {
            throw RegistryRefusal(
                status: .uriTooLong, code: "UNSUPPORTED", message: "at most \(Self.tagLimit) tags are set at once, found \(tags.count)")
        }
        for tag in tags where !TagName.isWellFormed(tag) { throw .badTag(tag) }
        return (address, tags)
    }

    private static func check(_ bytes: [UInt8], against address: ContentAddress) throws(RegistryRefusal) {
        let found: ContentAddress =
            switch address {
            case .sha256: .sha256(.sha256(of: bytes))
            case .sha512: .sha512(.sha512(of: bytes))
            }
        guard found == address else { throw .otherDigest(expected: address.description, found: found.description) }
    }

    private func keep(
        _ manifest: PushedManifest, _ bytes: [UInt8], _ address: ContentAddress?, _ tags: [String], in repository: String
    ) async throws -> Digest {
        let (records, blobs, now, isOfCatalog) = (records, blobs, registry.clock(), registry.isOfCatalog)
        let (digest, outcome) = try await Registry.onDisk {
            let digest = Digest.sha256(of: bytes)
            var blob = PushedBlob(repository: repository, digest: digest, size: bytes.count, isNew: false)
            if case .sha512(let wide) = address { blob.alias = wide }
            var push = ManifestPush(
                manifest: .init(
                    digest: digest, mediaType: manifest.mediaType, size: bytes.count, artifactType: manifest.artifactType,
                    annotations: manifest.annotations),
                blob: blob, subject: manifest.subject,
                references: manifest.references.map {
                    .init(address: $0.address, isManifest: manifest.kind == .index, isOptional: $0.mayBeElsewhere)
                }, tags: tags)
            push.reserved = Set(tags.filter(Self.isReserved))
            push.isOfCatalog = try !push.reserved.isEmpty && isOfCatalog(repository)
            // What is refused leaves no file behind.
            if let objection = try records.objection(to: push) { return (digest, objection) }
            push.blob.isNew = try blobs.keep(bytes).isNew
            return (digest, try records.push(push, at: now) { try blobs.contains(digest) })
        }
        switch outcome {
        case .stored: return digest
        case .gone: throw RegistryRefusal.again
        case .missing(let addresses): throw RegistryRefusal.missing(addresses, of: manifest.kind, in: repository)
        case .protected(let tag, let current):
            throw RegistryRefusal.protected(
                "the tag \(repository):\(tag) belongs to this catalog and names \(current); it moves with `ashlar build` only. "
                    + "Push under another tag, or attach what you have to add as a referrer")
        case .reserved(let tag):
            throw RegistryRefusal.protected(
                "tags such as \(tag) are set by `ashlar build` alone in \(repository), which belongs to this catalog. Push under another "
                    + "tag, and attach signatures and attestations as referrers (cosign 3 does; cosign 2 with --registry-referrers-mode=oci-1-1)"
            )
        }
    }

    /// Whether a tag is one that a release of this catalog may need: its own, or that of its signatures.
    private static func isReserved(_ text: String) -> Bool {
        guard let tag = try? Tag(text) else { return false }
        return tag.isBuild || tag.isEvidence
    }

    // MARK: - Deleting

    /// Deletes a manifest or a tag. What an index lists may go as well (distribution-spec 1.1.1 "Deleting Manifests"); the index then
    /// lists more than there is, until it is pushed again.
    func delete(manifest reference: String, in repository: String) async throws -> Response {
        let (records, unknown) = (records, RegistryRefusal.unknownManifest(reference, repository))
        guard reference.utf8.contains(0x3A) else {
            guard TagName.isWellFormed(reference) else { throw unknown }
            let outcome = try await Registry.onDisk { try records.delete(tag: reference, in: repository) }
            return try answer(to: outcome, "the tag \(reference)", repository, unknown: unknown)
        }
        guard let address = ContentAddress(reference) else { throw RegistryRefusal.badDigest(reference) }
        guard let digest = try records.digest(of: address) else { throw unknown }
        let outcome = try await Registry.onDisk { try records.delete(manifest: digest, in: repository) }
        return try answer(to: outcome, "the manifest \(address)", repository, unknown: unknown)
    }

    func delete(blob text: String, in repository: String) async throws -> Response {
        guard let address = ContentAddress(text) else { throw RegistryRefusal.badDigest(text) }
        let (records, unknown) = (records, RegistryRefusal.unknownBlob(text, repository))
        guard let digest = try records.digest(of: address) else { throw unknown }
        let outcome = try await Registry.onDisk { try records.delete(blob: digest, in: repository) }
        return try answer(to: outcome, "the blob \(address)", repository, unknown: unknown)
    }
}

extension RegistryRefusal {
    static func badTag(_ tag: String) -> Self {
        Self(
            status: .badRequest, code: "TAG_INVALID",
            message: "expected 1 to 128 letters, digits, '_', '.' and '-', not beginning with '.' or '-', found "
                + tag.prefix(140).debugDescription)
    }

    static func missing(_ addresses: [ContentAddress], of kind: PushedManifest.Kind, in repository: String) -> Self {
        let what = kind == .index ? "manifests" : "blobs"
        let shown = addresses.prefix(10).map(\.description).joined(separator: ", ")
        return Self(
            status: .notFound, code: "MANIFEST_BLOB_UNKNOWN",
            message: "\(repository) lacks \(addresses.count) of the \(what) this needs: \(shown)",
            detail: .array(addresses.prefix(100).map { ["digest": JSON($0.description)] }))
    }
}
