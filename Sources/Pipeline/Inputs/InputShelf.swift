// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
package import Transport

/// Where the inputs of a release are had from, by digest: its source artifact, else this machine's catalog, else a mirror.
///
/// Nobody is believed: what is handed out has the digest that was asked for.
package struct InputShelf: Sendable {
    package struct Outside: Sendable {
        let mirror: Mirror
        let transport: any HTTPTransport
        package init(mirror: Mirror, transport: any HTTPTransport) {
            self.mirror = mirror
            self.transport = transport
        }
    }
    let repository: any RepositoryReader
    let sources: ImageManifest?
    /// Documents of this machine that may be the wanted ones: its own lock, its own recipe tree.
    let own: [Digest: [UInt8]]
    let outside: Outside?

    package init(_ repository: any RepositoryReader, sources: ImageManifest?, own: [Digest: [UInt8]] = [:], outside: Outside? = nil) {
        self.repository = repository
        self.sources = sources
        self.own = own
        self.outside = outside
    }

    /// The bytes with this digest, and where they came from.
    ///
    /// - Parameters:
    ///   - title: What it is, for messages.
    ///   - place: Suite, base and path in the archive, for a mirror; nil for what only the release and the catalog have.
    package func bytes(
        _ digest: Digest, limit: Int, title: String, at place: (suite: String, base: String, path: String)? = nil
    ) async throws -> (bytes: [UInt8], origin: String) {
        if let layer = sources?.layers.first(where: { $0.digest == digest }), layer.size <= limit,
            let bytes = try await repository.blob(digest, limit: layer.size)
        {
            try layer.check(bytes)
            return (bytes, "source artifact")
        }
        if let bytes = own[digest] { return (bytes, "catalog") }
        guard let place, let outside else { throw InputError.missing(title, digest: digest, hasMirror: outside != nil) }
        let url = try outside.mirror.url(suite: place.suite, base: place.base, path: place.path)
        let response = try await outside.transport.send(WebRequest("GET", url), limit: limit)
        let shown = (try? WebAddress(url))?.shown ?? "the mirror"
        guard response.status == 200 else { throw IndexError.unavailable(what: title, status: response.status, source: shown) }
        let found = Digest.sha256(of: response.body)
        guard found == digest else { throw InputError.other(title, source: shown, expected: digest, found: found) }
        return (response.body, "mirror")
    }

    /// Titles of the artifact's layers of one kind, with their digests.
    func layers(_ type: String) -> [Descriptor] { sources?.layers.filter { $0.mediaType == type } ?? [] }
}
