// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

extension RegistryClient {
    /// Asks whether the registry is one and lets us in.
    package func probe() async throws {
        let scope = RegistryScope(repository: "", isWriting: false)
        let response = try await send("GET", "/v2/", scope: scope, limit: Self.answerLimit)
        guard response.status == 200 else { throw refusal(response, "GET", "/v2/", scope: scope) }
    }

    /// A manifest or index by tag or digest; nil when there is none. Bytes are compared with the digest that was asked for, or
    /// that the registry names.
    package func manifest(_ reference: String, in repository: RepositoryName) async throws -> Content? {
        let path = "/v2/\(repository)/manifests/\(RegistryURL.encode(reference).replacing("%3A", with: ":"))"
        let scope = RegistryScope(repository: repository.description, isWriting: false)
        let accept = [MediaType.index, MediaType.manifest, MediaType.dockerManifestList, MediaType.dockerManifest].joined(separator: ", ")
        let response = try await send("GET", path, headers: ["Accept": accept], scope: scope, limit: ImageManifest.limit)
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw refusal(response, "GET", path, scope: scope) }
        let type = response.headers["content-type"]?.prefix { $0 != ";" && $0 != " " } ?? ""
        let content = Content(response.body, mediaType: type.isEmpty ? MediaType.manifest : String(type))
        // Under a tag the registry's own word is all there is to compare with.
        let promised = Digest(reference) ?? response.headers["docker-content-digest"].flatMap { Digest($0) }
        if let promised, content.digest != promised { throw OCIError.digestMismatch(expected: promised, found: content.digest) }
        return content
    }

    /// The digest under a tag; nil when there is none.
    package func digest(of tag: String, in repository: RepositoryName) async throws -> Digest? {
        try await manifest(tag, in: repository)?.digest
    }

    /// A blob of at most `limit` bytes, compared with its digest; nil when there is none.
    package func blob(_ digest: Digest, in repository: RepositoryName, limit: Int) async throws -> [UInt8]? {
        let path = "/v2/\(repository)/blobs/\(digest)"
        let scope = RegistryScope(repository: repository.description, isWriting: false)
        let response = try await send("GET", path, scope: scope, limit: limit)
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw refusal(response, "GET", path, scope: scope) }
        let found = Digest.sha256(of: response.body)
        guard found == digest else { throw OCIError.digestMismatch(expected: digest, found: found) }
        return response.body
    }

    /// Reads a blob to its end and compares it, in pieces where the registry serves ranges: it need not fit into memory.
    package func check(_ blob: Descriptor, in repository: RepositoryName) async throws -> BlobCheck {
        guard blob.size > Self.pieceSize else {
            guard let bytes = try await unverified(blob.digest, in: repository, range: nil, limit: blob.size) else { return .missing }
            return BlobCheck(comparing: blob, size: bytes.body.count, digest: .sha256(of: bytes.body))
        }
        var hasher = DigestHasher()
        var position = 0
        while position < blob.size {
            let range = position..<min(position + Self.pieceSize, blob.size)
            guard let answer = try await unverified(blob.digest, in: repository, range: range, limit: blob.size) else { return .missing }
            // A registry without ranges sends all of it.
            if answer.status == 200 { return BlobCheck(comparing: blob, size: answer.body.count, digest: .sha256(of: answer.body)) }
            guard answer.body.count == range.count else {
                return .damaged(reason: "\(answer.body.count) bytes came for a range of \(range.count)")
            }
            hasher.update(answer.body)
            position = range.upperBound
        }
        let digest = hasher.finish()
        if digest == blob.digest { return .good }
        // Some storage serves wrong bytes for a range and right ones for the whole.
        guard let whole = try await unverified(blob.digest, in: repository, range: nil, limit: blob.size) else { return .missing }
        return BlobCheck(comparing: blob, size: whole.body.count, digest: .sha256(of: whole.body))
    }

    private static let pieceSize = 16 << 20

    private func unverified(_ digest: Digest, in repository: RepositoryName, range: Range<Int>?, limit: Int) async throws -> WebResponse? {
        let path = "/v2/\(repository)/blobs/\(digest)"
        let scope = RegistryScope(repository: repository.description, isWriting: false)
        let headers = range.map { ["Range": "bytes=\($0.lowerBound)-\($0.upperBound - 1)"] } ?? [:]
        let response = try await send("GET", path, headers: headers, scope: scope, limit: limit)
        if response.status == 404 { return nil }
        guard response.status == 200 || (range != nil && response.status == 206) else { throw refusal(response, "GET", path, scope: scope) }
        return response
    }

    package func hasBlob(_ digest: Digest, in repository: RepositoryName) async throws -> Bool {
        let path = "/v2/\(repository)/blobs/\(digest)"
        let scope = RegistryScope(repository: repository.description, isWriting: true)
        let response = try await send("HEAD", path, scope: scope, limit: Self.answerLimit)
        guard response.status == 200 || response.status == 404 else { throw refusal(response, "HEAD", path, scope: scope) }
        return response.status == 200
    }

    /// All tags of a repository in the registry's order; empty when there is no such repository.
    package func tags(in repository: RepositoryName) async throws -> [String] {
        let scope = RegistryScope(repository: repository.description, isWriting: false)
        var tags: [String] = []
        try await pages(from: "/v2/\(repository)/tags/list", scope: scope) { json in
            tags += json["tags"]?.array?.compactMap(\.string) ?? []
        }
        return tags
    }

    /// Descriptors of the manifests that refer to a digest: by the referrers API, else by the tag that stands in for it.
    package func referrers(of digest: Digest, in repository: RepositoryName) async throws -> [Descriptor] {
        let scope = RegistryScope(repository: repository.description, isWriting: false)
        var found: [Descriptor] = []
        let hasInterface = try await pages(from: "/v2/\(repository)/referrers/\(digest)", scope: scope) { json in
            found += try ImageIndex(reading: json.canonicalBytes).manifests
        }
        return hasInterface ? found : try await fallbackReferrers(of: digest, in: repository).manifests
    }

    /// Distribution-spec, "Referrers Tag Schema": an index under the tag `sha256-<hex>`; empty when there is none.
    func fallbackReferrers(of digest: Digest, in repository: RepositoryName) async throws -> ImageIndex {
        guard let content = try await manifest(Tag.referrers(of: digest).description, in: repository) else {
            return ImageIndex(manifests: [])
        }
        return try ImageIndex(reading: content.bytes)
    }

    /// Reads a list page by page, at most 1000 of them; false when the registry does not know the address.
    @discardableResult
    private func pages(from path: String, scope: RegistryScope, _ read: (JSON) throws -> Void) async throws -> Bool {
        var target = path
        for _ in 0..<1000 {
            let response = try await send("GET", target, scope: scope, limit: Self.listLimit)
            if response.status == 404, target == path { return false }
            guard response.status == 200 else { throw refusal(response, "GET", path, scope: scope) }
            guard let json = try? JSON.parse(response.body, limit: Self.listLimit), json.object != nil else {
                throw PublishError.malformedAnswer(registry: registry, path: path, reason: "the answer is not a JSON object")
            }
            try read(json)
            guard let next = RegistryURL.next(in: response.headers["link"]) else { return true }
            guard let url = RegistryURL.resolve(next, against: origin), RegistryURL.origin(of: url) == origin else {
                throw PublishError.malformedAnswer(registry: registry, path: path, reason: "the next page is at '\(Self.clean(next))'")
            }
            target = url
        }
        throw PublishError.malformedAnswer(registry: registry, path: path, reason: "the list has more than 1000 pages")
    }
}
