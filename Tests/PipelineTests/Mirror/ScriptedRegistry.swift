// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import OCI
import Synchronization
import Transport

/// A registry that answers as a test says, wrong answers included, and remembers what it was asked.
final class ScriptedRegistry: HTTPTransport {
    struct Reply: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
    }
    struct State: Sendable {
        /// By path below `/v2/`.
        var replies: [String: Reply] = [:]
        var asked: [String] = []
        /// Thrown at every request.
        var failure: TransportError?
        /// Comes first, with what was asked; nil goes on.
        var override: (@Sendable (WebRequest) -> Reply?)?
    }
    private let state = Mutex(State())
    /// Downloads wait for it, when there is one.
    private let gate = Mutex<(@Sendable () async -> Void)?>(nil)

    var asked: [String] { state.withLock { $0.asked } }
    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    func hold(_ wait: (@Sendable () async -> Void)?) { gate.withLock { $0 = wait } }
    func forgetAsked() { state.withLock { $0.asked = [] } }

    func add(manifest bytes: [UInt8], type: String = MediaType.manifest, to repository: String, tags: [String] = []) {
        let digest = Digest.sha256(of: bytes).description
        let reply = Reply(headers: ["content-type": type, "docker-content-digest": digest], body: bytes)
        for reference in tags + [digest] { set { $0.replies["\(repository)/manifests/\(reference)"] = reply } }
    }

    func add(blob bytes: [UInt8], to repository: String) {
        set { $0.replies["\(repository)/blobs/\(Digest.sha256(of: bytes))"] = Reply(body: bytes) }
    }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        let reply = try answer(request)
        guard reply.body.count <= limit || request.method == "HEAD" else { throw TransportError.tooLarge(request.url, limit: limit) }
        return WebResponse(status: reply.status, headers: reply.headers, body: request.method == "HEAD" ? [] : reply.body)
    }

    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        if let wait = gate.withLock({ $0 }) { await wait() }
        let reply = try answer(request)
        guard reply.status == 200 else { return WebResponse(status: reply.status, headers: reply.headers) }
        // As the real one: what came before the surplus stays in the file.
        try Data(reply.body.prefix(limit)).write(to: URL(filePath: path))
        guard reply.body.count <= limit else { throw TransportError.tooLarge(request.url, limit: limit) }
        return WebResponse(status: 200, headers: reply.headers)
    }

    private func answer(_ request: WebRequest) throws -> Reply {
        try state.withLock { state in
            let path = request.url.split(separator: "/v2/", maxSplits: 1).last.map(String.init) ?? ""
            state.asked.append("\(request.method) \(path)")
            if let failure = state.failure { throw failure }
            if let reply = state.override?(request) { return reply }
            return state.replies[path] ?? Reply(status: 404)
        }
    }
}

/// Images as other registries have them.
enum MirrorImage {
    static func descriptor(_ bytes: [UInt8], _ type: String, size: Int? = nil) -> JSON {
        ["mediaType": JSON(type), "digest": JSON(Digest.sha256(of: bytes).description), "size": JSON(size ?? bytes.count)]
    }

    static func manifest(
        config: [UInt8] = Array("{}".utf8), layers: [[UInt8]], layerType: String = MediaType.layerGzip, subject: JSON? = nil,
        claimedSize: Int? = nil, annotations: [String: String] = [:]
    ) -> [UInt8] {
        var members: [String: JSON] = [
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": descriptor(config, MediaType.config),
            "layers": .array(layers.map { descriptor($0, layerType, size: claimedSize) }),
        ]
        if let subject { members["subject"] = subject }
        if !annotations.isEmpty { members["annotations"] = JSON(annotations) }
        return JSON.object(members).canonicalBytes
    }

    static func index(of manifests: [[UInt8]]) -> [UInt8] {
        JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index),
            "manifests": .array(manifests.map { descriptor($0, MediaType.manifest) }),
        ]).canonicalBytes
    }
}
