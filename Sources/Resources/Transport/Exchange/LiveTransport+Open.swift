// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1

/// The head of an answer, with its body still to be read.
struct Answer: Sendable {
    let response: HTTPClientResponse
    let status: Int
    /// Names in lower case; several of one name are joined by commas.
    let headers: [String: String]
    /// Where it really came from, after redirects.
    let address: WebAddress
    let route: Routes.Route
    let hasNoBody: Bool

    var length: Int? { headers["content-length"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
}

extension LiveTransport {
    /// Sends one request and follows its redirects.
    func open(_ request: WebRequest, at start: WebAddress) async throws -> Answer {
        var request = request
        var address = start
        for _ in 0...settings.redirectLimit {
            if let place = settings.confinement?.refusal(of: address) { throw TransportError.redirect(start.shown, reason: "to \(place)") }
            let answer = try await exchange(request, at: address)
            guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.headers["location"] else { return answer }
            let next = try address.resolving(location: location)
            try check(redirectOf: request, from: address, to: next)
            if !next.hasSameOrigin(as: address) { request.headers = Self.withoutSecrets(request.headers) }
            if answer.status == 303 || (answer.status < 303 && request.method == "POST") {
                request.method = request.method == "HEAD" ? "HEAD" : "GET"
                request.body = []
            }
            address = next
        }
        throw TransportError.redirect(start.shown, reason: "after \(settings.redirectLimit) redirects")
    }

    private func check(redirectOf request: WebRequest, from address: WebAddress, to next: WebAddress) throws(TransportError) {
        if next.scheme == .file { throw .redirect(address.shown, reason: "to a file of this machine") }
        if address.scheme == .https, next.scheme == .http { throw .redirect(address.shown, reason: "from https to http at \(next.host)") }
        if !next.hasSameOrigin(as: address), !request.body.isEmpty {
            throw .redirect(address.shown, reason: "of a request with a body to another host, \(next.host)")
        }
    }

    /// What another host may know of a request: nothing that could be a secret.
    private static func withoutSecrets(_ headers: [String: String]) -> [String: String] {
        let harmless: Set = ["accept", "accept-encoding", "user-agent", "range", "if-range", "if-none-match", "if-modified-since"]
        return headers.filter { harmless.contains($0.key.lowercased()) }
    }

    private func exchange(_ request: WebRequest, at address: WebAddress) async throws -> Answer {
        let (client, route) = routes.route(to: address)
        var outgoing = HTTPClientRequest(url: address.requestURL)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) { outgoing.headers.add(name: name, value: value) }
        outgoing.headers.replaceOrAdd(name: "host", value: address.authority)
        if !outgoing.headers.contains(name: "user-agent") { outgoing.headers.add(name: "user-agent", value: settings.userAgent) }
        if !outgoing.headers.contains(name: "authorization"), let value = settings.credentials.authorization(for: address) {
            outgoing.headers.add(name: "authorization", value: value)
        }
        if case .forwarded(let proxy) = route {
            outgoing.url = proxy.origin + address.pathAndQuery
            if let value = proxy.authorization { outgoing.headers.replaceOrAdd(name: "proxy-authorization", value: value) }
        }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(outgoing, timeout: .seconds(settings.attemptTimeout.components.seconds + 1))
        } catch { throw Failures.translated(error, host: address.host, place: address.authority, route: route) }
        var headers: [String: String] = [:]
        for header in response.headers {
            headers[header.name.lowercased()] = headers[header.name.lowercased()].map { "\($0), \(header.value)" } ?? header.value
        }
        let status = Int(response.status.code)
        if case .forwarded(let proxy) = route, status == 407 {
            throw TransportError.proxy(host: proxy.host, reason: "a demand for a user name and password (407)")
        }
        return Answer(
            response: response, status: status, headers: headers, address: address, route: route,
            hasNoBody: request.method == "HEAD" || status == 204 || status == 304)
    }
}
