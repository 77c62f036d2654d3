// SPDX-License-Identifier: Apache-2.0
package import Base

/// The outcome of checking a keyring: never an error, always with a reason.
package enum KeyringCheck: Sendable {
    case good(Verified<Keyring>)
    case bad(reason: String)
}

extension Keyring {
    /// Checks a signed keyring: a DSSE envelope by the root key around canonical JSON.
    ///
    /// - Parameter lastSeen: the version this reader accepted last; a lower one is an old document that somebody plays back.
    package static func verify(_ bytes: [UInt8], root: VerificationKey, lastSeen: Int? = nil) -> KeyringCheck {
        do throws(SigstoreError) {
            guard bytes.count <= 2 * limit else { return .bad(reason: "the keyring has \(bytes.count) bytes") }
            let envelope = try Envelope(reading: bytes)
            guard envelope.payloadType == payloadType else {
                return .bad(reason: "the payload is '\(envelope.payloadType.prefix(80))', not a keyring")
            }
            // Verify before parse.
            let signed = envelope.preAuthenticationEncoding
            guard
                envelope.signatures.contains(where: {
                    SignatureVerifier.verify(der: $0.signature, message: signed, key: root).isGood
                })
            else { return .bad(reason: "the keyring is not signed by the root key \(root.fingerprint)") }
            let keyring = try Keyring(reading: envelope.payload)
            if let lastSeen, keyring.version < lastSeen {
                return .bad(reason: "the keyring has version \(keyring.version), and version \(lastSeen) was seen before")
            }
            return .good(
                Verified(
                    byVerifying: keyring,
                    evidence: ["keyring version \(keyring.version) of \(keyring.issued), signed by the root key \(root.fingerprint)"]))
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }

    /// Reads the payload: exactly what `canonicalBytes` writes, and a keyring without contradictions.
    package init(reading bytes: [UInt8]) throws(SigstoreError) {
        let json = try DocumentReader.json(bytes, kind: Self.kind, limit: Self.limit)
        try DocumentReader.allow(["issued", "keys", "version"], in: json, kind: Self.kind)
        guard let version = json["version"]?.int, version > 0, let issued = Self.time(json["issued"]) else {
            throw Self.malformed("it has no version from 1 on, or no time of issue")
        }
        guard let listed = json["keys"]?.array, listed.count <= Self.keyLimit else {
            throw Self.malformed("it does not list at most \(Self.keyLimit) keys")
        }
        var keys: [Entry] = []
        for entry in listed { keys.append(try Entry(json: entry)) }
        self.init(version: version, issued: issued, keys: keys)
        guard Set(keys.map(\.fingerprint)).count == keys.count else { throw Self.malformed("a key stands in it twice") }
        guard canonicalBytes == bytes else { throw Self.malformed("it is not canonical JSON") }
    }

    package var json: JSON {
        ["issued": .string(issued.description), "keys": .array(keys.map(\.json)), "version": JSON(version)]
    }
    package var canonicalBytes: [UInt8] { json.canonicalBytes }

    /// The bytes the root key signs.
    package var signingInput: [UInt8] {
        Envelope.preAuthenticationEncoding(payloadType: Self.payloadType, payload: canonicalBytes)
    }
    package func signed(by signature: [UInt8]) -> [UInt8] {
        Envelope(payload: canonicalBytes, payloadType: Self.payloadType, signatures: [EnvelopeSignature(signature: signature)])
            .canonicalBytes
    }

    private static let kind = "keyring"
    fileprivate static func malformed(_ reason: String) -> SigstoreError { .malformedDocument(kind: kind, reason: reason) }
    fileprivate static func time(_ json: JSON?) -> Timestamp? { json?.string.flatMap(Timestamp.init(rfc3339:)) }
}

extension Keyring.Entry {
    private static let members: Set<String> = [
        "compromisedSince", "fingerprint", "name", "pem", "purpose", "reason", "validFrom", "validUntil",
    ]

    fileprivate init(json: JSON) throws(SigstoreError) {
        try DocumentReader.allow(Self.members, in: json, kind: "key of a keyring")
        guard let pem = json["pem"]?.string, let fingerprint = json["fingerprint"]?.string.flatMap({ Digest($0) }) else {
            throw Keyring.malformed("a key has no pem or no fingerprint")
        }
        let key = try CatalogKey(pem: pem)
        guard key.fingerprint == fingerprint, key.pem == pem else {
            throw Keyring.malformed("the pem of \(fingerprint.short)… is another key, or not in its one form")
        }
        guard let purpose = json["purpose"]?.string.flatMap(Keyring.Purpose.init(rawValue:)) else {
            throw Keyring.malformed("the purpose of \(fingerprint.short)… is not image, log, witness or rebuilder")
        }
        guard (purpose == .log || purpose == .witness) == (key.algorithm == .ed25519) else {
            throw Keyring.malformed("a key for \(purpose.rawValue) is not \(key.algorithm.rawValue)")
        }
        guard let validFrom = Keyring.time(json["validFrom"]) else { throw Keyring.malformed("\(fingerprint.short)… has no validFrom") }
        self.init(
            key: key, purpose: purpose, name: json["name"]?.string, validFrom: validFrom, validUntil: Keyring.time(json["validUntil"]),
            compromisedSince: Keyring.time(json["compromisedSince"]), reason: json["reason"]?.string)
        guard validUntil.map({ $0 > validFrom }) ?? true else {
            throw Keyring.malformed("\(fingerprint.short)… ends before it begins")
        }
        guard compromisedSince == nil || reason?.isEmpty == false else {
            throw Keyring.malformed("\(fingerprint.short)… is compromised without a reason")
        }
    }

    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "fingerprint": .string(fingerprint.description), "pem": .string(key.pem), "purpose": .string(purpose.rawValue),
            "validFrom": .string(validFrom.description),
        ]
        members["name"] = name.map { .string($0) }
        members["validUntil"] = validUntil.map { .string($0.description) }
        members["compromisedSince"] = compromisedSince.map { .string($0.description) }
        members["reason"] = reason.map { .string($0) }
        return .object(members)
    }
}
