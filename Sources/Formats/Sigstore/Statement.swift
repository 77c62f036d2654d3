// SPDX-License-Identifier: Apache-2.0
// https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
package import Base

/// A claim about artifacts that are named by their digests.
package struct Statement: Hashable, Sendable, Codable {
    /// `_type`.
    package var type: String
    package var subject: [ResourceDescriptor]
    package var predicateType: String
    package var predicate: JSON

    package static let v1 = "https://in-toto.io/Statement/v1"
    /// What cosign writes for attestations; read, never written here.
    package static let v01 = "https://in-toto.io/Statement/v0.1"
    package static let payloadType = "application/vnd.in-toto+json"
    package static let limit = 128 << 20

    package init(subject: [ResourceDescriptor], predicateType: String, predicate: JSON) {
        type = Self.v1
        self.subject = subject
        self.predicateType = predicateType
        self.predicate = predicate
    }

    /// Reads a statement of version 1 or 0.1; members that are not known are ignored, as the specification demands.
    package init(reading payload: [UInt8]) throws(SigstoreError) {
        let json = try DocumentReader.json(payload, kind: "in-toto statement", limit: Self.limit)
        self = try DocumentReader.decode(Statement.self, kind: "in-toto statement", from: json)
        guard type == Self.v1 || type == Self.v01 else {
            throw .malformedDocument(kind: "in-toto statement", reason: "its _type is '\(type.prefix(80))'")
        }
        guard !subject.isEmpty else { throw .malformedDocument(kind: "in-toto statement", reason: "it has no subject") }
    }

    /// Whether the statement is about these bytes. Names of subjects do not matter.
    package func isAbout(_ digest: Digest) -> Bool { subject.contains { $0.digest?["sha256"] == digest.hex } }

    package func canonicalBytes() throws -> [UInt8] { try CanonicalJSON.encode(self) }

    private enum CodingKeys: String, CodingKey {
        case subject, predicateType, predicate
        case type = "_type"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        subject = try container.decode([ResourceDescriptor].self, forKey: .subject)
        predicateType = try container.decode(String.self, forKey: .predicateType)
        predicate = try container.decodeIfPresent(JSON.self, forKey: .predicate) ?? .object([:])
    }
}

/// An artifact or a dependency: in-toto ResourceDescriptor v1.
package struct ResourceDescriptor: Hashable, Sendable, Codable {
    package var name: String?
    package var uri: String?
    /// Algorithm -> lower-case hexadecimal: `sha256`, `gitCommit`.
    package var digest: [String: String]?
    package var mediaType: String?
    package var downloadLocation: String?
    package var annotations: [String: JSON]?

    package init(
        name: String? = nil, uri: String? = nil, digest: [String: String]? = nil, mediaType: String? = nil,
        downloadLocation: String? = nil, annotations: [String: JSON]? = nil
    ) {
        self.name = name
        self.uri = uri
        self.digest = digest
        self.mediaType = mediaType
        self.downloadLocation = downloadLocation
        self.annotations = annotations
    }

    package init(name: String? = nil, uri: String? = nil, sha256 digest: Digest) {
        self.init(name: name, uri: uri, digest: ["sha256": digest.hex])
    }
}
