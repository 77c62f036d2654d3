// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md and image-index.md
package import Base

/// What a registry has to know of a manifest that somebody sends: what it is, what it needs, what it is about.
///
/// Reads OCI manifests and indexes and Docker's schema 2 of both. Members we do not know are left alone, since the bytes are
/// kept as they are.
package struct PushedManifest: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case image, index }

    /// A descriptor inside the manifest.
    package struct Reference: Hashable, Sendable {
        package let address: ContentAddress
        /// The content may lie elsewhere: a layer that says from where (`urls`).
        package let mayBeElsewhere: Bool
    }

    package let kind: Kind
    package let mediaType: String
    /// Under which referrers are listed: the artifact type, else, for a manifest, the configuration's media type.
    package let artifactType: String?
    package let subject: ContentAddress?
    package let annotations: [String: String]
    /// Configuration and layers, or the manifests of an index.
    package let references: [Reference]

    /// Manifests of this many bytes are taken (distribution-spec 1.1.1 "Pushing Manifests").
    package static let limit = 4 << 20
    // A descriptor has about ten of these; the bound keeps a small text from becoming a large tree.
    private static let tokenLimit = 200_000
    private static let kindName = "manifest"

    /// - Parameter contentType: what the sender says it is; nil when nothing was said.
    package init(reading bytes: [UInt8], as contentType: String?) throws(OCIError) {
        let json = try Self.parse(bytes)
        guard json["schemaVersion"]?.int == 2 else {
            throw .malformedDocument(
                kind: Self.kindName,
                reason: json["schemaVersion"]?.int == 1
                    ? "schemaVersion 1 is not taken; push with a client that writes schema 2 or OCI manifests" : "schemaVersion is not 2")
        }
        let inside = try Self.text("mediaType", of: json)
        let said = contentType.map { String($0.prefix { $0 != ";" && $0 != " " }) }.flatMap { $0.isEmpty ? nil : $0 }
        guard let type = said ?? inside else {
            throw .malformedDocument(kind: Self.kindName, reason: "neither Content-Type nor mediaType says what it is")
        }
        if let inside, inside != type { throw .unexpectedMediaType(kind: Self.kindName, expected: type, found: inside) }
        mediaType = type
        switch type {
        case MediaType.manifest, MediaType.dockerManifest:
            kind = .image
            try Self.refuse(["manifests"], of: json)
            guard let config = json["config"], let layers = json["layers"]?.array else {
                throw .malformedDocument(kind: Self.kindName, reason: "config or layers are missing")
            }
            references = try Self.references([config] + layers)
            let (own, fromConfig) = (try Self.text("artifactType", of: json), try Self.text("mediaType", of: config))
            artifactType = own ?? fromConfig
        case MediaType.index, MediaType.dockerManifestList:
            kind = .index
            try Self.refuse(["config", "layers"], of: json)
            guard let manifests = json["manifests"]?.array else {
                throw .malformedDocument(kind: Self.kindName, reason: "manifests are missing")
            }
            references = try Self.references(manifests)
            artifactType = try Self.text("artifactType", of: json)
        default:
            throw .unexpectedMediaType(kind: Self.kindName, expected: "\(MediaType.manifest) or \(MediaType.index)", found: type)
        }
        if let about = json["subject"], !about.isNull { subject = try Self.reference(about).address } else { subject = nil }
        annotations = try Self.annotations(of: json)
    }

    private static func parse(_ bytes: [UInt8]) throws(OCIError) -> JSON {
        guard bytes.count <= limit else { throw .documentTooLarge(kind: kindName, limit: limit, found: bytes.count) }
        let tokens = bytes.count { $0 == 0x2C || $0 == 0x5B || $0 == 0x7B }
        guard tokens <= tokenLimit else {
            throw .malformedDocument(kind: kindName, reason: "it has more than \(tokenLimit) members")
        }
        do {
            let json = try JSON.parse(bytes, limit: limit)
            guard json.object != nil else { throw OCIError.malformedDocument(kind: kindName, reason: "it is not an object") }
            return json
        } catch let error as JSONError {
            throw .malformedDocument(kind: kindName, reason: error.diagnosis.summary)
        } catch let error as OCIError {
            throw error
        } catch {
            throw .malformedDocument(kind: kindName, reason: "it cannot be read")
        }
    }

    /// CVE-2021-41190: what one reader takes for an image another must not take for an index.
    private static func refuse(_ members: [String], of json: JSON) throws(OCIError) {
        for member in members where json[member].map({ !$0.isNull }) == true {
            throw .malformedDocument(
                kind: kindName, reason: "it has the member '\(member)', which belongs to another kind of document than its media type says")
        }
    }

    private static func references(_ descriptors: [JSON]) throws(OCIError) -> [Reference] {
        var references: [Reference] = []
        for descriptor in descriptors { references.append(try reference(descriptor)) }
        return references
    }

    private static func reference(_ json: JSON) throws(OCIError) -> Reference {
        guard let text = json["digest"]?.string, let address = ContentAddress(text) else {
            let found = json["digest"]?.string.map { "'\($0.prefix(100))'" } ?? "none"
            throw .malformedDocument(kind: kindName, reason: "a descriptor needs a sha256 or sha512 digest, found \(found)")
        }
        guard let size = json["size"]?.int, size >= 0, json["mediaType"]?.string != nil else {
            throw .malformedDocument(kind: kindName, reason: "the descriptor of \(address) lacks its media type or size")
        }
        return Reference(address: address, mayBeElsewhere: json["urls"]?.array?.isEmpty == false)
    }

    private static func text(_ member: String, of json: JSON) throws(OCIError) -> String? {
        guard let value = json[member], !value.isNull else { return nil }
        guard let text = value.string else { throw .malformedDocument(kind: kindName, reason: "\(member) is not a text") }
        guard isFieldValue(text) else { throw .malformedDocument(kind: kindName, reason: "\(member) is not a media type") }
        return text.isEmpty ? nil : text
    }

    // It is sent as a header again.
    private static func isFieldValue(_ text: String) -> Bool {
        text.utf8.count <= 255 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func annotations(of json: JSON) throws(OCIError) -> [String: String] {
        guard let value = json["annotations"], !value.isNull else { return [:] }
        guard let members = value.object else { throw .malformedDocument(kind: kindName, reason: "annotations are not an object") }
        var annotations: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.string else {
                throw .malformedDocument(kind: kindName, reason: "the annotation '\(key.prefix(100))' is not a text")
            }
            annotations[key] = text
        }
        return annotations
    }
}
