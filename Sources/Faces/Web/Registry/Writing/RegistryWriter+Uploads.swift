// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import Records

extension RegistryWriter {
    /// `POST …/blobs/uploads/`: begins an upload, takes a whole blob (`digest`), or takes one over from elsewhere (`mount`).
    func begin(in repository: String, _ request: Request) async throws -> Response {
        let query = request.uri.query
        if let algorithm = HTTPText.parameter("digest-algorithm", in: query), algorithm != "sha256", algorithm != "sha512" {
            throw RegistryRefusal(
                status: .badRequest, code: "DIGEST_INVALID",
                message: "expected the algorithm sha256 or sha512, found \(algorithm.prefix(40))")
        }
        if let mounted = try await mount(in: repository, query) { return mounted }
        let whole = try HTTPText.parameter("digest", in: query).map(Self.address)
        guard let upload = try uploads.begin(in: repository, for: caller.name ?? "") else { throw RegistryRefusal.tooManyUploads }
        guard let whole else { return progress(.accepted, upload.id, upload.size, repository) }
        do {
            upload.expect(whole)
            try await receive(request, into: upload)
            return try await finish(upload, as: whole, in: repository)
        } catch {
            // Nobody knows its name, so nobody can go on with it.
            upload.cancel()
            throw error
        }
    }

    /// What is done with an upload that has begun.
    func go(on id: String, in repository: String, _ request: Request) async throws -> Response {
        switch request.method {
        case .get, .head:
            guard let size = try uploads.size(of: id, in: repository) else { throw RegistryRefusal.unknownUpload(id) }
            return progress(.noContent, id, size, repository)
        case .delete:
            try await upload(id, in: repository).cancel()
            return Response(status: .noContent)
        case .put:
            guard let text = HTTPText.parameter("digest", in: request.uri.query) else {
                throw RegistryRefusal(
                    status: .badRequest, code: "DIGEST_INVALID", message: "an upload is finished with ?digest=sha256:… or sha512:…")
            }
            let address = try Self.address(text)
            let upload = try await upload(id, in: repository)
            try checkPlace(of: request, in: upload, repository)
            upload.expect(address)
            try await receive(request, into: upload)
            return try await finish(upload, as: address, in: repository)
        default:
            let upload = try await upload(id, in: repository)
            try checkPlace(of: request, in: upload, repository)
            try await receive(request, into: upload)
            return progress(.accepted, id, upload.size, repository)
        }
    }

    private static func address(_ text: String) throws(RegistryRefusal) -> ContentAddress {
        guard let address = ContentAddress(text) else { throw .badDigest(text) }
        return address
    }

    /// The upload, alone. A request that was cut off may need a moment to let go of it.
    private func upload(_ id: String, in repository: String) async throws -> Upload {
        for _ in 0..<50 {
            switch try uploads.resume(id, in: repository) {
            case .open(let upload): return upload
            case .unknown: throw RegistryRefusal.unknownUpload(id)
            case .busy: try await Task.sleep(for: .milliseconds(20))
            }
        }
        throw RegistryRefusal(
            status: .conflict, code: "BLOB_UPLOAD_INVALID",
            message: "another request is writing to this upload; ask for its status and go on")
    }

