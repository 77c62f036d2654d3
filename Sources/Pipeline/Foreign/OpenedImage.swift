// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Inspect
import OCI

/// An image whose manifest and configuration were read, and whose layers can be.
package struct OpenedImage: Sendable {
    enum LayerPlace: Sendable {
        /// Bytes that lie on this disk, and the digest they must have; nil where the format names none.
        case mapped(MappedPiece, expected: Digest?)
        /// Bytes that have to be fetched.
        case remote(Descriptor, any RepositoryReader)
    }
    var subject: ForeignSubject
    var ports: [String]
    var layers: [LayerPlace]
    /// What made each layer, lowest first; empty when the configuration does not say.
    var commands: [String?]

    /// A layer that has to be held in memory because it comes over the network.
    static let remoteLimit = 4 << 30

    /// Reads every layer, two at once, each held against its digest before anything in it is believed.
    package func inspect(with inspector: Inspector) async throws -> ForeignInventory {
        guard layers.count <= inspector.limits.layers else { throw InspectError.tooMany(what: "layers", limit: inspector.limits.layers) }
        let allowance = InspectionAllowance(inspector.limits)
        let scanned = try await layers.enumerated().map { ($0, $1) }.concurrentMap(limit: 2) { number, place in
            try await Self.scan(place, number: number, with: inspector, sharing: allowance)
        }
        var inventory = try inspector.inventory(of: scanned, as: subject, ports: ports)
        for index in inventory.layers.indices where commands.indices.contains(index) { inventory.layers[index].createdBy = commands[index] }
        return inventory
    }

    static func scan(
        _ place: LayerPlace, number: Int, with inspector: Inspector, sharing allowance: InspectionAllowance
    ) async throws -> ScannedLayer {
        switch place {
        case .mapped(let piece, let expected):
            return try piece.withUnsafeBytes { bytes in
                let found = Digest.sha256(of: bytes)
                if let expected, found != expected { throw OCIError.digestMismatch(expected: expected, found: found) }
                var layer = try inspector.scan(bytes, number: number, sharing: allowance)
                layer.digest = found
                return layer
            }
        case .remote(let descriptor, let repository):
            guard descriptor.size <= remoteLimit else {
                throw InspectError.tooMany(what: "bytes in a layer that is fetched", limit: remoteLimit)
            }
            guard let bytes = try await repository.blob(descriptor.digest, limit: descriptor.size) else {
                throw InspectError.malformed(what: "the layer \(descriptor.digest)", reason: "nothing where the image lies")
            }
            try descriptor.check(bytes)
            return try bytes.withUnsafeBytes { raw in
                var layer = try inspector.scan(raw, number: number, sharing: allowance)
                layer.digest = descriptor.digest
                return layer
            }
        }
    }
}
