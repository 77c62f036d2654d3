// SPDX-License-Identifier: Apache-2.0
package import Base
package import Crypto
import Sigstore

/// Signs with keys in this process's memory.
package struct KeySigner: KeyHolder, CustomStringConvertible, CustomReflectable {
    private let key: P256.Signing.PrivateKey
    private let logKey: Curve25519.Signing.PrivateKey?
    package let publicKeyDER: [UInt8]

    package init(key: P256.Signing.PrivateKey, logKey: Curve25519.Signing.PrivateKey? = nil) {
        self.key = key
        self.logKey = logKey
        publicKeyDER = Array(key.publicKey.derRepresentation)
    }

    package var logPublicKey: [UInt8]? { logKey.map { Array($0.publicKey.rawRepresentation) } }

    package func signature(of message: SignableMessage) throws -> [UInt8] {
        switch message {
        case .statement(let payload):
            let encoded = Envelope.preAuthenticationEncoding(payloadType: Statement.payloadType, payload: payload)
            return Array(try key.signature(for: encoded).derRepresentation)
        case .simpleSigning(let payload): return Array(try key.signature(for: payload).derRepresentation)
        case .notation(let input): return Array(try key.signature(for: input).rawRepresentation)
        case .checkpoint(let text, _):
            guard let logKey else { throw AttestError.unusableSignature(reason: "it has no key for the log") }
            return Array(try logKey.signature(for: text))
        }
    }

    package func signature(over bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes).derRepresentation) }

    package var description: String { "KeySigner(\(Base.Digest.sha256(of: publicKeyDER).short)…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
