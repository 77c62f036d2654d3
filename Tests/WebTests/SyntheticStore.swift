// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OCI
import Records
import TestKit

@testable import Web

/// A store with one repository, made by writing blobs and one publication: an index over one image and two referrers of it.
struct SyntheticStore {
    let scratch: TestFolder
    let blobs: FileBlobStore
    let records: RecordStore
    let layer: [UInt8]
    let layerDigest: Digest
    let configDigest: Digest
    let manifest: [UInt8]
    let index: [UInt8]
    let sbom: Digest
    let signature: Digest
    var manifestDigest: Digest { .sha256(of: manifest) }
    var indexDigest: Digest { .sha256(of: index) }

    static let name = "team/python"

    init(layerSize: Int = 700_000) throws {
        scratch = try TestFolder()
        blobs = try FileBlobStore(folder: scratch.path)
        records = try RecordStore(folder: scratch.path)
        layer = (0..<layerSize).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        layerDigest = try blobs.write(layer)
        let config = JSON.object([
            "architecture": "amd64", "os": "linux", "rootfs": ["type": "layers", "diff_ids": [JSON(layerDigest.description)]],
            "config": ["User": "65532:65532"],
        ]).canonicalBytes
        configDigest = try blobs.write(config)
        manifest = Self.manifest(
            config: (MediaType.config, configDigest, config.count), layers: [(MediaType.layerTar, layerDigest, layerSize)])
        let manifestDigest = try blobs.write(manifest)
        let platform: JSON = ["architecture": "amd64", "os": "linux"]
        index =
            JSON.object([
                "schemaVersion": 2, "mediaType": JSON(MediaType.index),
                "manifests": [
                    [
                        "mediaType": JSON(MediaType.manifest), "digest": JSON(manifestDigest.description), "size": JSON(manifest.count),
                        "platform": platform,
                    ]
                ],
            ]).canonicalBytes
        let indexDigest = try blobs.write(index)

        let empty = try blobs.write(Array("{}".utf8))
        let (blobs, subject) = (blobs, (manifestDigest, manifest.count))
        func referrer(_ type: String, _ text: String, _ annotations: [String: String]) throws -> (Publication.Manifest, Digest) {
            let document = try blobs.write(Array(text.utf8))
            let bytes = Self.manifest(
                config: (MediaType.empty, empty, 2), layers: [(type, document, text.utf8.count)], subject: subject,
                artifactType: type, annotations: annotations)
            let digest = try blobs.write(bytes)
            let manifest = Publication.Manifest(
                digest: digest, mediaType: MediaType.manifest, size: bytes.count, subject: subject.0, artifactType: type,
                annotations: annotations, references: [empty, document])
            return (manifest, digest)
        }
        let (sbomManifest, sbom) = try referrer(
            MediaType.sigstoreBundle, #"{"sbom":1}"#, ["dev.sigstore.bundle.predicateType": "https://spdx.dev/Document"])
        let (signatureManifest, signature) = try referrer("application/vnd.test.signature", #"{"signature":1}"#, [:])
        (self.sbom, self.signature) = (sbom, signature)

        let release = Release(
            repository: Self.name, stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r1", tags: ["3.13", "latest"], index: indexDigest,
            platforms: [
                ReleasePlatform(
                    platform: .amd64, manifest: manifestDigest, compressedSize: 23_449_000, unpackedSize: 61_000_000, packageCount: 14,
                    contractPassed: 3, contractFailed: 1, contractNotRun: 0)
            ], created: Timestamp(seconds: 1_764_000_000), title: "Python <runtime>", summary: "The language & its library.",
            endOfLife: "2029-10-31", lock: .sha256(of: "lock"))
        try records.apply(
            Publication(
                repository: Self.name,
                manifests: [
                    .init(
                        digest: manifestDigest, mediaType: MediaType.manifest, size: manifest.count,
                        references: [configDigest, layerDigest]),
                    .init(digest: indexDigest, mediaType: MediaType.index, size: index.count, references: [manifestDigest]),
                    sbomManifest, signatureManifest,
                ],
                tags: ["3.13": indexDigest, "latest": indexDigest, "3.13.5-r1": indexDigest, "amd64": manifestDigest],
                immutableTags: ["3.13.5-r1"], release: release))
        // A second repository that holds nothing of the first.
        let other = Publication(
            repository: "other", manifests: [.init(digest: manifestDigest, mediaType: MediaType.manifest, size: manifest.count)],
            tags: ["only-manifest": manifestDigest])
        try records.apply(other)
    }

    static func manifest(
        config: (String, Digest, Int), layers: [(String, Digest, Int)], subject: (Digest, Int)? = nil, artifactType: String? = nil,
        annotations: [String: String] = [:]
    ) -> [UInt8] {
        func descriptor(_ type: String, _ digest: Digest, _ size: Int) -> JSON {
            ["mediaType": JSON(type), "digest": JSON(digest.description), "size": JSON(size)]
        }
        var members: [String: JSON] = [
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": descriptor(config.0, config.1, config.2),
            "layers": .array(layers.map { descriptor($0.0, $0.1, $0.2) }),
        ]
        if let subject { members["subject"] = descriptor(MediaType.manifest, subject.0, subject.1) }
        if let artifactType { members["artifactType"] = JSON(artifactType) }
        if !annotations.isEmpty { members["annotations"] = JSON(annotations) }
        return JSON.object(members).canonicalBytes
    }

    func server(publicKey: [UInt8]? = Array("-----BEGIN PUBLIC KEY-----\n".utf8), publicName: String? = nil) throws -> CatalogServer {
        try CatalogServer(
            records: records, blobs: blobs, settings: .init(host: "127.0.0.1", port: 0, publicKey: publicKey, publicName: publicName),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    func ask(_ uri: String, server: CatalogServer? = nil) async throws -> TestResponse { try await ask(.get, uri, [:], server: server) }

    func ask(
        _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields = [:], server: CatalogServer? = nil
    ) async throws -> TestResponse {
        let application = try (server ?? self.server()).application
        return try await application.test(.router) { try await $0.executeRequest(uri: uri, method: method, headers: headers, body: nil) }
    }
}

extension TestResponse {
    var bytes: [UInt8] { Array(body.readableBytesView) }
    var text: String { String(buffer: body) }
    var json: JSON? { try? JSON.parse(bytes) }
    var errorCode: String? { json?["errors"]?[0]?["code"]?.string }
}
