// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Publish
import Records
import Resolve
import Sigstore
import Tools
import Transport

/// A release as commands open it that look into where it came from: the own store's, or a registry's.
struct OpenedRelease {
    let evidence: ReleaseEvidence
    let repository: any RepositoryReader
    let shelf: InputShelf
    /// What of the own store it is; nil for a registry.
    let release: Release?
    let catalog: [String: [UInt8]]
    let helpers: [String: [UInt8]]
}

/// Opens releases for `rebuild` and `explain`.
struct ReleaseDesk {
    let settings: Settings
    let environment: [String: String]
    /// The public key of whoever published it; the catalog's own by default.
    let keyFile: String?
    /// Where inputs are had from that the release does not have itself.
    let mirror: String?

    func open<Result: Sendable>(_ reference: String, _ body: (OpenedRelease) async throws -> Result) async throws -> Result {
        let path = keyFile ?? settings.publicKeyFile
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandError.keyMissing(path) }
        let key = try VerificationKey(pem: String(decoding: data, as: UTF8.self))
        guard reference.contains("/") || mirror != nil else {
            let (repository, release) = try local(reference)
            return try await body(try await opened(reference, release.index.description, repository, key, release, outside: nil))
        }
        return try await LiveTransport.with(try Network.settings(environment)) { transport in
            let outside = try mirror.map { InputShelf.Outside(mirror: try Self.mirror($0), transport: transport) }
            guard reference.contains("/") else {
                let (repository, release) = try local(reference)
                return try await body(try await opened(reference, release.index.description, repository, key, release, outside: outside))
            }
            let remote = try Remote(reference, transport: transport, environment: environment)
            let repository = remote.client.repository(remote.repository)
            return try await body(try await opened(reference, remote.reference ?? "latest", repository, key, nil, outside: outside))
        }
    }

    private func local(_ reference: String) throws -> (any RepositoryReader, Release) {
        let records = try RecordStore(folder: settings.store, access: .readOnly)
        let release = try Published.find(reference, in: records)
        let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
        return (LocalRepository(release.repository, blobs: blobs, records: records), release)
    }

    private func opened(
        _ reference: String, _ tag: String, _ repository: any RepositoryReader, _ key: VerificationKey, _ release: Release?,
        outside: InputShelf.Outside?
    ) async throws -> OpenedRelease {
        let evidence = try await ReleaseEvidence.read(tag, shownAs: reference, in: repository, key: key)
        // A machine without a catalog is as good: the release brings its own.
        let catalog = (try? CatalogFolder(path: settings.catalog).read()) ?? [:]
        let helpers = (try? CatalogFolder(path: settings.helpers).read()) ?? [:]
        let shelf = InputShelf(
            repository, sources: evidence.sources, own: Self.ownDocuments(of: evidence, catalog: catalog, helpers: helpers),
            outside: outside)
        return OpenedRelease(
            evidence: evidence, repository: repository, shelf: shelf, release: release, catalog: catalog, helpers: helpers)
    }

    /// The lock and the recipe of this machine's catalog, for releases that do not bring them. Their digests decide whether they fit.
    private static func ownDocuments(
        of evidence: ReleaseEvidence, catalog: [String: [UInt8]], helpers: [String: [UInt8]]
    ) -> [Digest: [UInt8]] {
        guard evidence.sources == nil, let path = evidence.parameter("path"), let stream = evidence.parameter("stream") else { return [:] }
        let loader = RecipeLoader(CatalogFiles(catalog))
        let name = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
        let variant = evidence.parameter("variant").map { "-" + $0 } ?? ""
        guard let recipe = try? loader.recipe("\(name):\(stream)\(variant)") else { return [:] }
        var documents: [Digest: [UInt8]] = [:]
        if let tree = try? RecipeTree(of: recipe, catalog: catalog, helpers: helpers) { documents[tree.digest] = tree.archive }
        if let lock = try? loader.lock(of: recipe), let bytes = try? CanonicalJSON.encode(lock) {
            documents[Digest.sha256(of: bytes)] = bytes
        }
        return documents
    }

    /// A mirror as `ASHLAR_MIRROR` spells it, or one address for every archive with `{base}` in it, as snapshot archives have.
    static func mirror(_ text: String) throws -> Mirror {
        guard text.contains("{base}") else { return try Mirror(setting: text, origin: "--mirror") }
        let bases = ["debian", "debian-security"]
        return try Mirror(
            setting: bases.map { "\($0)=\(text.replacing("{base}", with: $0))" }.joined(separator: ","), origin: "--mirror")
    }
}
