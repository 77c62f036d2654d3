// SPDX-License-Identifier: Apache-2.0
package import Base

/// The outcome of checking a signed statement about a manifest.
package enum StatementCheck: Hashable, Sendable {
    case good(Statement, evidence: [String])
    case bad(reason: String)
}

/// Checks envelopes and bundles: signature first, then the payload's type, then the subject.
package enum StatementVerifier {
    /// Checks that the key signed a statement about the digest. Any one good signature of the envelope is enough.
    package static func verify(_ envelope: Envelope, about digest: Digest, key: VerificationKey) -> StatementCheck {
        let message = envelope.preAuthenticationEncoding
        var reasons: [String] = []
        var evidence: [String]?
        for signature in envelope.signatures {
            switch SignatureVerifier.verify(der: signature.signature, message: message, key: key) {
            case .good(let found): evidence = found
            case .bad(let reason): reasons.append(reason)
            }
        }
        guard var evidence else { return .bad(reason: reasons.joined(separator: "; ")) }
        guard envelope.payloadType == Statement.payloadType else {
            return .bad(reason: "the payload type is '\(envelope.payloadType.prefix(80))', not \(Statement.payloadType)")
        }
        do throws(SigstoreError) {
            let statement = try Statement(reading: envelope.payload)
            guard statement.isAbout(digest) else { return .bad(reason: "the statement is signed, but not about \(digest)") }
            evidence.append("statement of type \(statement.predicateType) about \(digest)")
            return .good(statement, evidence: evidence)
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }

    /// Reads and checks a Sigstore bundle. Log entries and time stamps in it are not looked at: the key is the root of trust.
    package static func verify(bundle bytes: [UInt8], about digest: Digest, key: VerificationKey) -> StatementCheck {
        do throws(SigstoreError) {
            return verify(try SigstoreBundle(reading: bytes).envelope, about: digest, key: key)
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }

    /// Reads and checks a DSSE envelope: a layer of a `.att` manifest.
    package static func verify(envelope bytes: [UInt8], about digest: Digest, key: VerificationKey) -> StatementCheck {
        do throws(SigstoreError) {
            return verify(try Envelope(reading: bytes), about: digest, key: key)
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }

    /// Checks a legacy signature: the annotation's base64 over a layer's simple signing payload.
    package static func verify(simpleSigning payload: [UInt8], signature: String, about digest: Digest, key: VerificationKey)
        -> SignatureCheck
    {
        guard let der = Base64.decode(signature) else { return .bad(reason: "the signature annotation is not base64") }
        let check = SignatureVerifier.verify(der: der, message: payload, key: key)
        guard case .good(let evidence) = check else { return check }
        do throws(SigstoreError) {
            let signed = try SimpleSigning(reading: payload)
            guard signed.digest == digest else { return .bad(reason: "the payload is signed, but about \(signed.digest)") }
            return .good(
                evidence: evidence + ["simple signing payload about \(digest), docker-reference '\(signed.dockerReference.prefix(255))'"])
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }
}
