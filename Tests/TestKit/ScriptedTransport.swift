// SPDX-License-Identifier: Apache-2.0
package import Base
import Synchronization

/// A network that answers as a test says, and remembers what it was asked.
package final class ScriptedTransport: HTTPTransport {
    package struct Answer: Sendable {
        package var status = 200
        package var headers: [String: String] = ["content-type": "application/vnd.debian.binary-package"]
        package var body: [UInt8] = []
        package init(status: Int = 200, headers: [String: String]? = nil, body: [UInt8] = []) {
            self.status = status
            if let headers { self.headers = headers }
            self.body = body
        }
    }
    package struct TooLarge: Diagnosable {
        package let diagnosis: Diagnosis
    }
    private struct State {
        var asked: [String] = []
        var running = 0
        var peak = 0
    }

    private let answers: [String: Answer]
    private let store: MemoryBlobStore
    /// A download waits, a while, until as many run at once.
    private let company: Int
    private let state = Mutex(State())

    /// - Parameter answers: By address; every other one gives 404.
    package init(_ answers: [String: Answer], into store: MemoryBlobStore, company: Int = 1) {
        self.answers = answers
        self.store = store
        self.company = company
    }

    /// Addresses in the order they were asked.
    package var asked: [String] { state.withLock { $0.asked } }
    /// The most downloads that ran at once.
    package var peak: Int { state.withLock { $0.peak } }

    package func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        state.withLock { $0.asked.append(request.url) }
        let answer = answers[request.url] ?? Answer(status: 404)
        try check(answer, request.url, limit)
        return WebResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }

    package func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        state.withLock { state in
            state.asked.append(request.url)
            state.running += 1
            state.peak = max(state.peak, state.running)
        }
        for _ in 0..<10_000 where peak < company { await Task.yield() }
        defer { state.withLock { $0.running -= 1 } }
        let answer = answers[request.url] ?? Answer(status: 404)
        try check(answer, request.url, limit)
        if (200..<300).contains(answer.status) { store[file: path] = answer.body }
        return WebResponse(status: answer.status, headers: answer.headers)
    }

    private func check(_ answer: Answer, _ url: String, _ limit: Int) throws {
        guard answer.body.count > limit else { return }
        throw TooLarge(
            diagnosis: Diagnosis("scripted.too-large", .malformed, "more than \(limit) bytes from \(url)", remedy: "send less"))
    }
}
