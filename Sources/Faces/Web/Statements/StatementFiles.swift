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
import Synchronization
import VEX

/// What the catalog's signed statements say about vulnerabilities, as scanners and portals look for it: a VEX repository and CSAF.
///
/// Only what the image key signed and a build published is in it, of repositories that everybody may pull: neither format knows logins.
final class StatementFiles: Sendable {
    private struct File: Sendable {
        var bytes: [UInt8]
        var tag: String
    }

    /// What was said at one state of the store, verified once.
    private struct Edition: Sendable {
        /// Of the records when they were last looked at.
        var number: UInt64
        /// Of what was published.
        var name: Digest
        var statements: ServedStatements
        /// Tags of the files that are the same at every address.
        var tags: [String: String]
    }
    private struct Place: Hashable {
        var edition: Digest
        var origin: String
        var path: String
    }

    private let records: RecordStore
    private let blobs: FileBlobStore
    private let access: AccountAccess
    /// Nil when images are not signed: nothing is told then.
    private let key: VerificationKey?
    private let version: String
    private let current = Mutex<Edition?>(nil)
    /// Held by whoever verifies, on a thread that may wait: those who ask meanwhile take what it found.
    private let verifying = Mutex(())
    /// Files in which the server's name stands, which visitors choose: old ones go.
    private let made = BoundedCache<Place, File>(limit: 16 << 20)

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

    /// - Parameters:
    ///   - origin: what the visitor calls this server, which stands in some of the files.
    ///   - varying: the fields of requests that decide about the origin.
    ///   - edition: of the records; files of one edition are made once.
    /// - Returns: nil when there is no such file.
    func respond(
        to path: String, at origin: String, varying: [String], ifNoneMatch: String?, edition: UInt64
    ) async throws -> Response? {
        guard let key else { return nil }
        let name = String(path.dropFirst())
        var known = current.withLock { $0?.number == edition ? $0 : nil }
        if known == nil { known = try await Registry.onDisk { try self.look(key, edition) } }
        guard let known else { return nil }
        var headers: HTTPFields = [.contentType: Self.type(of: path), .cacheControl: "no-cache"]
        let file: File
        if let bytes = known.statements.fixed[name], let tag = known.tags[name] {
            file = File(bytes: bytes, tag: tag)
        } else if known.statements.dependsOnAddress(name) {
            if !varying.isEmpty { headers[.vary] = varying.joined(separator: ", ") }
            let place = Place(edition: known.name, origin: origin, path: name)
            if let found = made.find(place) {
                file = found
            } else {
                let bytes = try await Registry.onDisk { known.statements.made(name, at: origin) } ?? []
                file = File(bytes: bytes, tag: Self.tag(bytes))
                made.keep(file, for: place, cost: 1024 + bytes.count)
            }
        } else {
            return nil
        }
        headers[.eTag] = file.tag
        guard !HTTPText.matches(ifNoneMatch, file.tag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    // Pushes and log-ins are new editions of the records as well, and say nothing new about vulnerabilities.
    private func look(_ key: VerificationKey, _ edition: UInt64) throws -> Edition {
        try verifying.withLock { _ in
            let known = current.withLock { $0 }
            if let known, known.number == edition { return known }
            let nobody = Caller(name: nil, grants: [])
            let name = try VEXExport.Item.edition(of: records) { access.lists($0, for: nobody) }
            var found: Edition
            if let known, known.name == name {
                found = known
                found.number = edition
            } else {
                let items = try VEXExport.Item.published(by: key, blobs: blobs, records: records) { access.lists($0, for: nobody) }
                let author = items.first?.document.author ?? ""
                // The documents have their own dates: when they are asked for does not matter.
                let statements = try VEXExport(author: author, version: version, now: Timestamp(seconds: 0)).served(items)
                found = Edition(number: edition, name: name, statements: statements, tags: statements.fixed.mapValues(Self.tag))
            }
            current.withLock { $0 = found }
            return found
        }
    }

    private static func tag(_ bytes: [UInt8]) -> String { "\"\(Digest.sha256(of: bytes).hex)\"" }

    private static func type(of path: String) -> String {
        if path.hasSuffix(".json") { return "application/json" }
        if path.hasSuffix(".gz") { return "application/gzip" }
        return path.hasSuffix(".csv") ? "text/csv; charset=utf-8" : "text/plain; charset=utf-8"
    }
}
