// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import Records

/// What a tag or digest leads to in a repository.
struct FoundManifest: Sendable {
    let digest: Digest
    let headers: HTTPFields
    let refusal: RegistryRefusal?
}

extension Registry {
    func manifest(_ reference: String, in repository: String, _ request: Request) throws -> Response {
        let found = try find(manifest: reference, in: repository)
        if let refusal = found.refusal { throw refusal }
        let bytes = try bytes(of: found.digest)
        if HTTPText.matches(request.headers[.ifNoneMatch], found.headers[.eTag] ?? "") {
            return notModified(found.headers, bytes.readableBytes)
        }
        return Response(status: .ok, headers: found.headers, body: .init(byteBuffer: bytes))
    }

    private func find(manifest reference: String, in repository: String) throws -> FoundManifest {
        let key = ContentKey(repository: repository, reference: reference)
        let edition = edition
        if let edition, let known = manifests.find(key, edition: edition) { return known }
        let found = try ask(forManifest: reference, in: repository)
        if let edition { manifests.keep(found, for: key, cost: 1, edition: edition) }
        return found
    }

    private func ask(forManifest reference: String, in repository: String) throws -> FoundManifest {
        let stored: StoredManifest?
        var name: String?
        if reference.utf8.contains(0x3A) {
            guard let address = ContentAddress(reference) else { throw RegistryRefusal.badDigest(reference) }
            stored = try records.digest(of: address).flatMap { try records.manifest($0, in: repository) }
            name = address.description
        } else {
            stored = TagName.isWellFormed(reference) ? try records.manifest(tagged: reference, in: repository) : nil
        }
        guard let stored else {
            throw try records.hasRepository(repository)
                ? RegistryRefusal.unknownManifest(reference, repository) : RegistryRefusal.unknownName(repository)
        }
        // What a tag names may change; what a digest names may not.
        var headers = Self.headers(name ?? stored.name, stored.mediaType, cache: name == nil ? "no-cache" : Self.forEver)
        if stored.isPublished, let warning = try endOfLife(of: stored.digest, in: repository) {
            headers[.warning] = warning
            headers[.cacheControl] = "no-cache"
        }
        return FoundManifest(
            digest: stored.digest, headers: headers, refusal: try records.withdrawal(of: stored.digest).map(RegistryRefusal.withdrawn))
    }

    /// The bytes of a manifest or a small blob.
    func bytes(of digest: Digest) throws -> ByteBuffer {
        if let kept = contents.find(digest) { return kept }
        let read = try blobs.read(digest)
        let bytes = ByteBuffer(bytes: read)
        // What the disk has changed is not remembered beyond its being mended.
        if read.count <= Self.smallSize, Digest.sha256(of: read) == digest { contents.keep(bytes, for: digest, cost: read.count + 512) }
        return bytes
    }

    /// distribution-spec 1.1.1 "Warnings": the one channel in which a registry talks to whoever pulls.
    private func endOfLife(of digest: Digest, in repository: String) throws -> String? {
        let release = try records.releases(in: repository).first { release in
            release.index == digest || release.platforms.contains { $0.manifest == digest }
        }
        guard let release, let day = release.endOfLife,
            let end = release.supportEnds([], at: clock(), warnBefore: warnBefore).first
        else { return nil }
        switch end.stage {
        case .over: return "299 - \"\(repository) \(release.stream) reached its end of life on \(day) and gets no more fixes\""
        case .near: return "299 - \"\(repository) \(release.stream) reaches its end of life on \(day)\""
        }
    }
}

extension RegistryRefusal {
    static func withdrawn(_ withdrawal: Withdrawal) -> Self {
        let instead = withdrawal.replacement.map { "; use \($0) instead" } ?? ""
        var detail: [String: JSON] = [
            "digest": JSON(withdrawal.digest.description), "state": JSON(withdrawal.state.rawValue), "reason": JSON(withdrawal.reason),
            "since": JSON(withdrawal.since.description),
        ]
        if let replacement = withdrawal.replacement { detail["replacement"] = JSON(replacement) }
        return Self(
            status: .forbidden, code: "DENIED",
            message: "\(withdrawal.digest) is \(withdrawal.state.rawValue): \(withdrawal.reason)\(instead)", detail: .object(detail))
    }
}
