// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import OCI
import Records

/// A blob that a repository holds.
struct FoundBlob: Sendable {
    let digest: Digest
    let size: Int
    let headers: HTTPFields
    let refusal: RegistryRefusal?
}

extension Registry {
    func blob(_ text: String, in repository: String, _ request: Request, _ context: WebContext) async throws -> Response {
        let found = try find(blob: text, in: repository)
        if let refusal = found.refusal { throw refusal }
        var headers = found.headers
        let etag = headers[.eTag] ?? ""
        if HTTPText.matches(request.headers[.ifNoneMatch], etag) { return notModified(headers, found.size) }
        if request.method == .head {
            headers[.contentLength] = String(found.size)
            return Response(status: .ok, headers: headers)
        }
        let range = rangeHeader(request, etag).map { ByteRange($0, size: found.size) } ?? .whole
        switch range {
        case .unsatisfiable: throw RegistryRefusal.badRange(size: found.size)
        case .whole:
            let body = try await body(of: found, nil, context, &headers)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let part):
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound)/\(found.size)"
            let body = try await body(of: found, part, context, &headers)
            return Response(status: .partialContent, headers: headers, body: body)
        }
    }

    /// Who may push and is told that a blob is here will not send it: it counts as pushed now, so that no collection takes it before
    /// the manifest comes. Written down once an hour.
    func touch(blob text: String, in repository: String) async throws {
        let (key, now) = (ContentKey(repository: repository, reference: text), clock())
        if let last = touched.find(key), now.seconds - last.seconds < Self.touchInterval { return }
        guard let address = ContentAddress(text), let digest = try records.digest(of: address),
            let pushed = try records.pushTime(ofBlob: digest, in: repository)
        else { return }
        if now.seconds - pushed.seconds >= Self.touchInterval {
            let records = records
            try await Self.onDisk { try records.touch(blob: digest, in: repository, at: now) }
        }
        touched.keep(now.seconds - pushed.seconds >= Self.touchInterval ? now : pushed, for: key, cost: 1)
    }

    private static let touchInterval = 3600

    /// RFC 9110 §13.1.5: with an `If-Range` that is not this blob, the range is ignored.
    private func rangeHeader(_ request: Request, _ etag: String) -> String? {
        if let condition = request.headers[.ifRange], condition != etag { return nil }
        return request.headers[.range]
    }

    func find(blob text: String, in repository: String) throws -> FoundBlob {
        let key = ContentKey(repository: repository, reference: text)
        let edition = edition
        if let edition, let known = holdings.find(key, edition: edition) { return known }
        guard let address = ContentAddress(text) else { throw RegistryRefusal.badDigest(text) }
        guard let digest = try records.digest(of: address), try records.holds(blob: digest, in: repository),
            let size = try blobs.size(of: digest)
        else { throw RegistryRefusal.unknownBlob(text, repository) }
        var headers = Self.headers(address.description, "application/octet-stream", cache: Self.forEver)
        headers[.acceptRanges] = "bytes"
        let found = FoundBlob(
            digest: digest, size: size, headers: headers, refusal: try records.withdrawal(of: digest).map(RegistryRefusal.withdrawn))
        if let edition { holdings.keep(found, for: key, cost: 1, edition: edition) }
        return found
    }

    private func body(
        of found: FoundBlob, _ part: ClosedRange<Int>?, _ context: WebContext, _ headers: inout HTTPFields
    ) async throws -> ResponseBody {
        guard found.size > Self.smallSize else {
            let bytes = try bytes(of: found.digest)
            return ResponseBody(byteBuffer: part.flatMap { bytes.getSlice(at: $0.lowerBound, length: $0.count) } ?? bytes)
        }
        let range = part ?? 0...(found.size - 1)
        if let field = FileHandover.field,
            let file = try handover.body(
                of: { try blobs.descriptor(of: found.digest) }, range.lowerBound..<(range.upperBound + 1), on: context.channel)
        {
            headers[field] = String(file.number)
            return ResponseBody(contentLength: range.count) { writer in
                // Each stands for a piece of the file.
                for _ in 0..<file.pieceCount { try await writer.write(ByteBuffer()) }
                try await writer.finish(nil)
            }
        }
        return try await files.loadFile(path: blobs.path(of: found.digest), range: range, context: context, chunkLength: Self.pieceSize)
    }
}
