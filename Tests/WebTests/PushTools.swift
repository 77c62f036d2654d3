// SPDX-License-Identifier: Apache-2.0
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
import Testing

@testable import Web

/// A registry that takes pushes, over the synthetic store's catalog, and a client that speaks to it in process.
struct PushRegistry {
    let store: SyntheticStore
    let server: CatalogServer

    init(
        limits: UploadFolder.Limits = .init(), anonymous: [String] = ["**:pull,push,delete"],
        clock: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: 1_764_000_100) }
    ) throws {
        try self.init(on: SyntheticStore(layerSize: 300_000), limits: limits, anonymous: anonymous, clock: clock)
    }

    /// Another server on a store, that knows nothing of the memory of others.
    init(
        on store: SyntheticStore, limits: UploadFolder.Limits = .init(), anonymous: [String] = ["**:pull,push,delete"],
        isOfCatalog: @escaping @Sendable (String) -> Bool = { _ in false },
        clock: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: 1_764_000_100) }
    ) throws {
        self.store = store
        var settings = CatalogServer.Settings(host: "127.0.0.1", port: 0)
        settings.uploads = try UploadFolder(store: store.blobs, limits: limits)
        settings.isOfCatalog = isOfCatalog
        settings.access = try .open()
        settings.access?.anonymous = anonymous.compactMap { Grant($0) }
        server = try CatalogServer(
            records: try RecordStore(folder: store.scratch.path, access: .serving), blobs: store.blobs, settings: settings,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: clock)
    }

    func ask(
        _ method: HTTPRequest.Method, _ uri: String, _ body: [UInt8]? = nil, _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await server.application.test(.router) {
            try await $0.executeRequest(uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
        }
    }

    func get(_ uri: String) async throws -> TestResponse { try await ask(.get, uri) }

    /// The address of a new upload.
    func begin(_ repository: String, _ query: String = "") async throws -> String {
        let response = try await ask(.post, "/v2/\(repository)/blobs/uploads/\(query)")
        #expect(response.status == .accepted)
        return try #require(response.headers[.location])
    }

    @discardableResult
    func push(blob bytes: [UInt8], to repository: String, as address: ContentAddress? = nil) async throws -> TestResponse {
        let address = address ?? .sha256(.sha256(of: bytes))
        let response = try await ask(.put, "\(try await begin(repository))?digest=\(address)", bytes)
        #expect(response.status == .created)
        return response
    }

    /// Pushes a configuration, a layer and a manifest of them; returns the manifest's bytes.
    @discardableResult
    func push(image name: String, to repository: String, tag: String? = nil, subject: JSON? = nil, type: String? = nil) async throws
        -> [UInt8]
    {
        let (config, layer) = (Array(#"{"name":"\#(name)"}"#.utf8), Array("layer of \(name)".utf8))
        try await push(blob: config, to: repository)
        try await push(blob: layer, to: repository)
        let bytes = Push.manifest(config: config, layers: [layer], subject: subject, type: type)
        let reference = tag ?? Digest.sha256(of: bytes).description
        let response = try await ask(.put, "/v2/\(repository)/manifests/\(reference)", bytes, [.contentType: MediaType.manifest])
        #expect(response.status == .created, "\(response.text)")
        return bytes
    }
}

enum Push {
    static func descriptor(_ bytes: [UInt8], _ type: String, _ address: ContentAddress? = nil) -> JSON {
        let address = address ?? .sha256(.sha256(of: bytes))
        return ["mediaType": JSON(type), "digest": JSON(address.description), "size": JSON(bytes.count)]
    }

    static func manifest(
        config: [UInt8], layers: [[UInt8]], subject: JSON? = nil, type: String? = nil, mediaType: String = MediaType.manifest,
        annotations: [String: String] = [:]
    ) -> [UInt8] {
        var members: [String: JSON] = [
            "schemaVersion": 2, "mediaType": JSON(mediaType),
            "config": descriptor(config, type == nil ? MediaType.config : MediaType.empty),
            "layers": .array(layers.map { descriptor($0, MediaType.layerTar) }),
        ]
        if let subject { members["subject"] = subject }
        if let type { members["artifactType"] = JSON(type) }
        if !annotations.isEmpty { members["annotations"] = JSON(annotations) }
        return JSON.object(members).canonicalBytes
    }

    static func index(of manifests: [[UInt8]], mediaType: String = MediaType.index, more: [String: JSON] = [:]) -> [UInt8] {
        JSON.object(
            [
                "schemaVersion": 2, "mediaType": JSON(mediaType),
                "manifests": .array(manifests.map { descriptor($0, MediaType.manifest) }),
            ].merging(more) { $1 }
        ).canonicalBytes
    }
}
