// SPDX-License-Identifier: Apache-2.0
/// Takes mail.
package protocol MailRelay: Sendable {
    func send(_ message: MailMessage) async throws
}

/// Where mail is handed over, and how the way there is protected.
package struct RelayAddress: Hashable, Sendable {
    package enum Protection: Hashable, Sendable {
        /// TLS from the first byte (RFC 8314).
        case tls
        /// STARTTLS before anything else, or no mail (RFC 3207).
        case startTLS
        /// None: on this machine only.
        case plain
    }
    package let host: String
    package let port: Int
    package private(set) var protection: Protection

    /// Reads `smtps://HOST[:PORT]` and `smtp://HOST[:PORT]`. What has no TLS must be this machine itself, and then has none.
    package init(_ text: String) throws(TransportError) {
        let isTLS = text.hasPrefix("smtps://")
        guard isTLS || text.hasPrefix("smtp://") else { throw .mail(place: "the relay", reason: "no address such as smtps://mail.example") }
        let address = try WebAddress("https" + text.dropFirst(isTLS ? 5 : 4))
        guard address.path == "/", address.query == nil, address.user == nil else {
            throw .mail(place: "the relay", reason: "more than a host and a port in its address")
        }
        host = address.host
        let hasPort = text.dropFirst(isTLS ? 8 : 7).last != "]" && text.dropFirst(isTLS ? 8 : 7).contains(":")
        let isLoopback = HostKind(address.host) == .loopback
        protection = isTLS ? .tls : isLoopback ? .plain : .startTLS
        port = hasPort ? address.port : isTLS ? 465 : isLoopback ? 25 : 587
    }

    func protected(by protection: Protection) -> RelayAddress {
        var address = self
        address.protection = protection
        return address
    }

    var place: String { "\(host):\(port)" }
}

/// A name and a password for a relay.
package struct RelayLogin: Sendable, CustomStringConvertible {
    let name: String
    let password: String

    /// Two lines of text; nil for everything else.
    package init?(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard lines.count == 2, lines.allSatisfy({ (1...500).contains($0.utf8.count) && !$0.utf8.contains(0) }) else { return nil }
        (name, password) = (lines[0], lines[1])
    }

    package var description: String { "a login" }
}
