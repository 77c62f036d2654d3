// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import OCI
import Pipeline
import Records

/// An OCI registry: distribution-spec 1.1.1, pull, push, discovery and management, and what was decided after it.
///
/// Content is served only through a repository that holds it. What the records say is remembered until somebody commits to
/// them; what a digest names never changes, so it is kept in memory when small.
struct Registry: Sendable {
    let records: RecordStore
    let blobs: FileBlobStore
    let access: any AccessControl
    /// Where pushes begin; nil for a registry that takes none.
    let uploads: UploadFolder?
    let handover: FileHandover
    /// Whether the catalog has recipes for a repository.
    let isOfCatalog: @Sendable (String) throws -> Bool
    let clock: @Sendable () -> Timestamp
    /// Seconds before an image's end of life from which on whoever pulls it is warned.
    let warnBefore: Int
    /// Other registries, whose content is brought in when it is asked for.
    let mirrors: MirrorSet?

    let manifests = BoundedCache<ContentKey, FoundManifest>(limit: 8192)
    let holdings = BoundedCache<ContentKey, FoundBlob>(limit: 65536)
    let contents = BoundedCache<Digest, ByteBuffer>(limit: 64 << 20)
    /// Blobs that were counted as used a short time ago.
    let touched = BoundedCache<ContentKey, Timestamp>(limit: 65536)
    let files = FileIO()

    /// Bytes up to which content is kept in memory.
    static let smallSize = 256 << 10
    /// Bytes read from a file and handed to the socket at once.
    static let pieceSize = 512 << 10

    init(
        records: RecordStore, blobs: FileBlobStore, access: any AccessControl, uploads: UploadFolder?, handover: FileHandover,
        isOfCatalog: @escaping @Sendable (String) throws -> Bool = { _ in false },
        clock: @escaping @Sendable () -> Timestamp, mirrors: MirrorSet? = nil, warnBefore: Int = 0
    ) {
        self.records = records
        self.blobs = blobs
        self.access = access
        self.uploads = uploads
        self.handover = handover
        self.isOfCatalog = isOfCatalog
        self.clock = clock
        self.warnBefore = warnBefore
        self.mirrors = mirrors
    }

    func respond(to request: Request, path: String, context: WebContext) async throws -> Response {
        guard let route = try RegistryRoute(path) else { throw RegistryRefusal.notServed(path) }
        guard uploads != nil || request.method == .get || request.method == .head else { throw RegistryRefusal.readOnly(request.method) }
        let caller = try await admit(request, to: route)
        try route.check(request.method)
        if let mirror = mirror(of: route) {
            guard route.need(of: request.method).action == .pull else {
                throw RegistryRefusal.mirrored(route.repository ?? "", from: mirror.rules.upstream)
            }
            return try await pull(route, through: mirror, request, context)
        }
        if route.need(of: request.method).action == .pull { return try await pull(route, request, caller, context) }
        guard let uploads else { throw RegistryRefusal.readOnly(request.method) }
        let writer = RegistryWriter(registry: self, uploads: uploads, caller: caller)
        switch route {
        case .manifest(let repository, let reference):
            return request.method == .delete
                ? try await writer.delete(manifest: reference, in: repository)
                : try await writer.put(manifest: reference, in: repository, request)
        case .blob(let repository, let digest): return try await writer.delete(blob: digest, in: repository)
        case .uploads(let repository): return try await writer.begin(in: repository, request)
        case .upload(let repository, let id): return try await writer.go(on: id, in: repository, request)
        case .base, .catalog, .tags, .referrers: throw RegistryRefusal.notServed(path)
        }
    }

    private func pull(_ route: RegistryRoute, _ request: Request, _ caller: Caller, _ context: WebContext) async throws -> Response {
        let query = request.uri.query
        switch route {
        case .base: return json([:], headers: [.dockerAPIVersion: "registry/2.0"])
        case .catalog: return try catalog(query, for: caller)
        case .manifest(let repository, let reference): return try manifest(reference, in: repository, request)
        case .blob(let repository, let digest):
            if request.method == .head, uploads != nil, access.allows(caller, .push, on: repository) {
                try await touch(blob: digest, in: repository)
            }
            return try await blob(digest, in: repository, request, context)
        case .tags(let repository): return try tags(in: repository, query)
        case .referrers(let repository, let digest): return try await referrers(of: digest, in: repository, query)
        case .uploads, .upload: throw RegistryRefusal.notServed(request.uri.path)
        }
    }

    /// Of when answers from the records are: it changes with every commit and every day. nil: they must not be remembered.
    var edition: UInt64? { records.generation.map { $0 &* 100_003 &+ UInt64(truncatingIfNeeded: clock().seconds / 86400) } }

    /// Runs what waits for the disk on a thread of its own, away from those that answer.
    static func onDisk<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await disk.runIfActive(work)
    }

    /// More threads than processors: most of them wait for a flush.
    private static let disk = {
        let threads = NIOThreadPool(numberOfThreads: 8)
        threads.start()
        return threads
    }()

    // MARK: - Answers

    static let forEver = "max-age=31536000, immutable"

    static func etag(_ name: String) -> String { "\"\(name)\"" }

    static func headers(_ name: String, _ mediaType: String, cache: String) -> HTTPFields {
        [.contentType: mediaType, .dockerContentDigest: name, .eTag: etag(name), .cacheControl: cache]
    }

    func notModified(_ headers: HTTPFields, _ size: Int) -> Response {
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

extension RegistryRoute {
    /// Refuses a method that does nothing here.
    func check(_ method: HTTPRequest.Method) throws(RegistryRefusal) {
        let allowed: [HTTPRequest.Method] =
            switch self {
            case .base, .catalog, .tags, .referrers: [.get, .head]
            case .manifest: [.get, .head, .put, .delete]
            case .blob: [.get, .head, .delete]
            case .uploads: [.post]
            case .upload: [.get, .head, .patch, .put, .delete]
            }
        guard allowed.contains(method) else { throw .notAllowed(method, allowed.map(\.rawValue).joined(separator: ", ")) }
    }
}
