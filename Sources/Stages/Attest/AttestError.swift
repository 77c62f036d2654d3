// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why nothing was signed, or a key could not be used.
package enum AttestError: Diagnosable, Equatable {
    case foreignSubject(Digest, image: String)
    case duplicateClaim(subject: Digest, predicateType: String)
    case unusableSignature(reason: String)
    case unusableProof(reason: String)
    case unreadableKey(reason: String)
    case passphraseNeeded
    case wrongPassphrase
    case weakPassphrase(characters: Int, minimum: Int)

    package var diagnosis: Diagnosis {
        switch self {
        case .foreignSubject(let digest, let image):
            Diagnosis(
                "attest.subject", .internalFault, "expected claims about the manifests of \(image), found one about \(digest)",
                remedy: "build the image again; if it stays so, report this as a bug")
        case .duplicateClaim(let subject, let type):
            Diagnosis(
                "attest.duplicate", .internalFault, "expected one claim of type \(type) about \(subject), found two",
                remedy: "merge them into one document; readers take the first and ignore the other")
        case .unusableSignature(let reason):
            Diagnosis(
                "attest.signature", .untrusted, "expected the signer to return a signature by its own key: \(reason)",
                remedy: "check that the signer's private and public key belong together: ashlar keys show")
        case .unusableProof(let reason):
            Diagnosis(
                "attest.log-proof", .untrusted, "expected the transparency log to prove what was appended: \(reason)",
                remedy: "check the log: ashlar log verify; nothing was published")
        case .unreadableKey(let reason):
            Diagnosis(
                "attest.key", .malformed, "expected an ECDSA P-256 private key as PKCS#8 in PEM: \(reason)",
                remedy:
                    "make one with `ashlar keys generate`, or convert yours with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256`"
            )
        case .passphraseNeeded:
            Diagnosis(
                "attest.passphrase-needed", .usage, "expected a passphrase: the private key is encrypted",
                remedy: "give the passphrase the key was made with")
        case .wrongPassphrase:
            Diagnosis(
                "attest.wrong-passphrase", .usage, "the passphrase does not open the private key",
                remedy: "give the passphrase the key was made with; if it is lost, make a new key and sign again")
        case .weakPassphrase(let characters, let minimum):
            Diagnosis(
                "attest.weak-passphrase", .usage, "expected a passphrase of at least \(minimum) characters, found \(characters)",
                remedy: "choose a longer one, for example five random words")
        }
    }
}
