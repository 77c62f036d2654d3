// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// What a mirror asks: answers as they came, with their status, since what is not 200 is passed on in other words.
extension RegistryClient {
    /// The media types that clients know, of which a registry shall choose.
    package static let manifestTypes = [MediaType.index, MediaType.manifest, MediaType.dockerManifestList, MediaType.dockerManifest]

    /// Asks for a manifest, or with HEAD about it. The bytes are compared with nothing.
    package func unverifiedManifest(_ method: String, _ reference: String, of repository: RepositoryName) async throws -> WebResponse {
        let path = "/v2/\(repository)/manifests/\(RegistryURL.encode(reference).replacing("%3A", with: ":"))"
        return try await send(
            method, path, headers: ["Accept": Self.manifestTypes.joined(separator: ", ")], scope: Self.reading(repository),
            limit: PushedManifest.limit)
    }

    /// Asks whether a repository has a blob.
    package func head(ofBlob digest: Digest, in repository: RepositoryName) async throws -> WebResponse {
        try await send(
            "HEAD", "/v2/\(repository)/blobs/\(digest)", scope: Self.reading(repository), limit: Self.answerLimit)
    }

    /// Fetches a blob into a file, going on with what is there. The bytes are compared with nothing, and the file stays whatever
    /// happens.
    package func download(
        blob digest: Digest, of repository: RepositoryName, toFile path: String, limit: Int
    ) async throws -> WebResponse {
        let request = WebRequest("GET", origin + "/v2/\(repository)/blobs/\(digest)")
        return try await authorized(request, scope: Self.reading(repository)) { [transport] in
            try await transport.download($0, toFile: path, limit: limit)
        }
    }

    /// The pages of a list, of at most so many bytes together; the answer to the first when that is not 200.
    package enum Pages: Sendable {
        case read([JSON])
        case refused(WebResponse)
    }

    package func pages(_ list: UpstreamList, of repository: RepositoryName, limit: Int) async throws -> Pages {
        let scope = Self.reading(repository)
        var (target, size) = ("/v2/\(repository)/\(list.path)", 0)
        var pages: [JSON] = []
        while true {
            let response = try await send("GET", target, scope: scope, limit: min(Self.listLimit, limit - size))
            guard response.status == 200 else { return .refused(response) }
            // An empty page costs as well.
            size += max(response.body.count, 1024)
            guard let json = try? JSON.parse(response.body, limit: Self.listLimit), json.object != nil else {
                throw PublishError.malformedAnswer(registry: registry, path: list.path, reason: "the answer is not a JSON object")
            }
            pages.append(json)
            guard let next = RegistryURL.next(in: response.headers["link"]) else { return .read(pages) }
            guard let url = RegistryURL.resolve(next, against: origin), RegistryURL.origin(of: url) == origin else {
                throw PublishError.malformedAnswer(registry: registry, path: list.path, reason: "the next page is elsewhere")
            }
            guard size < limit else { throw PublishError.tooLarge(registry: registry, path: list.path, limit: limit) }
            target = url
        }
    }

    private static func reading(_ repository: RepositoryName) -> RegistryScope {
        RegistryScope(repository: repository.description, isWriting: false)
    }
}

/// A list that a registry gives of a repository.
package enum UpstreamList: Sendable {
    case tags
    case referrers(Digest)

    var path: String {
        switch self {
        case .tags: "tags/list"
        case .referrers(let digest): "referrers/\(digest)"
        }
    }
}
