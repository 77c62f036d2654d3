// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import Records

/// The pull and discovery side of OCI distribution-spec 1.1.1 and of what was decided after it (headers that became mandatory).
///
/// Content is served only through a repository that holds it. What is addressed by digest never changes, so it is kept in
/// memory when small; what a tag names is asked of the records every time.
struct Registry: Sendable {
    let records: RecordStore
    let blobs: FileBlobStore
    let access: any AccessControl
    private let manifests = BoundedCache<Content>(limit: 32 << 20)
    private let smallBlobs = BoundedCache<ByteBuffer>(limit: 32 << 20)
    private let sizes = BoundedCache<Int>(limit: 1 << 16)
    private let files = FileIO()

    /// Bytes up to which content is kept in memory.
    private static let smallSize = 256 << 10
    /// Bytes read from a file and handed to the socket at once.
    private static let pieceSize = 512 << 10

    init(records: RecordStore, blobs: FileBlobStore, access: any AccessControl) {
        self.records = records
        self.blobs = blobs
        self.access = access
    }

    struct Content: Sendable {
        let digest: Digest
        let mediaType: String
        let bytes: ByteBuffer
    }

    func respond(to request: Request, path: String, context: BasicRequestContext) async throws -> Response {
        guard let route = try RegistryRoute(path) else { throw RegistryRefusal.notServed(path) }
        guard request.method == .get || request.method == .head else { throw RegistryRefusal.readOnly(request.method) }
        let caller = try await admit(request, to: route)
        let query = request.uri.query
        switch route {
        case .base: return json([:], headers: [.dockerAPIVersion: "registry/2.0"])
        case .catalog: return try catalog(query, caller)
        case .manifest(let repository, let reference): return try manifest(reference, in: repository, request)
        case .blob(let repository, let digest): return try await blob(digest, in: repository, request, context)
        case .upload: throw RegistryRefusal(status: .notFound, code: "BLOB_UPLOAD_UNKNOWN", message: "uploads are not supported")
        case .tags(let repository): return try tags(in: repository, query)
        case .referrers(let repository, let digest): return try referrers(of: digest, in: repository, query)
        }
    }

    // MARK: - Manifests

    private func manifest(_ reference: String, in repository: String, _ request: Request) throws -> Response {
        let isDigest = reference.utf8.contains(0x3A)
        let digest: Digest
        if isDigest {
            guard let named = Digest(reference) else { throw RegistryRefusal.badDigest(reference) }
            digest = named
        } else {
            guard TagName.isWellFormed(reference), let tagged = try records.digest(ofTag: reference, in: repository) else {
                throw try unknown(reference, in: repository)
            }
            digest = tagged
        }
        guard let content = try content(digest, in: repository) else { throw try unknown(reference, in: repository) }
        // What a tag names may change; what a digest names may not.
        let headers = Self.headers(digest, content.mediaType, cache: isDigest ? Self.forEver : "no-cache")
        return answer(content.bytes, headers, request)
    }

    private func unknown(_ reference: String, in repository: String) throws -> RegistryRefusal {
        try records.hasRepository(repository) ? .unknownManifest(reference, repository) : .unknownName(repository)
    }

    /// A manifest's bytes; nil when the repository has none with this digest.
    func content(_ digest: Digest, in repository: String) throws -> Content? {
        let key = ContentKey(repository: repository, digest: digest)
        if let kept = manifests.find(key) { return kept }
        guard let stored = try records.manifest(digest, in: repository) else { return nil }
        let content = Content(digest: digest, mediaType: stored.mediaType, bytes: ByteBuffer(bytes: try blobs.read(digest)))
        if stored.size <= Self.smallSize { manifests.keep(content, for: key, cost: stored.size + 512) }
        return content
    }

    // MARK: - Blobs

    private func blob(
        _ text: String, in repository: String, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Response {
        guard let digest = Digest(text) else { throw RegistryRefusal.badDigest(text) }
        guard let size = try size(of: digest, in: repository) else { throw RegistryRefusal.unknownBlob(digest, repository) }
        var headers = Self.headers(digest, "application/octet-stream", cache: Self.forEver)
        headers[.acceptRanges] = "bytes"
        if HTTPText.matches(request.headers[.ifNoneMatch], Self.etag(digest)) { return notModified(headers, size) }
        if request.method == .head {
            headers[.contentLength] = String(size)
            return Response(status: .ok, headers: headers)
        }
        let range = rangeHeader(request, digest).map { ByteRange($0, size: size) } ?? .whole
        switch range {
        case .unsatisfiable: throw RegistryRefusal.badRange(size: size)
        case .whole:
            let body = try await body(of: digest, in: repository, nil, size, context)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let part):
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound)/\(size)"
            let body = try await body(of: digest, in: repository, part, size, context)
            return Response(status: .partialContent, headers: headers, body: body)
        }
    }

    /// RFC 9110 §13.1.5: with an `If-Range` that is not this blob, the range is ignored.
    private func rangeHeader(_ request: Request, _ digest: Digest) -> String? {
        if let condition = request.headers[.ifRange], condition != Self.etag(digest) { return nil }
        return request.headers[.range]
    }

    private func size(of digest: Digest, in repository: String) throws -> Int? {
        let key = ContentKey(repository: repository, digest: digest)
        if let size = sizes.find(key) { return size }
        guard try records.holds(blob: digest, in: repository), let size = try blobs.size(of: digest) else { return nil }
        sizes.keep(size, for: key, cost: 1)
        return size
    }

    private func body(
        of digest: Digest, in repository: String, _ part: ClosedRange<Int>?, _ size: Int, _ context: BasicRequestContext
    ) async throws -> ResponseBody {
        guard size > Self.smallSize else {
            let bytes = try smallBlob(digest, in: repository, size)
            let slice = part.flatMap { bytes.getSlice(at: $0.lowerBound, length: $0.count) } ?? bytes
            return ResponseBody(byteBuffer: slice)
        }
        return try await files.loadFile(
            path: blobs.path(of: digest), range: part ?? 0...(size - 1), context: context, chunkLength: Self.pieceSize)
    }

    private func smallBlob(_ digest: Digest, in repository: String, _ size: Int) throws -> ByteBuffer {
        let key = ContentKey(repository: repository, digest: digest)
        if let kept = smallBlobs.find(key) { return kept }
        let bytes = ByteBuffer(bytes: try blobs.read(digest))
        smallBlobs.keep(bytes, for: key, cost: size + 512)
        return bytes
    }

    // MARK: - Answers

    static let forEver = "max-age=31536000, immutable"

    static func etag(_ digest: Digest) -> String { "\"\(digest)\"" }

    private static func headers(_ digest: Digest, _ mediaType: String, cache: String) -> HTTPFields {
        [.contentType: mediaType, .dockerContentDigest: digest.description, .eTag: etag(digest), .cacheControl: cache]
    }

    private func answer(_ bytes: ByteBuffer, _ headers: HTTPFields, _ request: Request) -> Response {
        if HTTPText.matches(request.headers[.ifNoneMatch], headers[.eTag] ?? "") { return notModified(headers, bytes.readableBytes) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
    }

    private func notModified(_ headers: HTTPFields, _ size: Int) -> Response {
        var headers = headers
        // RFC 9110 §8.6: if sent at all, it is the length of the answer that was not sent.
        headers[.contentLength] = String(size)
        return Response(status: .notModified, headers: headers)
    }

    func json(_ value: JSON, type: String = "application/json", headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: value.canonicalBytes)))
    }
}
