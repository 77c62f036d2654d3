// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
package import Base

/// How people name an image: `[host[:port]/]repository[:tag][@digest]`.
///
/// The part before the first slash is a host when it holds a '.' or ':' or is `localhost`, as all container tools read it.
/// Nothing is added: no default registry, no `latest`.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible, Codable {
    /// `registry.example:5000`; nil when the reference names no registry.
    package var registry: String?
    package var repository: RepositoryName
    package var tag: Tag?
    package var digest: Digest?

    package init(registry: String? = nil, repository: RepositoryName, tag: Tag? = nil, digest: Digest? = nil) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// Reads a reference of at most 255 characters of host and name.
    package init(_ text: String) throws(OCIError) {
        guard text.utf8.count <= 1024 else { throw .malformedReference(text, reason: "it is longer than 1024 characters") }
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            let written = rest[rest.index(after: at)...]
            guard let digest = Digest(written) else {
                throw .malformedReference(text, reason: "what follows '@' is not sha256: and 64 lower-case hexadecimal digits")
            }
            self.digest = digest
            rest = rest[..<at]
        }
        if let slash = rest.firstIndex(of: "/"), Self.looksLikeHost(rest[..<slash]) {
            let host = rest[..<slash]
            if let reason = Self.fault(inHost: host) { throw .malformedReference(text, reason: reason) }
            registry = String(host)
            rest = rest[rest.index(after: slash)...]
        }
        if let colon = rest.lastIndex(of: ":") {
            let written = rest[rest.index(after: colon)...]
            guard !written.contains("/") else { throw .malformedReference(text, reason: "a ':' stands inside the repository's name") }
            tag = try Tag(written)
            rest = rest[..<colon]
        }
        repository = try RepositoryName(rest)
        guard (registry.map { $0.utf8.count + 1 } ?? 0) + rest.utf8.count <= RepositoryName.limit else {
            throw .malformedReference(text, reason: "host and repository are longer than 255 characters together")
        }
    }

    /// `registry.example/team/python`, without tag and digest.
    package var name: String { (registry.map { $0 + "/" } ?? "") + repository.description }
    package var description: String { name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }
    /// What a registry is asked for: the digest when there is one, else the tag, else `latest`.
    package var manifestReference: String { digest?.description ?? tag?.description ?? "latest" }

    /// The same image by its digest alone.
    package func pinned(to digest: Digest) -> ImageReference {
        ImageReference(registry: registry, repository: repository, digest: digest)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try ImageReference(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: error.diagnosis.summary))
        }
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func looksLikeHost(_ text: Substring) -> Bool {
        text == "localhost" || text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }

    // RFC 3986 host and port, without user information: letters, digits, '-' and '.' in labels, or an IPv6 address in brackets.
    private static func fault(inHost host: Substring) -> String? {
        var name = host
        var port: Substring?
        if host.hasPrefix("[") {
            guard let close = host.lastIndex(of: "]") else { return "the '[' of an IPv6 address is not closed" }
            name = host[host.index(after: host.startIndex)..<close]
            let rest = host[host.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return "an IPv6 address is followed by ':' and a port, or by '/'" }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard name.utf8.count >= 2, name.utf8.contains(UInt8(ascii: ":")),
                name.utf8.allSatisfy({ isHex($0) || $0 == 0x3A || $0 == 0x2E })
            else { return "the brackets hold no IPv6 address" }
        } else {
            if let colon = host.firstIndex(of: ":") {
                name = host[..<colon]
                port = host[host.index(after: colon)...]
            }
            for label in name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false) {
                guard let first = label.first, let last = label.last, isLetterOrDigit(first), isLetterOrDigit(last),
                    label.allSatisfy({ isLetterOrDigit($0) || $0 == 0x2D })
                else { return "the host is not a domain name or an address" }
            }
        }
        if let port {
            guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port),
                (1...65535).contains(number)
            else { return "the port is not a number from 1 to 65535" }
        }
        return nil
    }
    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
