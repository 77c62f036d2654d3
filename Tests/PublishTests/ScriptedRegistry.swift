// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Synchronization

/// A registry in memory behind the transport port: enough of the protocol to push and pull, and it notes every request.
final class ScriptedRegistry: HTTPTransport {
    struct Behaviour: Sendable {
        var listsReferrers = true
        /// `basic` or `bearer`; nil lets everybody in.
        var authentication: String?
        var realm = "https://tokens.example/token"
        /// Where uploads go on: relative, or at another host.
        var uploadBase = ""
        var altersManifests = false
        /// Tags on one page of a list.
        var pageSize = 1000
    }
    struct State {
        var blobs: [String: [UInt8]] = [:]
        var manifests: [String: (type: String, bytes: [UInt8])] = [:]
        var referrers: [String: [JSON]] = [:]
        var tags: [String] = []
        var log: [WebRequest] = []
    }
    let behaviour: Behaviour
    private let state = Mutex(State())

    init(_ behaviour: Behaviour = Behaviour()) { self.behaviour = behaviour }

    var log: [WebRequest] { state.withLock { $0.log } }
    /// `PUT manifests/3.13`.
    var lines: [String] { log.map { "\($0.method) \($0.url.split(separator: "/").dropFirst(4).joined(separator: "/"))" } }
    func clearLog() { state.withLock { $0.log = [] } }
    func manifest(_ reference: String) -> [UInt8]? { state.withLock { $0.manifests[reference]?.bytes } }
    func blob(_ digest: Digest) -> [UInt8]? { state.withLock { $0.blobs[digest.description] } }
    func store(_ content: Content, under reference: String) {
        state.withLock { $0.manifests[reference] = (content.descriptor.mediaType, content.bytes) }
    }

    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse { WebResponse(status: 500) }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        state.withLock { state in
            state.log.append(request)
            return answer(request, &state)
        }
    }

    private func answer(_ request: WebRequest, _ state: inout State) -> WebResponse {
        if request.url.hasPrefix(behaviour.realm) {
            guard request.headers["Authorization"] == "Basic " + Base64.encode(Array("user:secret".utf8)) else {
                return WebResponse(status: 401, body: Array(#"{"errors":[{"code":"UNAUTHORIZED","message":"no\u001b[31m"}]}"#.utf8))
            }
            return WebResponse(status: 200, body: Array(#"{"token":"t0ken","expires_in":60}"#.utf8))
        }
        if behaviour.uploadBase.isEmpty || !request.url.hasPrefix(behaviour.uploadBase) {
            switch behaviour.authentication {
            case "bearer" where request.headers["Authorization"] != "Bearer t0ken":
                let challenge = #"Bearer realm="\#(behaviour.realm)",service="registry.example",scope="repository:x:pull""#
                return WebResponse(status: 401, headers: ["www-authenticate": challenge])
            case "basic" where request.headers["Authorization"] != "Basic " + Base64.encode(Array("user:secret".utf8)):
                return WebResponse(status: 401, headers: ["www-authenticate": #"Basic realm="registry""#])
            default: break
            }
        }
        let parts = request.url.split(separator: "/", omittingEmptySubsequences: true).dropFirst(2).map(String.init)  // v2/name/kind/…
        guard parts.count >= 4 else { return WebResponse(status: parts == ["v2"] ? 200 : 404) }
        let (kind, last) = (parts[2], parts[3...].joined(separator: "/"))
        switch (request.method, kind) {
        case ("HEAD", "blobs"): return WebResponse(status: state.blobs[last] == nil ? 404 : 200)
        case ("GET", "blobs"): return state.blobs[last].map { WebResponse(status: 200, body: $0) } ?? WebResponse(status: 404)
        case ("POST", "blobs"):
            return WebResponse(status: 202, headers: ["location": behaviour.uploadBase + "/v2/\(parts[1])/blobs/uploads/u1?state=x"])
        case ("PUT", "blobs"):
            let digest = last.split(separator: "digest=").last.map { String($0).replacing("%3A", with: ":") } ?? ""
            guard Digest.sha256(of: request.body).description == digest else {
                return WebResponse(status: 400, body: Array(#"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#.utf8))
            }
            state.blobs[digest] = request.body
            return WebResponse(status: 201)
        case ("GET", "manifests"):
            guard let found = state.manifests[last] else { return WebResponse(status: 404) }
            return WebResponse(
                status: 200, headers: ["content-type": found.type + "; charset=utf-8"],
                body: behaviour.altersManifests ? found.bytes + [0x20] : found.bytes)
        case ("PUT", "manifests"): return put(request, last, &state)
        case ("GET", "referrers"):
            guard behaviour.listsReferrers else { return WebResponse(status: 404) }
            let index: JSON = [
                "schemaVersion": 2, "mediaType": .string(MediaType.index), "manifests": .array(state.referrers[last] ?? []),
            ]
            return WebResponse(status: 200, body: index.canonicalBytes)
        case ("GET", "tags"):
            let start = last.split(separator: "last=").dropFirst().first.flatMap { Int($0) } ?? 0
            let end = min(start + behaviour.pageSize, state.tags.count)
            let link = end < state.tags.count ? ["link": "</v2/\(parts[1])/tags/list?last=\(end)>; rel=\"next\""] : [:]
            return WebResponse(status: 200, headers: link, body: JSON.object(["tags": JSON(Array(state.tags[start..<end]))]).canonicalBytes)
        default: return WebResponse(status: 405)
        }
    }

    private func put(_ request: WebRequest, _ reference: String, _ state: inout State) -> WebResponse {
        let json = (try? JSON.parse(request.body)) ?? .null
        let digest = Digest.sha256(of: request.body).description
        for pointed in [json["config"]].compactMap(\.self) + (json["layers"]?.array ?? []) {
            guard state.blobs[pointed["digest"]?.string ?? ""] != nil else { return Self.unknown("MANIFEST_BLOB_UNKNOWN") }
        }
        for child in json["subject"] == nil && Digest(reference) != nil ? json["manifests"]?.array ?? [] : [] {
            guard state.manifests[child["digest"]?.string ?? ""] != nil else { return Self.unknown("MANIFEST_UNKNOWN") }
        }
        let type = request.headers["Content-Type"] ?? ""
        state.manifests[reference] = (type, request.body)
        state.manifests[digest] = (type, request.body)
        if Digest(reference) == nil { state.tags.append(reference) }
        var headers = ["docker-content-digest": digest]
        if behaviour.listsReferrers, let subject = json["subject"]?["digest"]?.string {
            headers["oci-subject"] = subject
            state.referrers[subject, default: []].append([
                "mediaType": .string(type), "digest": .string(digest), "size": .int(Int64(request.body.count)),
            ])
        }
        return WebResponse(status: 201, headers: headers)
    }

    private static func unknown(_ code: String) -> WebResponse {
        WebResponse(status: 404, body: Array(#"{"errors":[{"code":"\#(code)","message":"push it first"}]}"#.utf8))
    }
}
