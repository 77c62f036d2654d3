// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import Inspect
import OCI
import Pipeline
import Publish
import Records
import Transport

/// Where the image that is to be looked at lies, as people write it: all that `verify` takes, archives of `docker save`, and folders.
enum InspectTarget: Hashable {
    case image(VerifyTarget)
    /// `docker-archive:FILE[:TAG]`, or a `.tar` that turns out to be one.
    case dockerArchive(file: String, name: String?)
    /// `dir:PATH`, or the path of a folder without a file `oci-layout`: a root file system.
    case folder(String)

    init(_ text: String, exists: (String) -> VerifyTarget.FileKind? = VerifyTarget.FileKind.init) throws {
        if text.hasPrefix("dir:") {
            self = .folder(String(text.dropFirst(4)))
        } else if text.hasPrefix("docker-archive:") {
            let rest = String(text.dropFirst(15))
            // A path may hold colons itself.
            if exists(rest) != nil {
                self = .dockerArchive(file: rest, name: nil)
            } else if let colon = rest.firstIndex(of: ":") {
                self = .dockerArchive(file: String(rest[..<colon]), name: String(rest[rest.index(after: colon)...]))
            } else {
                self = .dockerArchive(file: rest, name: nil)
            }
        } else if exists(text) == .folder, exists(text + "/oci-layout") == nil, text.contains("/") || text == "." {
            self = .folder(text)
        } else {
            self = .image(try VerifyTarget(text, exists: exists))
        }
    }
}

/// Looks at one image, wherever it lies.
struct ImageInspection {
    let settings: Settings
    let environment: [String: String]
    let platform: String?

    func inventory(_ reference: String) async throws -> ForeignInventory {
        let opener = ImageOpener(platform: platform, reference: reference)
        let inspector = Inspector()
        switch try InspectTarget(reference) {
        case .folder(let path): return try FolderInspection(path).inventory(reference: reference)
        case .dockerArchive(let file, let name):
            return try await opener.open(archive: DockerArchive(file), name).inspect(with: inspector)
        case .image(.archive(let file, let name)):
            let docker = try DockerArchive(file)
            if docker.isDocker { return try await opener.open(archive: docker, name).inspect(with: inspector) }
            return try await opener.open(layout: LayoutRepository(LayoutArchive(file), path: file), name).inspect(with: inspector)
        case .image(.layout(let folder, let name)):
            return try await opener.open(layout: LayoutRepository(LayoutFolder(folder), path: folder), name).inspect(with: inspector)
        case .image(.store(let repository, let name)):
            let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let known = try Digest(name) != nil || records.digest(ofTag: name, in: repository) != nil
            let asked = try known ? name : Published.find(reference, in: records).index.description
            let local = LocalRepository(repository, blobs: blobs, records: records)
            guard try await local.manifest(asked) != nil else { throw try Published.unknown(reference, in: records) }
            return try await opener.open(asked, in: local) { digest in
                try blobs.contains(digest) ? MappedPiece(try blobs.map(digest)) : nil
            }.inspect(with: inspector)
        case .image(.registry(let text)):
            return try await LiveTransport.with(try Network.settings(environment)) { transport in
                let remote = try Remote(text, transport: transport, environment: environment)
                return try await opener.open(remote.reference ?? "latest", in: remote.client.repository(remote.repository))
                    .inspect(with: inspector)
            }
        }
    }
}
