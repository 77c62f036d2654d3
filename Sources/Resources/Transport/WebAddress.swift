// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc3986

/// A parsed http, https or file address. User and password are kept apart, so that they are never shown by accident.
package struct WebAddress: Sendable, Hashable {
    package enum Scheme: String, Sendable, Hashable {
        case http, https, file
    }
    package let scheme: Scheme
    /// Lower case, without brackets; empty for files.
    package let host: String
    package let port: Int
    /// Percent-encoded as given, starting with a slash.
    package let path: String
    /// Percent-encoded, without the question mark.
    package let query: String?
    let user: String?
    let password: String?

    /// Reads an absolute address; the fragment is dropped.
    package init(_ text: String) throws(TransportError) {
        let scheme: Scheme
        var rest: Substring
        if let separator = text.firstRange(of: "://"), let known = Scheme(rawValue: text[..<separator.lowerBound].lowercased()) {
            scheme = known
            rest = text[separator.upperBound...]
        } else if text.lowercased().hasPrefix("file:/") {
            scheme = .file
            rest = text.dropFirst(5)
        } else {
            throw .address("the given text", reason: "no such scheme")
        }
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<authorityEnd]
        var target = rest[authorityEnd...]
        var login: (String?, String?) = (nil, nil)
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            login = (Percent.decoded(parts[0]), parts.count > 1 ? Percent.decoded(parts[1]) : "")
            authority = authority[authority.index(after: at)...]
        }
        var queryText: Substring?
        if let mark = target.firstIndex(of: "?") {
            queryText = target[target.index(after: mark)...]
            target = target[..<mark]
        }
        let shown = "\(scheme.rawValue)://\(authority)\(target)"
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else {
            throw .address(
                String(shown.prefix(200).filter { !$0.isWhitespace && $0.isASCII }), reason: "a character that must be percent-encoded")
        }
        let (host, port) = try Self.hostAndPort(authority, scheme: scheme, shown: shown)
        if scheme == .file {
            guard host.isEmpty || host == "localhost" else { throw .address(shown, reason: "a host in a file address") }
            guard target.hasPrefix("/") else { throw .address(shown, reason: "no absolute path") }
        } else if host.isEmpty {
            throw .address(shown, reason: "no host")
        }
        self.scheme = scheme
        self.host = scheme == .file ? "" : host
        self.port = port
        path = target.isEmpty ? "/" : String(target)
        query = queryText.map(String.init)
        (user, password) = login
    }

    private static func hostAndPort(_ text: Substring, scheme: Scheme, shown: String) throws(TransportError) -> (String, Int) {
        let defaultPort = scheme == .https ? 443 : scheme == .http ? 80 : 0
        var name = text
        var portText: Substring?
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<bracket]
            let after = text[text.index(after: bracket)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .address(shown, reason: "text after the bracket") }
            if !after.isEmpty { portText = after.dropFirst() }
        } else if let colon = text.firstIndex(of: ":") {
            name = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"), UInt8(ascii: "%"): text.hasPrefix("[")
            default: false
            }
        }
        guard allowed else { throw .address(shown, reason: "a character that no host has") }
        guard let portText, !portText.isEmpty else { return (name.lowercased(), defaultPort) }
        guard let port = Int(portText), (1...65535).contains(port) else { throw .address(shown, reason: "a port that is none") }
        return (name.lowercased(), port)
    }

    private var hostText: String { host.contains(":") ? "[\(host)]" : host }
    private var hasDefaultPort: Bool { scheme == .file || port == (scheme == .https ? 443 : 80) }
    /// `host` or `host:8080`, as in a Host header.
    var authority: String { hasDefaultPort ? hostText : "\(hostText):\(port)" }
    var pathAndQuery: String { path + (query.map { "?" + $0 } ?? "") }
    /// What is sent: without user and password.
    var requestURL: String { "\(scheme.rawValue)://\(authority)\(pathAndQuery)" }
    /// What may be shown to a person or written to a log.
    package var shown: String { "\(scheme.rawValue)://\(authority)\(path)" }

    func hasSameOrigin(as other: WebAddress) -> Bool { scheme == other.scheme && host == other.host && port == other.port }

    /// Where a Location header leads from here. User and password in it are ignored.
    func resolving(location: String) throws(TransportError) -> WebAddress {
        if location.contains("://") { return try WebAddress(location).withoutLogin() }
        let origin = "\(scheme.rawValue)://\(authority)"
        if location.hasPrefix("//") { return try WebAddress("\(scheme.rawValue):\(location)").withoutLogin() }
        if location.hasPrefix("/") { return try WebAddress(origin + location) }
        if location.hasPrefix("?") { return try WebAddress(origin + path + location) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try WebAddress(origin + folder + location)
    }

    private func withoutLogin() throws(TransportError) -> WebAddress { try WebAddress(requestURL) }
}

/// Percent-encoding of RFC 3986 section 2.1.
enum Percent {
    /// The decoded text; a stray percent sign stays what it is.
    static func decoded(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
