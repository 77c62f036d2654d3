// SPDX-License-Identifier: Apache-2.0
// https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-jws.md
// https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md
package import Base

/// A Notary Project signature of a manifest: a JWS in JSON form over the manifest's descriptor, with the signer's certificates.
package struct NotationEnvelope: Hashable, Sendable {
    /// Descriptor of what is signed.
    package struct Target: Hashable, Sendable {
        package var mediaType: String
        package var digest: Digest
        package var size: Int
        package init(mediaType: String, digest: Digest, size: Int) {
            self.mediaType = mediaType
            self.digest = digest
            self.size = size
        }
    }

    package var target: Target
    package var signingTime: Timestamp

    package static let mediaType = "application/jose+json"
    package static let artifactType = "application/vnd.cncf.notary.signature"
    package static let payloadType = "application/vnd.cncf.notary.payload.v1+json"
    /// A JSON array: SHA-256 of each certificate, leaf first.
    package static let thumbprintAnnotation = "io.cncf.notary.x509chain.thumbprint#S256"
    package static let limit = 8192

    private static let schemeHeader = "io.cncf.notary.signingScheme"
    private static let timeHeader = "io.cncf.notary.signingTime"

    package init(target: Target, signingTime: Timestamp) {
        self.target = target
        self.signingTime = signingTime
    }

    /// The bytes that are signed: protected header, dot, payload, both base64url (RFC 7515 section 5.1).
    package var signingInput: [UInt8] { Array((Base64URL.encode(protected) + "." + Base64URL.encode(payload)).utf8) }

    /// The whole envelope.
    ///
    /// - Parameters:
    ///   - signature: the 64 bytes of ES256 over `signingInput`.
    ///   - chain: DER certificates, leaf first.
    package func bytes(signature: [UInt8], chain: [[UInt8]], agent: String) -> [UInt8] {
        let json: JSON = [
            "header": [
                "io.cncf.notary.signingAgent": .string(agent), "x5c": .array(chain.map { .string(Base64.encode($0)) }),
            ],
            "payload": .string(Base64URL.encode(payload)), "protected": .string(Base64URL.encode(protected)),
            "signature": .string(Base64URL.encode(signature)),
        ]
        return json.canonicalBytes
    }

    package static func thumbprints(of chain: [[UInt8]]) -> String {
        JSON.array(chain.map { .string(Digest.sha256(of: $0).hex) }).canonicalText
    }

    /// Reads a signing input and accepts exactly what `signingInput` writes; returns the digest that would be signed.
    package static func target(ofSigningInput input: [UInt8]) throws(SigstoreError) -> Digest {
        func malformed(_ reason: String) -> SigstoreError { .malformedDocument(kind: "Notation signing input", reason: reason) }
        guard input.count <= limit, let text = String(validating: input, as: UTF8.self) else { throw malformed("it is not a short text") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let protected = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]) else {
            throw malformed("it is not two parts in base64url")
        }
        let header = try DocumentReader.json(protected, kind: "Notation header", limit: limit)
        let content = try DocumentReader.json(payload, kind: "Notation payload", limit: limit)
        guard header["cty"]?.string == payloadType else { throw malformed("its cty is not \(payloadType)") }
        guard let time = header[timeHeader]?.string.flatMap(Timestamp.init(rfc3339:)) else { throw malformed("it has no signing time") }
        guard let target = content["targetArtifact"], let mediaType = target["mediaType"]?.string,
            let digest = target["digest"]?.string.flatMap({ Digest($0) }), let size = target["size"]?.int, size >= 0
        else { throw malformed("its payload has no targetArtifact with mediaType, digest and size") }
        let envelope = NotationEnvelope(target: Target(mediaType: mediaType, digest: digest, size: size), signingTime: time)
        guard envelope.signingInput == input else {
            throw malformed("it is not the one canonical text for \(digest): another header, payload member or spelling")
        }
        return digest
    }

    private var protected: [UInt8] {
        let json: JSON = [
            "alg": "ES256", "cty": .string(Self.payloadType), "crit": [.string(Self.schemeHeader)],
            Self.schemeHeader: "notary.x509", Self.timeHeader: .string(signingTime.description),
        ]
        return json.canonicalBytes
    }
    private var payload: [UInt8] {
        let json: JSON = [
            "targetArtifact": [
                "digest": .string(target.digest.description), "mediaType": .string(target.mediaType), "size": JSON(target.size),
            ]
        ]
        return json.canonicalBytes
    }
}
