// SPDX-License-Identifier: Apache-2.0

/// How a registry is spoken to.
package enum RegistryScheme: String, Sendable, Hashable { case https, http }

/// Who is asking. A description of it shows nothing secret.
package enum RegistryCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    case basic(user: String, password: String)
    /// Sent as it is: a registry's own access token.
    case bearer(token: String)

    package var description: String {
        switch self {
        case .basic(let user, _): "user \(user)"
        case .bearer: "a token"
        }
    }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What of a repository a request needs.
struct RegistryScope: Hashable, Sendable, CustomStringConvertible {
    var repository: String
    var isWriting: Bool
    /// `repository:<name>:pull,push`, as token servers read it.
    var description: String { "repository:\(repository):\(isWriting ? "pull,push" : "pull")" }
}

/// Addresses as registries write them in Location, Link and realm.
enum RegistryURL {
    /// Scheme and authority of an absolute address, in lower case: `https://registry.example`; nil for a relative one.
    static func origin(of url: String) -> String? {
        guard let separator = url.range(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), authority.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return scheme + "://" + authority.lowercased()
    }

    /// Whether a secret may be sent there: over TLS, or to this machine itself.
    static func keepsSecrets(_ origin: String) -> Bool {
        if origin.hasPrefix("https://") { return true }
        guard origin.hasPrefix("http://") else { return false }
        let authority = origin.dropFirst("http://".count)
        if authority.hasPrefix("[") { return authority.prefix { $0 != "]" } == "[::1" }
        let host = authority.prefix { $0 != ":" }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return host == "localhost" || numbers.count == 4 && numbers.first == 127 && !numbers.contains(nil)
    }

    /// A Location resolved against the registry; nil when it leads elsewhere than to http or https, or from https to http.
    static func resolve(_ location: String, against origin: String) -> String? {
        guard location.utf8.count <= 16384, location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        if location.hasPrefix("/"), !location.hasPrefix("//") { return origin + location }
        guard let other = Self.origin(of: location) else { return nil }
        guard !(origin.hasPrefix("https:") && other.hasPrefix("http:")) else { return nil }
        return location
    }

    static func adding(_ query: [(name: String, value: String)], to url: String) -> String {
        let text = query.map { "\($0.name)=\(encode($0.value))" }.joined(separator: "&")
        return url + (url.contains("?") ? (url.hasSuffix("?") || url.hasSuffix("&") ? "" : "&") : "?") + text
    }

    // RFC 3986: everything but unreserved characters.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 0x2D, 0x2E, 0x5F, 0x7E: encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return encoded
    }

    /// The target of `Link: <…>; rel="next"`; nil when there is none.
    static func next(in link: String?) -> String? {
        guard let link, let open = link.firstIndex(of: "<"), let close = link[open...].firstIndex(of: ">") else { return nil }
        let rest = link[close...]
        guard rest.contains("rel=\"next\"") || rest.contains("rel=next") else { return nil }
        return String(link[link.index(after: open)..<close])
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
