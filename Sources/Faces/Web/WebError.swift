// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why the server does not start.
package enum WebError: Error, Sendable {
    /// The address cannot be bound.
    case cannotListen(host: String, port: Int, reason: String)
    /// Certificate and key cannot be used.
    case badTLS(path: String, reason: String)
    /// A row of the accounts holds rights that this version does not know.
    case badGrant(String, of: String)
}

extension WebError: Diagnosable {
    package var diagnosis: Diagnosis {
        switch self {
        case .cannotListen(let host, let port, let reason):
            Diagnosis(
                "web.cannot-listen", .unavailable, "cannot listen on \(host):\(port): \(reason)",
                remedy: "stop what uses the port (ss -ltnp 'sport = :\(port)'), or choose another: --port <number>")
        case .badTLS(let path, let reason):
            Diagnosis(
                "web.bad-tls", .unavailable, "expected a certificate and its key in \(path), found \(reason)",
                remedy: "name PEM files that this user may read, first the server's certificate and then its issuers'")
        case .badGrant(let text, let name):
            Diagnosis(
                "web.bad-grant", .malformed, "expected rights such as team/**:pull,push for \(name), found \(text.prefix(80))",
                remedy: "set them again with `ashlar accounts set`, or use the version that wrote them")
        }
    }
}
