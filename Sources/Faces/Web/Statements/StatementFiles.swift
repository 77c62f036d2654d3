// SPDX-License-Identifier: Apache-2.0
// https://github.com/aquasecurity/vex-repo-spec (0.1)
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html, 7.1
import Base
import Blobs
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Records
import Sigstore
import VEX

/// What the catalog's signed statements say about vulnerabilities, as scanners and portals look for it: a VEX repository and CSAF.
///
/// Only what the image key signed and a build published is in it, of repositories that everybody may pull: neither format knows logins.
final class StatementFiles: Sendable {
    private struct File: Sendable {
        var bytes: [UInt8]
        var tag: String
    }

    private let records: RecordStore
    private let blobs: FileBlobStore
    private let access: AccountAccess
    /// Nil when images are not signed: nothing is told then.
    private let key: VerificationKey?
    private let version: String
    /// By what the visitor calls this server, which stands in the files.
    private let cache = BoundedCache<String, [String: File]>(limit: 64 << 20)

    init(records: RecordStore, blobs: FileBlobStore, access: AccountAccess, publicKey: [UInt8]?, version: String) {
        self.records = records
        self.blobs = blobs
        self.access = access
        self.version = version
        key = publicKey.flatMap { try? VerificationKey(pem: String(decoding: $0, as: UTF8.self)) }
    }

    static let repository = "/.well-known/vex-repository.json"
    static let archive = "/vex.tar.gz"
    static let csaf = "/.well-known/csaf/"

    static func holds(_ path: String) -> Bool { path == repository || path == archive || path.hasPrefix(csaf) }

    /// - Parameter edition: of the records; files of one edition are made once.
    /// - Returns: nil when there is no such file.
    func respond(to path: String, at origin: String, ifNoneMatch: String?, edition: UInt64) async throws -> Response? {
        guard let key, let file = try await files(key, origin, edition)[String(path.dropFirst())] else { return nil }
        let headers: HTTPFields = [
            .contentType: Self.type(of: path), .eTag: file.tag, .cacheControl: "no-cache", .vary: "Host",
        ]
        guard !HTTPText.matches(ifNoneMatch, file.tag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    private func files(_ key: VerificationKey, _ origin: String, _ edition: UInt64) async throws -> [String: File] {
        if let known = cache.find(origin, edition: edition) { return known }
        let (records, blobs, access, version) = (records, blobs, access, version)
        let files = try await Registry.onDisk {
            let nobody = Caller(name: nil, grants: [])
            let items = try VEXExport.Item.published(by: key, blobs: blobs, records: records) { access.lists($0, for: nobody) }
            let author = items.first?.document.author ?? ""
            // The documents have their own dates: when they are asked for does not matter.
            let export = VEXExport(author: author, version: version, now: Timestamp(seconds: 0))
            return try export.served(items, at: origin).mapValues { File(bytes: $0, tag: "\"\(Digest.sha256(of: $0).hex)\"") }
        }
        cache.keep(files, for: origin, cost: 1024 + files.values.reduce(0) { $0 + $1.bytes.count }, edition: edition)
        return files
    }

    private static func type(of path: String) -> String {
        if path.hasSuffix(".json") { return "application/json" }
        if path.hasSuffix(".gz") { return "application/gzip" }
        return path.hasSuffix(".csv") ? "text/csv; charset=utf-8" : "text/plain; charset=utf-8"
    }
}
