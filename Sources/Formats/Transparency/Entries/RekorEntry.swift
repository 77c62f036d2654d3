// SPDX-License-Identifier: Apache-2.0
// https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor/v2/entry.proto
package import Base

/// What the log keeps of a signature: the digest of what was signed, the signature, the key. The body of a Rekor v2 entry.
///
/// Everything is written as `hashedrekord`. For an in-toto statement the digest is of its DSSE pre-authentication encoding, the
/// bytes that the signature covers: so clients of Rekor v2 make the entry again from a bundle and compare.
package struct RekorEntry: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case hashedrekord
        /// Older logs; the digest is of the payload. Read, never written.
        case dsse
    }

    package var kind: Kind
    package var digest: Digest
    /// DER, for ECDSA.
    package var signature: [UInt8]
    /// DER SubjectPublicKeyInfo.
    package var publicKeyDER: [UInt8]

    package static let version = "0.0.2"
    static let keyDetails = "PKIX_ECDSA_P256_SHA_256"

    package init(digest: Digest, signature: [UInt8], publicKeyDER: [UInt8]) {
        kind = .hashedrekord
        self.digest = digest
        self.signature = signature
        self.publicKeyDER = publicKeyDER
    }

    /// Reads a body as strictly as it is written: its one canonical text.
    package init(reading body: [UInt8]) throws(TransparencyError) {
        func malformed(_ reason: String) -> TransparencyError { .malformed(kind: "log entry", reason: reason) }
        guard body.count <= EntryBundle.entryLimit else { throw .entryTooLarge(found: body.count) }
        let json: JSON
        do throws(JSONError) { json = try JSON.parse(body, limit: EntryBundle.entryLimit) } catch {
            throw malformed(error.diagnosis.summary)
        }
        guard let name = json["kind"]?.string, let kind = Kind(rawValue: name), json["apiVersion"]?.string == Self.version else {
            throw .unsupported(kind: "log entry", feature: "\(json["kind"]?.string ?? "no kind") \(json["apiVersion"]?.string ?? "")")
        }
        self.kind = kind
        let hash: JSON?
        let signed: JSON?
        switch kind {
        case .hashedrekord:
            hash = json["spec"]?["hashedRekordV002"]?["data"]
            signed = json["spec"]?["hashedRekordV002"]?["signature"]
        case .dsse:
            hash = json["spec"]?["dsseV002"]?["payloadHash"]
            signed = json["spec"]?["dsseV002"]?["signatures"]?[0]
        }
        guard hash?["algorithm"]?.string == "SHA2_256", let bytes = hash?["digest"]?.string.flatMap({ Base64.decode($0) }),
            let digest = Digest(hashBytes: bytes)
        else { throw malformed("it has no SHA-256 digest") }
        guard let signature = signed?["content"]?.string.flatMap({ Base64.decode($0) }) else { throw malformed("it has no signature") }
        guard signed?["verifier"]?["keyDetails"]?.string == Self.keyDetails,
            let key = signed?["verifier"]?["publicKey"]?["rawBytes"]?.string.flatMap({ Base64.decode($0) })
        else { throw .unsupported(kind: "log entry", feature: signed?["verifier"]?["keyDetails"]?.string ?? "no public key") }
        self.digest = digest
        self.signature = signature
        publicKeyDER = key
        // Two spellings of one entry would be two leaves.
        guard self.body == body else { throw malformed("it has other members, or is not in canonical form") }
    }

    /// The entry's bytes in the log.
    package var body: [UInt8] {
        let hash: JSON = ["algorithm": "SHA2_256", "digest": .string(Base64.encode(digest.bytes))]
        let signed: JSON = [
            "content": .string(Base64.encode(signature)),
            "verifier": [
                "keyDetails": .string(Self.keyDetails), "publicKey": ["rawBytes": .string(Base64.encode(publicKeyDER))],
            ],
        ]
        let spec: JSON =
            switch kind {
            case .hashedrekord: ["hashedRekordV002": ["data": hash, "signature": signed]]
            case .dsse: ["dsseV002": ["payloadHash": hash, "signatures": [signed]]]
            }
        let json: JSON = ["apiVersion": .string(Self.version), "kind": .string(kind.rawValue), "spec": spec]
        return json.canonicalBytes
    }
}
