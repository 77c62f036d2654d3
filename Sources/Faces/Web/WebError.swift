// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why the server does not start.
package enum WebError: Error, Sendable {
    /// The address cannot be bound.
    case cannotListen(host: String, port: Int, reason: String)
    /// A built-in page template does not parse.
    case badTemplate(name: String, reason: String)
}

extension WebError: Diagnosable {
    package var diagnosis: Diagnosis {
        switch self {
        case .cannotListen(let host, let port, let reason):
            Diagnosis(
                "web.cannot-listen", .unavailable, "cannot listen on \(host):\(port): \(reason)",
                remedy: "stop what uses the port (ss -ltnp 'sport = :\(port)'), or choose another: --port <number>")
        case .badTemplate(let name, let reason):
            Diagnosis(
                "web.bad-template", .internalFault, "the built-in page \(name) cannot be read: \(reason)", remedy: "report this as a bug")
        }
    }
}
