// SPDX-License-Identifier: Apache-2.0
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
package import Base

/// An envelope with what is needed to verify it offline: Sigstore bundle v0.3, signed with a key.
package struct SigstoreBundle: Hashable, Sendable {
    package static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    package static let limit = 192 << 20

    package var envelope: Envelope
    /// Which key to try: base64 of the SHA-256 of the DER SubjectPublicKeyInfo. Nobody vouches for it.
    package var hint: String
    /// Entries of transparency logs, as they came.
    package var logEntries: [JSON]
    /// `timestampVerificationData`, as it came.
    package var timestamps: JSON?

    package init(envelope: Envelope, hint: String, logEntries: [JSON] = [], timestamps: JSON? = nil) {
        self.envelope = envelope
        self.hint = hint
        self.logEntries = logEntries
        self.timestamps = timestamps
    }

    /// Reads a bundle as strictly as protobuf JSON: a member that is not known is refused.
    package init(reading bytes: [UInt8]) throws(SigstoreError) {
        let json = try DocumentReader.json(bytes, kind: Self.kind, limit: Self.limit)
        try DocumentReader.allow(["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"], in: json, kind: Self.kind)
        guard json["mediaType"]?.string == Self.mediaType else {
            throw .malformedDocument(kind: Self.kind, reason: "its mediaType is not \(Self.mediaType)")
        }
        guard let material = json["verificationMaterial"] else {
            throw .malformedDocument(kind: Self.kind, reason: "verificationMaterial is missing")
        }
        try DocumentReader.allow(
            ["publicKey", "certificate", "x509CertificateChain", "tlogEntries", "timestampVerificationData"], in: material,
            kind: "bundle's verificationMaterial")
        for other in ["certificate", "x509CertificateChain"] where material[other] != nil {
            throw .unsupported(kind: Self.kind, feature: "verificationMaterial.\(other)")
        }
        try DocumentReader.allow(["hint"], in: material["publicKey"], kind: "bundle's publicKey")
        guard let hint = material["publicKey"]?["hint"]?.string else {
            throw .malformedDocument(kind: Self.kind, reason: "verificationMaterial.publicKey.hint is missing")
        }
        guard json["messageSignature"] == nil else { throw .unsupported(kind: Self.kind, feature: "a messageSignature") }
        guard let envelope = json["dsseEnvelope"] else { throw .malformedDocument(kind: Self.kind, reason: "dsseEnvelope is missing") }
        try DocumentReader.allow(["payload", "payloadType", "signatures"], in: envelope, kind: "bundle's dsseEnvelope")
        for signature in envelope["signatures"]?.array ?? [] {
            try DocumentReader.allow(["sig", "keyid"], in: signature, kind: "bundle's signature")
        }
        self.envelope = try Envelope(json: envelope)
        guard self.envelope.signatures.count == 1 else {
            throw .malformedDocument(kind: Self.kind, reason: "it holds \(self.envelope.signatures.count) signatures, not one")
        }
        self.hint = hint
        logEntries = material["tlogEntries"]?.array ?? []
        timestamps = material["timestampVerificationData"]
    }

    package var json: JSON {
        var material: [String: JSON] = ["publicKey": ["hint": .string(hint)]]
        if !logEntries.isEmpty { material["tlogEntries"] = .array(logEntries) }
        if let timestamps { material["timestampVerificationData"] = timestamps }
        return [
            "mediaType": .string(Self.mediaType), "verificationMaterial": .object(material), "dsseEnvelope": envelope.json,
        ]
    }
    package var canonicalBytes: [UInt8] { json.canonicalBytes }

    private static let kind = "Sigstore bundle"
}
