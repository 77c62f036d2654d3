// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import Records

/// Through which content comes into the registry and goes out of it, on behalf of a caller who may.
struct RegistryWriter: Sendable {
    let registry: Registry
    let uploads: UploadFolder
    let caller: Caller

    var records: RecordStore { registry.records }
    var blobs: FileBlobStore { registry.blobs }

    /// The whole body, of at most so many bytes.
    func body(of request: Request, limit: Int) async throws -> [UInt8] {
        guard request.declaredLength.map({ $0 <= limit }) != false else { throw RegistryRefusal.tooLarge(limit: limit) }
        var bytes: [UInt8] = []
        for try await piece in request.body {
            guard bytes.count + piece.readableBytes <= limit else { throw RegistryRefusal.tooLarge(limit: limit) }
            bytes += piece.readableBytesView
        }
        return bytes
    }

    func created(_ location: String, _ name: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.location] = location
        headers[.dockerContentDigest] = name
        headers[.contentLength] = "0"
        return Response(status: .created, headers: headers)
    }

    func answer(to outcome: DeleteOutcome, _ what: String, _ repository: String, unknown: RegistryRefusal) throws -> Response {
        switch outcome {
        case .deleted: return Response(status: .accepted, headers: [.contentLength: "0"])
        case .unknown: throw unknown
        case .protected:
            throw RegistryRefusal.protected(
                "\(what) of \(repository) was published by this catalog: releases, their tags and their evidence are kept; "
                    + "withdraw a release with `ashlar revoke`")
        case .inUse(let count):
            throw RegistryRefusal(
                status: .methodNotAllowed, code: "UNSUPPORTED",
                message: "\(what) is part of \(count) manifest\(count == 1 ? "" : "s") of \(repository); delete those first",
                headers: [.allow: "GET, HEAD"])
        }
    }
}

extension Request {
    /// What `Content-Length` says.
    var declaredLength: Int? { headers[.contentLength].flatMap { Int($0) } }
}

extension RegistryRefusal {
    static func tooLarge(limit: Int) -> Self {
        Self(status: .contentTooLarge, code: "SIZE_INVALID", message: "more than the \(limit) bytes that this registry takes")
    }
    static func protected(_ message: String) -> Self { Self(status: .forbidden, code: "DENIED", message: message) }
    static func unknownUpload(_ id: String) -> Self {
        Self(
            status: .notFound, code: "BLOB_UPLOAD_UNKNOWN",
            message: "no upload \(id.prefix(64).debugDescription) in this repository; it was finished, cancelled or given up")
    }
    static func badManifest(_ reason: String) -> Self { Self(status: .badRequest, code: "MANIFEST_INVALID", message: reason) }
    static func otherDigest(expected: String, found: String) -> Self {
        Self(
            status: .badRequest, code: "DIGEST_INVALID", message: "the bytes do not have the digest \(expected), but \(found)",
            detail: ["digest": JSON(expected)])
    }
    /// Something came between; the same request again is likely to work.
    static let again = Self(
        status: .serviceUnavailable, code: "UNAVAILABLE", message: "the registry was busy; send this again", headers: [.retryAfter: "1"])
}
