// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Turns errors of the network libraries into ours, which name the host and nothing secret.
enum Failures {
    /// With `answer`, the body was being read and `received` bytes of it had come; without, the request to `place`, which is the
    /// host with its port, had none yet.
    static func translated(
        _ error: any Error, host: String, place: String? = nil, route: Routes.Route, received: Int = 0, answer: Answer? = nil
    ) -> any Error {
        switch error {
        case is TransportError, is CancellationError: return error
        case let error as HTTPClientError: return translated(error, host: host, route: route, received: received, answer: answer)
        case is NIOSSLError, is BoringSSLError:
            if isCertificate(error) { return TransportError.untrustedTLS(host: host, reason: certificateFault(error)) }
            // A connection that stood and was cut is no question of TLS any more.
            if let answer { return TransportError.interrupted(answer.address.shown, received: received, expected: answer.length) }
            return TransportError.noTLS(place: place ?? host, reason: tlsFault(error))
        case let error as NIOConnectionError:
            let reasons = error.connectionErrors.map { reason($0.error) }
            let resolved = error.dnsAError ?? error.dnsAAAAError
            return TransportError.unreachable(
                host: connected(host, route), reason: reasons.first ?? resolved.map { _ in "no address for that name" } ?? "no connection")
        case ChannelError.connectTimeout: return TransportError.timedOut(host: connected(host, route), waitingFor: "a connection")
        default:
            if let answer { return TransportError.interrupted(answer.address.shown, received: received, expected: answer.length) }
            return TransportError.unreachable(host: connected(host, route), reason: reason(error))
        }
    }

    private static func translated(
        _ error: HTTPClientError, host: String, route: Routes.Route, received: Int, answer: Answer?
    ) -> any Error {
        switch error {
        case .readTimeout, .writeTimeout, .deadlineExceeded:
            return TransportError.timedOut(host: host, waitingFor: answer == nil ? "an answer" : "the rest of an answer")
        case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout:
            return TransportError.timedOut(host: connected(host, route), waitingFor: "a connection")
        case .proxyAuthenticationRequired:
            return TransportError.proxy(host: connected(host, route), reason: "a demand for a user name and password (407)")
        case .invalidProxyResponse: return TransportError.proxy(host: connected(host, route), reason: "a refusal to CONNECT to \(host)")
        case .cancelled: return CancellationError()
        default:
            if let answer { return TransportError.interrupted(answer.address.shown, received: received, expected: answer.length) }
            return TransportError.unreachable(host: connected(host, route), reason: reason(error))
        }
    }

    /// The host that a connection was really made to.
    private static func connected(_ host: String, _ route: Routes.Route) -> String {
        switch route {
        case .direct: host
        case .forwarded(let proxy), .tunnelled(let proxy): "\(host) through the proxy \(proxy.host):\(proxy.port)"
        }
    }

    private static func isCertificate(_ error: any Error) -> Bool { String(describing: error).lowercased().contains("certificate") }

    private static func certificateFault(_ error: any Error) -> String {
        String(describing: error).contains("HOSTNAME")
            ? "one for another name" : "one that no authority known here has signed, or that ended"
    }

    private static func tlsFault(_ error: any Error) -> String {
        let text = String(describing: error)
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return "an answer that is not TLS" }
        if text.contains("EOF during handshake") || text.contains("uncleanShutdown") { return "that the connection was closed instead" }
        // `TLSV1_ALERT_PROTOCOL_VERSION` and the like: a word of the library, which holds nothing secret.
        let word = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.first { $0.contains("_") && $0.allSatisfy { !$0.isLowercase } }
        return "a failure to agree on it" + (word.map { " (\($0))" } ?? "")
    }

    /// One short line; the libraries' texts hold hosts and codes, never headers.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(describing: error).replacing("connection reset (error set): ", with: "") }
        if error is HTTPParserError { return "an answer that is not HTTP" }
        return String(String(describing: error).prefix(120))
    }
}
