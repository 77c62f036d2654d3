// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why nothing could be fetched. Addresses in it are `WebAddress.shown`: no user, no password, no query.
package enum TransportError: Diagnosable, Equatable {
    case address(String, reason: String)
    case unreachable(host: String, reason: String)
    case timedOut(host: String, waitingFor: String)
    case untrustedTLS(host: String, reason: String)
    /// Whatever listens there does not speak TLS, or broke off while it was set up. `place` is the host with its port.
    case noTLS(place: String, reason: String)
    case proxy(host: String, reason: String)
    case tooLarge(String, limit: Int)
    case redirect(String, reason: String)
    /// The body ended before it was whole; `received` bytes are kept for the next try.
    case interrupted(String, received: Int, expected: Int?)
    /// A page for people where a file was asked for: a portal or a proxy answers instead of the mirror.
    case htmlAnswer(String)
    case file(path: String, reason: String)
    case setting(String, reason: String, remedy: String)
    case mirror(reason: String)
    /// A mail could not be handed over. Nothing secret is in the reason.
    case mail(place: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .address(let address, let reason):
            Diagnosis(
                "transport.address", .malformed, "expected an http, https or file address, found \(reason) in \(address)",
                remedy: "correct the address")
        case .unreachable(let host, let reason):
            Diagnosis(
                "transport.unreachable", .unavailable, "expected an answer from \(host), found \(reason)",
                remedy: "check the network; behind a proxy set HTTP_PROXY and HTTPS_PROXY, for another mirror ASHLAR_MIRROR")
        case .timedOut(let host, let waitingFor):
            Diagnosis(
                "transport.timed-out", .unavailable, "expected \(waitingFor) from \(host), found silence until the time was over",
                remedy: "try again, or name another mirror with ASHLAR_MIRROR")
        case .untrustedTLS(let host, let reason):
            Diagnosis(
                "transport.untrusted-tls", .untrusted, "expected a certificate of \(host) that is trusted here, found \(reason)",
                remedy:
                    "check the name; where your organisation has a CA of its own, put its certificate into a file and set ASHLAR_CA_FILE to the path"
            )
        case .noTLS(let place, let reason):
            Diagnosis(
                "transport.no-tls", .unavailable, "expected TLS at \(place), found \(reason)",
                remedy:
                    "if it is meant to speak plain HTTP, write http:// in front of it (http://\(place)/…); else check the name and the port"
            )
        case .proxy(let host, let reason):
            Diagnosis(
                "transport.proxy", .unavailable, "expected the proxy \(host) to pass the request on, found \(reason)",
                remedy: "check HTTP_PROXY, HTTPS_PROXY and the user name and password in them; NO_PROXY lists hosts to reach directly")
        case .tooLarge(let address, let limit):
            Diagnosis(
                "transport.too-large", .malformed, "expected at most \(limit) bytes from \(address), found more",
                remedy: "check that the address is what you meant; nothing was kept of the surplus")
        case .redirect(let address, let reason):
            Diagnosis(
                "transport.redirect", .untrusted, "expected an answer from \(address), found a redirect \(reason)",
                remedy: "name the final address of the mirror with ASHLAR_MIRROR")
        case .interrupted(let address, let received, let expected):
            Diagnosis(
                "transport.interrupted", .unavailable,
                "expected \(expected.map { "\($0) bytes" } ?? "a whole file") from \(address), found the end after \(received) bytes",
                remedy: "run the same command again; it goes on where it stopped")
        case .htmlAnswer(let address):
            Diagnosis(
                "transport.html-answer", .untrusted, "expected a file at \(address), found a web page",
                remedy: "a portal or proxy answers in place of the mirror: open the address in a browser, or set HTTP_PROXY")
        case .file(let path, let reason):
            Diagnosis(
                "transport.file", .unavailable, "expected to use the file \(path), found \(reason)",
                remedy: "check the permissions and the free space of its folder")
        case .setting(let name, let reason, let remedy):
            Diagnosis("transport.setting", .usage, "expected a usable \(name), found \(reason)", remedy: remedy)
        case .mirror(let reason):
            Diagnosis(
                "transport.mirror", .usage, "expected the address of a Debian mirror, found \(reason)",
                remedy: "export ASHLAR_MIRROR=https://<host> (with /debian and /debian-security below it), or set mirror: in ashlar.yaml")
        case .mail(let place, let reason):
            Diagnosis(
                "transport.mail", .unavailable, "expected \(place) to take a mail, found \(reason)",
                remedy: "check notify.receivers in ashlar.yaml, then try `ashlar notify test`")
        }
    }

    /// Whether the same request may succeed a little later.
    var isTransient: Bool {
        switch self {
        case .unreachable, .timedOut, .interrupted: true
        case .address, .untrustedTLS, .noTLS, .proxy, .tooLarge, .redirect, .htmlAnswer, .file, .setting, .mirror, .mail: false
        }
    }
}
