// SPDX-License-Identifier: Apache-2.0
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
package import Base

/// The document that tells Sigstore's clients which log to trust: `cosign verify --trusted-root FILE`.
package struct TrustedRoot: Hashable, Sendable {
    package var log: NoteKey
    /// Since when the log's key is valid.
    package var validFrom: Timestamp

    package static let mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"

    /// - Throws: when the log's name is not a host name alone. Clients derive the name that a checkpoint must have from the host
    ///   of `baseUrl`, so a log with a path in its name cannot be told to them.
    package init(log: NoteKey, validFrom: Timestamp) throws(TransparencyError) {
        let labels = log.name.split(separator: ".", omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
        }
        guard isHost, log.name.utf8.count <= 253 else {
            throw .unsupported(kind: "log name that is a host name alone, as Sigstore's clients need it", feature: log.name)
        }
        self.log = log
        self.validFrom = validFrom
    }

    package var json: JSON {
        [
            "mediaType": .string(Self.mediaType),
            "tlogs": [
                [
                    "baseUrl": .string("https://\(log.name)"), "hashAlgorithm": "SHA2_256",
                    "publicKey": [
                        "rawBytes": .string(Base64.encode(log.der)), "keyDetails": "PKIX_ED25519",
                        "validFor": ["start": .string(validFrom.description)],
                    ],
                    "logId": ["keyId": .string(Base64.encode(log.id))],
                ]
            ],
        ]
    }
}
