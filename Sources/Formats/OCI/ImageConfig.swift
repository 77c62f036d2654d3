// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
package import Base

/// How a container of the image is to be run, and which layers make up its root.
package struct ImageConfig: Hashable, Sendable, Codable {
    package var created: Timestamp?
    package var author: String?
    package var architecture: String
    package var os: String
    package var variant: String?
    package var config: RuntimeConfig?
    package var rootfs: RootFilesystem
    /// One entry for each layer, lowest first; entries with `emptyLayer` stand for none.
    package var history: [HistoryEntry]?

    package static let limit = 4 << 20

    /// Describes an image for a platform. History is empty or has one entry for each layer.
    package init(
        platform: Platform, created: Timestamp?, author: String? = nil, config: RuntimeConfig, diffIDs: [Digest],
        history: [HistoryEntry] = []
    ) throws(OCIError) {
        self.created = created
        self.author = author
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
        self.config = config
        rootfs = RootFilesystem(diffIDs: diffIDs)
        self.history = history.isEmpty ? nil : history
        try checkHistory()
    }

    /// Describes layers that are not for a platform: the configuration cosign writes for signatures and attestations.
    package init(forLayers diffIDs: [Digest], created: Timestamp?) {
        self.created = created
        architecture = ""
        os = ""
        config = RuntimeConfig()
        rootfs = RootFilesystem(diffIDs: diffIDs)
        history = diffIDs.map { _ in HistoryEntry(created: created) }
    }

    package init(reading bytes: [UInt8]) throws(OCIError) {
        let kind = "image configuration"
        let (config, _) = try DocumentReader.read(ImageConfig.self, kind: kind, from: bytes, limit: Self.limit)
        guard config.rootfs.type == "layers" else {
            throw .malformedDocument(kind: kind, reason: "rootfs.type is '\(config.rootfs.type.prefix(40))', not 'layers'")
        }
        try config.checkHistory()
        self = config
    }

    private func checkHistory() throws(OCIError) {
        guard let history, !history.isEmpty else { return }
        let filled = history.count { $0.emptyLayer != true }
        guard filled == rootfs.diffIDs.count else { throw .historyMismatch(history: filled, diffIDs: rootfs.diffIDs.count) }
    }

    /// The canonical bytes with their descriptor.
    package func content() throws -> Content { Content(try CanonicalJSON.encode(self), mediaType: MediaType.config) }
}

package struct RootFilesystem: Hashable, Sendable, Codable {
    package var type: String
    /// Digests of the uncompressed layers, lowest first.
    package var diffIDs: [Digest]
    package init(diffIDs: [Digest]) {
        type = "layers"
        self.diffIDs = diffIDs
    }
    private enum CodingKeys: String, CodingKey {
        case type
        case diffIDs = "diff_ids"
    }
}

package struct HistoryEntry: Hashable, Sendable, Codable {
    package var created: Timestamp?
    package var author: String?
    package var createdBy: String?
    package var comment: String?
    package var emptyLayer: Bool?
    package init(
        created: Timestamp? = nil, author: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil
    ) {
        self.created = created
        self.author = author
        self.createdBy = createdBy
        self.comment = comment
        self.emptyLayer = emptyLayer
    }
    private enum CodingKeys: String, CodingKey {
        case created, author, comment
        case createdBy = "created_by"
        case emptyLayer = "empty_layer"
    }
}

/// The `config` object: defaults for a container. Empty values are left out.
package struct RuntimeConfig: Hashable, Sendable, Codable {
    package var user: String?
    /// `80/tcp`, sorted when written.
    package var exposedPorts: Set<String>?
    /// `NAME=value`.
    package var environment: [String]?
    package var entrypoint: [String]?
    package var command: [String]?
    package var volumes: Set<String>?
    package var workingDirectory: String?
    package var labels: [String: String]?
    package var stopSignal: String?

    package init(
        user: String? = nil, exposedPorts: Set<String> = [], environment: [String] = [], entrypoint: [String] = [],
        command: [String] = [], volumes: Set<String> = [], workingDirectory: String? = nil, labels: [String: String] = [:],
        stopSignal: String? = nil
    ) {
        self.user = user
        self.exposedPorts = exposedPorts.isEmpty ? nil : exposedPorts
        self.environment = environment.isEmpty ? nil : environment
        self.entrypoint = entrypoint.isEmpty ? nil : entrypoint
        self.command = command.isEmpty ? nil : command
        self.volumes = volumes.isEmpty ? nil : volumes
        self.workingDirectory = workingDirectory
        self.labels = labels.isEmpty ? nil : labels
        self.stopSignal = stopSignal
    }

    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case environment = "Env"
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case volumes = "Volumes"
        case workingDirectory = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        exposedPorts = try container.decodeIfPresent([String: JSON].self, forKey: .exposedPorts).map { Set($0.keys) }
        environment = try container.decodeIfPresent([String].self, forKey: .environment)
        entrypoint = try container.decodeIfPresent([String].self, forKey: .entrypoint)
        command = try container.decodeIfPresent([String].self, forKey: .command)
        volumes = try container.decodeIfPresent([String: JSON].self, forKey: .volumes).map { Set($0.keys) }
        workingDirectory = try container.decodeIfPresent(String.self, forKey: .workingDirectory)
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels)
        stopSignal = try container.decodeIfPresent(String.self, forKey: .stopSignal)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(exposedPorts.map(Self.asSet), forKey: .exposedPorts)
        try container.encodeIfPresent(environment, forKey: .environment)
        try container.encodeIfPresent(entrypoint, forKey: .entrypoint)
        try container.encodeIfPresent(command, forKey: .command)
        try container.encodeIfPresent(volumes.map(Self.asSet), forKey: .volumes)
        try container.encodeIfPresent(workingDirectory, forKey: .workingDirectory)
        try container.encodeIfPresent(labels, forKey: .labels)
        try container.encodeIfPresent(stopSignal, forKey: .stopSignal)
    }

    // Sets are written as objects with empty objects as values, as Go writes map[string]struct{}.
    private static func asSet(_ members: Set<String>) -> [String: [String: String]] {
        Dictionary(uniqueKeysWithValues: members.map { ($0, [:]) })
    }
}
