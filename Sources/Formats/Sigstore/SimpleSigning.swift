// SPDX-License-Identifier: Apache-2.0
// https://github.com/containers/image/blob/main/docs/containers-signature.5.md
package import Base

/// What a legacy cosign signature signs: that a manifest's digest belongs to a name.
package struct SimpleSigning: Hashable, Sendable {
    /// The repository the signer meant: cosign shows it and does not compare it; podman may.
    package var dockerReference: String
    package var digest: Digest
    package var optional: [String: JSON]

    package static let type = "cosign container image signature"
    package static let limit = 1 << 20

    package init(dockerReference: String, digest: Digest, optional: [String: JSON] = [:]) {
        self.dockerReference = dockerReference
        self.digest = digest
        self.optional = optional
    }

    /// Reads a payload whose signature was checked.
    package init(reading bytes: [UInt8]) throws(SigstoreError) {
        let kind = "simple signing payload"
        let json = try DocumentReader.json(bytes, kind: kind, limit: Self.limit)
        guard let critical = json["critical"], critical["type"]?.string == Self.type else {
            throw .malformedDocument(kind: kind, reason: "critical.type is not '\(Self.type)'")
        }
        // A reader that does not know a critical member must refuse it.
        try DocumentReader.allow(["identity", "image", "type"], in: critical, kind: kind)
        guard let text = critical["image"]?["docker-manifest-digest"]?.string, let digest = Digest(text) else {
            throw .malformedDocument(kind: kind, reason: "critical.image.docker-manifest-digest is not a digest")
        }
        self.init(
            dockerReference: critical["identity"]?["docker-reference"]?.string ?? "", digest: digest,
            optional: json["optional"]?.object ?? [:])
    }

    package var canonicalBytes: [UInt8] {
        let json: JSON = [
            "critical": [
                "identity": ["docker-reference": .string(dockerReference)],
                "image": ["docker-manifest-digest": .string(digest.description)],
                "type": .string(Self.type),
            ],
            "optional": optional.isEmpty ? .null : .object(optional),
        ]
        return json.canonicalBytes
    }
}
