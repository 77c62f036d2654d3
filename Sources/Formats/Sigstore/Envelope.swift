// SPDX-License-Identifier: Apache-2.0
// https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
package import Base

/// A signed payload whose signature covers its type and length as well: DSSE v1.
package struct Envelope: Hashable, Sendable {
    package var payload: [UInt8]
    package var payloadType: String
    package var signatures: [EnvelopeSignature]

    package static let limit = 192 << 20

    package init(payload: [UInt8], payloadType: String, signatures: [EnvelopeSignature]) {
        self.payload = payload
        self.payloadType = payloadType
        self.signatures = signatures
    }

    /// The bytes that are signed.
    ///
    /// `DSSEv1 <length of type> <type> <length of payload> <payload>`, lengths in bytes as ASCII decimals.
    package static func preAuthenticationEncoding(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
    package var preAuthenticationEncoding: [UInt8] {
        Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
    }

    /// SHA-256 of the bytes that are signed, without joining them.
    package var signedDigest: Digest {
        var hasher = DigestHasher()
        hasher.update(Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8))
        hasher.update(payload)
        return hasher.finish()
    }

    /// Reads an envelope with 1 to 16 signatures. Nothing in the payload is looked at: verify first.
    package init(reading bytes: [UInt8]) throws(SigstoreError) {
        try self.init(json: DocumentReader.json(bytes, kind: Self.kind, limit: Self.limit))
    }

    init(json: JSON) throws(SigstoreError) {
        func malformed(_ reason: String) -> SigstoreError { .malformedDocument(kind: Self.kind, reason: reason) }
        guard let type = json["payloadType"]?.string else { throw malformed("payloadType is missing") }
        guard let text = json["payload"]?.string, let payload = Base64.decode(text) else { throw malformed("payload is not base64") }
        guard let listed = json["signatures"]?.array, (1...16).contains(listed.count) else {
            throw malformed("it does not hold 1 to 16 signatures")
        }
        var signatures: [EnvelopeSignature] = []
        for entry in listed {
            guard let text = entry["sig"]?.string, let signature = Base64.decode(text), signature.count <= 4096 else {
                throw malformed("a signature is not base64")
            }
            // Many write an empty one, which says nothing.
            let keyID = entry["keyid"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            signatures.append(EnvelopeSignature(signature: signature, keyID: keyID))
        }
        self.init(payload: payload, payloadType: type, signatures: signatures)
    }

    package var json: JSON {
        [
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": .array(
                signatures.map { signature in
                    var members: [String: JSON] = ["sig": .string(Base64.encode(signature.signature))]
                    if let keyID = signature.keyID, !keyID.isEmpty { members["keyid"] = .string(keyID) }
                    return .object(members)
                }),
        ]
    }
    package var canonicalBytes: [UInt8] { json.canonicalBytes }

    private static let kind = "DSSE envelope"
}

package struct EnvelopeSignature: Hashable, Sendable {
    /// DER, for ECDSA.
    package var signature: [UInt8]
    /// A hint that nobody vouches for.
    package var keyID: String?
    package init(signature: [UInt8], keyID: String? = nil) {
        self.signature = signature
        self.keyID = keyID
    }
}
