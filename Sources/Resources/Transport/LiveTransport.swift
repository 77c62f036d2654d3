// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
package import Base
import NIOCore

/// The way out over HTTP, with proxies, private CAs, credentials, redirects, retries and limits as set.
///
/// Every wait ends: connections after `connectTimeout`, silences after `readTimeout`, a try as a whole after `attemptTimeout`.
/// Call `shutdown()` when done.
package final class LiveTransport: HTTPTransport {
    let settings: TransportSettings
    let routes: Routes

    package init(_ settings: TransportSettings) throws(TransportError) {
        self.settings = settings
        routes = try Routes(settings)
    }

    /// Closes the pooled connections. No request may follow.
    package func shutdown() async { await routes.shutdown() }

    /// Runs `body` with a transport that is shut down afterwards, whatever happened.
    package static func with<Result: Sendable>(
        _ settings: TransportSettings, _ body: (LiveTransport) async throws -> Result
    ) async throws -> Result {
        let transport = try LiveTransport(settings)
        do {
            let result = try await body(transport)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    package func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        let address = try WebAddress(request.url)
        if address.scheme == .file { return try LocalFiles.answer(request, at: address, limit: limit) }
        let isRepeatable = ["GET", "HEAD"].contains(request.method)
        var attempt = 0
        while true {
            attempt += 1
            try Task.checkCancellation()
            do {
                let response = try await within(settings.attemptTimeout, host: address.host) { [self] in
                    try await collect(try await open(request, at: address), limit: limit, from: address)
                }
                guard isRepeatable, Self.isPassing(response.status), attempt < settings.retries.attempts else { return response }
                try await settings.retries.sleep(settings.retries.pause(after: attempt, wished: Self.retryAfter(response.headers)))
            } catch let error as TransportError where error.isTransient && attempt < settings.retries.attempts {
                // An answer that was cut may have had its effect; only a connection that never stood certainly had none.
                if !isRepeatable { guard case .unreachable = error else { throw error } }
                try await settings.retries.sleep(settings.retries.pause(after: attempt))
            }
        }
    }

    package func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        let address = try WebAddress(request.url)
        if address.scheme == .file { return try LocalFiles.copy(request, at: address, toFile: path, limit: limit) }
        let partial = PartialFile(path)
        var attempt = 0
        var reached = partial.size
        while true {
            attempt += 1
            try Task.checkCancellation()
            var failure: TransportError?
            var wished: Duration?
            do {
                let response = try await within(settings.attemptTimeout, host: address.host) { [self] in
                    try await downloadOnce(request, at: address, to: partial, limit: limit)
                }
                if let response {
                    guard Self.isPassing(response.status), attempt < settings.retries.attempts else { return response }
                    wished = Self.retryAfter(response.headers)
                } else if attempt >= settings.retries.attempts {
                    throw TransportError.interrupted(address.shown, received: partial.size, expected: nil)
                }
            } catch let error as TransportError where error.isTransient { failure = error }
            // A try that brought bytes is not one in vain.
            let size = partial.size
            if size > reached { attempt = 1 }
            reached = size
            if let failure, attempt >= settings.retries.attempts { throw failure }
            try await settings.retries.sleep(settings.retries.pause(after: attempt, wished: wished))
        }
    }

    /// 408, 429 and the server errors that pass by themselves.
    private static func isPassing(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

    private static func retryAfter(_ headers: [String: String]) -> Duration? {
        headers["retry-after"].flatMap { Int($0) }.map { .seconds(min(max($0, 0), 3600)) }
    }

    private func collect(_ answer: Answer, limit: Int, from address: WebAddress) async throws -> WebResponse {
        if let length = answer.length, length > limit, !answer.hasNoBody {
            throw TransportError.tooLarge(answer.address.shown, limit: limit)
        }
        var bytes: [UInt8] = []
        if !answer.hasNoBody {
            do {
                for try await chunk in answer.response.body {
                    guard bytes.count + chunk.readableBytes <= limit else {
                        throw TransportError.tooLarge(answer.address.shown, limit: limit)
                    }
                    bytes += chunk.readableBytesView
                }
            } catch {
                throw Failures.translated(error, host: answer.address.host, route: answer.route, received: bytes.count, answer: answer)
            }
        }
        return WebResponse(status: answer.status, headers: answer.headers, body: bytes)
    }
}

/// Races work against a clock; the loser is cancelled.
func within<Result: Sendable>(
    _ time: Duration, host: String, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: time)
            throw TransportError.timedOut(host: host, waitingFor: "a whole answer")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
