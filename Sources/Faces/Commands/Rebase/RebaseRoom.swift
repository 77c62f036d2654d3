// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Publish
import Records
import Sigstore
import Tools
import Transport

/// What is needed to look at images that stand on ours, wherever they lie.
struct RebaseRoom {
    let settings: Settings
    let environment: [String: String]
    let blobs: FileBlobStore
    let records: RecordStore
    let desk: RebaseDesk

    /// - Parameter keys: Files of public keys beside the catalog's own.
    init(_ settings: Settings, environment: [String: String], keys: [String]) throws {
        self.settings = settings
        self.environment = environment
        // A store that is not there is not made.
        _ = try RecordStore(folder: settings.store, access: .readOnly)
        blobs = try FileBlobStore(folder: settings.store)
        records = try RecordStore(folder: settings.store)
        let own = FileManager.default.fileExists(atPath: settings.publicKeyFile) ? [settings.publicKeyFile] : []
        guard !own.isEmpty || !keys.isEmpty else { throw CommandError.publicKeyMissing(settings.publicKeyFile) }
        desk = RebaseDesk(
            blobs: blobs, records: records, keys: try (own + keys).map { try VerificationKeyFile(path: $0).read() })
        try desk.finder.refresh()
    }

    /// Reads an image and hands it on with the place where its layers are, which is gone afterwards when it was made for it.
    func open<Result: Sendable>(
        _ reference: String, _ body: (ApplicationImage, RebaseDesk.Source) async throws -> Result
    ) async throws -> Result {
        let reader = ApplicationReader()
        switch try VerifyTarget(reference) {
        case .store(let repository, let name):
            let local = LocalRepository(repository, blobs: blobs, records: records)
            guard try await local.manifest(name) != nil else { throw RebaseRefusal.noImage(reference) }
            return try await body(
                try await reader.read(name, shownAs: reference, in: local), .init(repository: local, layers: blobs))
        case .layout(let folder, let name):
            let layout = try LayoutRepository(LayoutFolder(folder), path: folder)
            let asked = try name ?? layout.onlyImage().description
            return try await withScratch { scratch in
                try await body(try await reader.read(asked, shownAs: reference, in: layout), .init(repository: layout, layers: scratch))
            }
        case .archive(let file, let name):
            let layout = try LayoutRepository(LayoutArchive(file), path: file)
            let asked = try name ?? layout.onlyImage().description
            return try await withScratch { scratch in
                try await body(try await reader.read(asked, shownAs: reference, in: layout), .init(repository: layout, layers: scratch))
            }
        case .registry(let text) where Self.isOwn(text, records):
            // `team/app:1` has a slash, as registries' names have; what this store has under the name is meant.
            let (repository, name) = Self.split(text)
            let local = LocalRepository(repository, blobs: blobs, records: records)
            guard try await local.manifest(name) != nil else { throw RebaseRefusal.noImage(reference) }
            return try await body(
                try await reader.read(name, shownAs: reference, in: local), .init(repository: local, layers: blobs))
        case .registry(let text):
            return try await LiveTransport.with(try Network.settings(environment)) { transport in
                let remote = try Remote(text, transport: transport, environment: environment)
                let repository = remote.client.repository(remote.repository)
                return try await withScratch { scratch in
                    try await body(
                        try await reader.read(remote.reference ?? "latest", shownAs: reference, in: repository),
                        .init(repository: repository, layers: scratch))
                }
            }
        }
    }

    func withScratch<Result: Sendable>(_ body: (FileBlobStore) async throws -> Result) async throws -> Result {
        let parent = Workshop.toolbox(environment).temporary
        ScratchFolder.sweep(parent)
        return try await ScratchFolder.with(in: parent, named: "ashlar-rebase") { folder in
            try await body(try FileBlobStore(folder: folder.path))
        }
    }

    /// Whether a name without a host is one of this store's repositories.
    static func isOwn(_ text: String, _ records: RecordStore) -> Bool {
        let (repository, _) = split(text)
        guard !text.contains("://"), let first = text.split(separator: "/").first, !first.contains("."), !first.contains(":"),
            first != "localhost"
        else { return false }
        return (try? records.hasRepository(repository)) == true
    }

    /// `team/app:1` as repository and tag or digest.
    static func split(_ text: String) -> (repository: String, name: String) {
        if let at = text.firstIndex(of: "@") { return (String(text[..<at]), String(text[text.index(after: at)...])) }
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
            return (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
        return (text, "latest")
    }
}