    /// `Content-Range: <first>-<last>`, without a unit: where the chunk belongs. Absent, it belongs at the end.
    private func checkPlace(of request: Request, in upload: Upload, _ repository: String) throws(RegistryRefusal) {
        guard let text = request.headers[.contentRange] else { return }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
            end.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(end) : nil
        }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first == upload.size, last >= first,
            request.declaredLength.map({ $0 == last - first + 1 }) != false
        else {
            throw RegistryRefusal(
                status: .rangeNotSatisfiable, code: "BLOB_UPLOAD_INVALID",
                message:
                    "expected Content-Range \(upload.size)-<last> with a body of that length, found \(text.prefix(60).debugDescription)",
                headers: progressHeaders(upload.id, upload.size, repository))
        }
    }

    private func receive(_ request: Request, into upload: Upload) async throws {
        let limit = uploads.limits.size
        guard request.declaredLength.map({ $0 <= limit - upload.size }) != false else {
            upload.cancel()
            throw RegistryRefusal.tooLarge(limit: limit)
        }
        // Bytes are written and hashed on another thread while the next ones come in; never more than two batches are in memory.
        try await withThrowingTaskGroup(of: Void.self) { writing in
            var batch = Batch()
            do {
                for try await piece in request.body {
                    batch.add(piece)
                    guard batch.size >= Batch.enough else { continue }
                    let full = batch
                    batch = Batch()
                    try await writing.next()
                    writing.addTask { try await Registry.onDisk { try full.write(to: upload) } }
                }
            } catch let error where !(error is RegistryRefusal) {
                // What came before the connection broke is kept, up to where it could be written: the client goes on from there.
                do {
                    try await writing.next()
                    try batch.write(to: upload)
                } catch {}
                throw error
            }
            try await writing.next()
            if batch.size > 0 { try batch.write(to: upload) }
        }
    }

    private func finish(_ upload: Upload, as address: ContentAddress, in repository: String) async throws -> Response {
        switch try await Registry.onDisk({ try upload.finish(expecting: address) }) {
        case .mismatch(let found): throw RegistryRefusal.otherDigest(expected: address.description, found: found.description)
        case .stored(let digest, let size, let isNew):
            var blob = PushedBlob(repository: repository, digest: digest, size: size, isNew: isNew)
            if case .sha512(let wide) = address { blob.alias = wide }
            try await link(blob)
            return created("/v2/\(repository)/blobs/\(address)", address.description)
        }
    }

    private func link(_ blob: PushedBlob) async throws {
        let (records, blobs, now) = (records, blobs, registry.clock())
        let outcome = try await Registry.onDisk { try records.link(blob, at: now) { try blobs.contains(blob.digest) } }
        guard outcome == .stored else { throw RegistryRefusal.again }
    }

    // MARK: - Taking over from another repository

    private func mount(in repository: String, _ query: String?) async throws -> Response? {
        guard let address = HTTPText.parameter("mount", in: query).flatMap({ ContentAddress($0) }),
            let digest = try records.digest(of: address), try records.withdrawal(of: digest) == nil,
            try isReadable(digest, from: HTTPText.parameter("from", in: query)), try blobs.refresh(digest),
            let size = try blobs.size(of: digest)
        else { return nil }
        let (records, blobs, now) = (records, blobs, registry.clock())
        let blob = PushedBlob(repository: repository, digest: digest, size: size, isNew: false)
        guard try await Registry.onDisk({ try records.link(blob, at: now) { try blobs.contains(digest) } }) == .stored else { return nil }
        return created("/v2/\(repository)/blobs/\(address)", address.description)
    }

    /// Whether the caller may pull the blob from the repository that is named, or, when none is, from any.
    private func isReadable(_ digest: Digest, from source: String?) throws -> Bool {
        guard let source else {
            return try records.repositories(holding: digest, limit: 100).contains { registry.access.allows(caller, .pull, on: $0) }
        }
        guard RepositoryName.isWellFormed(source), registry.access.allows(caller, .pull, on: source) else { return false }
        return try records.holds(blob: digest, in: source)
    }

    // MARK: - Answers

    private func progress(_ status: HTTPResponse.Status, _ id: String, _ size: Int, _ repository: String) -> Response {
        var headers = progressHeaders(id, size, repository)
        if status != .noContent { headers[.contentLength] = "0" }
        return Response(status: status, headers: headers)
    }

    private func progressHeaders(_ id: String, _ size: Int, _ repository: String) -> HTTPFields {
        // Inclusive, so that nothing yet and one byte look alike; every registry writes it so.
        [.location: "/v2/\(repository)/blobs/uploads/\(id)", .range: "0-\(max(0, size - 1))", .uploadID: id]
    }
}

extension RegistryRefusal {
    static let tooManyUploads = Self(
        status: .tooManyRequests, code: "TOOMANYREQUESTS", message: "too many uploads are under way; finish or cancel some",
        headers: [.retryAfter: "30"])
}

/// Bytes of a body, before they are written.
private struct Batch: Sendable {
    static let enough = 512 << 10

    private var pieces: [ByteBuffer] = []
    private(set) var size = 0

    mutating func add(_ piece: ByteBuffer) {
        pieces.append(piece)
        size += piece.readableBytes
    }

    /// Adds them to an upload, which ends when they are too many.
    func write(to upload: Upload) throws {
        for piece in pieces {
            guard try piece.withUnsafeReadableBytes({ try upload.append($0) }) == .written else {
                upload.cancel()
                throw RegistryRefusal.tooLarge(limit: upload.limit)
            }
        }
    }
}
