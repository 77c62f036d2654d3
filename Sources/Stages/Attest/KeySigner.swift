// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto

/// Signs with a key in this process's memory.
package struct KeySigner: Signer, CustomStringConvertible, CustomReflectable {
    private let key: P256.Signing.PrivateKey
    package let publicKeyDER: [UInt8]

    init(key: P256.Signing.PrivateKey) {
        self.key = key
        publicKeyDER = Array(key.publicKey.derRepresentation)
    }

    package func sign(_ message: [UInt8]) async throws -> [UInt8] { Array(try key.signature(for: message).derRepresentation) }

    package var description: String { "KeySigner(\(Base.Digest.sha256(of: publicKeyDER).short)…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
