// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import NIOCore

/// A request of the registry's API that is refused, with the status and code of distribution-spec 1.1.1 "Error codes".
struct RegistryRefusal: Error, Equatable {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    var headers: HTTPFields = [:]
    /// The member `detail` of the error.
    var detail: JSON?
    /// What `WWW-Authenticate` says beside the place where tokens are handed out; for 401 only.
    var challenge: Challenge?

    struct Challenge: Equatable {
        /// `repository:team/python:pull`
        var scope: String?
        /// RFC 6750 section 3.1: `invalid_token`, `insufficient_scope`.
        var error: String?
    }

    static func badName(_ name: String) -> Self {
        Self(status: .badRequest, code: "NAME_INVALID", message: "not the name of a repository: \(name.prefix(100).debugDescription)")
    }
    static func unknownName(_ name: String) -> Self {
        Self(status: .notFound, code: "NAME_UNKNOWN", message: "no repository \(name) in this catalog")
    }
    static func unknownManifest(_ reference: String, _ repository: String) -> Self {
        Self(
            status: .notFound, code: "MANIFEST_UNKNOWN",
            message: "\(repository) has no manifest \(reference.prefix(128).debugDescription); its tags are at /v2/\(repository)/tags/list")
    }
    static func unknownBlob(_ digest: String, _ repository: String) -> Self {
        Self(status: .notFound, code: "BLOB_UNKNOWN", message: "\(repository) has no blob \(digest.prefix(140))")
    }
    static func badDigest(_ text: String) -> Self {
        Self(
            status: .badRequest, code: "DIGEST_INVALID",
            message:
                "expected sha256: and 64, or sha512: and 128 lower-case hexadecimal characters, found \(text.prefix(100).debugDescription)")
    }
    static func badNumber(_ text: String) -> Self {
        Self(
            status: .badRequest, code: "PAGINATION_NUMBER_INVALID",
            message: "expected n to be a whole number, zero or more, found \(text.prefix(40).debugDescription)")
    }
    static func badRange(size: Int) -> Self {
        Self(
            status: .rangeNotSatisfiable, code: "RANGE_INVALID", message: "the range begins after the end; the blob has \(size) bytes",
            headers: [.contentRange: "bytes */\(size)"])
    }
    static func notServed(_ path: String) -> Self {
        Self(status: .notFound, code: "UNSUPPORTED", message: "this path is not part of the registry's API")
    }
    static func notAllowed(_ method: HTTPRequest.Method, _ allowed: String) -> Self {
        Self(
            status: .methodNotAllowed, code: "UNSUPPORTED", message: "\(method) is not supported here; \(allowed) is",
            headers: [.allow: allowed])
    }
    static func readOnly(_ method: HTTPRequest.Method) -> Self {
        Self(
            status: .methodNotAllowed, code: "UNSUPPORTED",
            message:
                "\(method) is not supported: this registry takes no pushes; images come into it with `ashlar build`, and are pulled from it",
            headers: [.allow: "GET, HEAD"])
    }

    /// What a client is told when the fault is ours: whether to come again, not why.
    static func failed(_ diagnosis: Diagnosis?, requestID id: String) -> Self {
        switch diagnosis?.code {
        case "blobs.disk-full", "records.disk-full":
            Self(
                status: .init(code: 507, reasonPhrase: "Insufficient Storage"), code: "STORAGE_FULL",
                message: "the registry has no room left; nothing was stored; its log has more under \(id)", headers: [.retryAfter: "60"])
        case _ where diagnosis?.kind == .unavailable:
            Self(
                status: .serviceUnavailable, code: "UNAVAILABLE",
                message: "the registry could not answer now; its log has the reason under \(id)", headers: [.retryAfter: "2"])
        default:
            Self(
                status: .internalServerError, code: "UNKNOWN", message: "the registry could not answer; its log has the reason under \(id)")
        }
    }

    /// `{"errors":[{"code":…,"message":…}]}`
    var response: Response {
        var error: [String: JSON] = ["code": JSON(code), "message": JSON(message)]
        if let detail { error["detail"] = detail }
        let body: JSON = ["errors": [.object(error)]]
        var fields = headers
        fields[.contentType] = "application/json"
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: body.canonicalBytes)))
    }
}
