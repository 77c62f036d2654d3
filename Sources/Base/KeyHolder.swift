// SPDX-License-Identifier: Apache-2.0

/// A signer that has its keys at hand, in memory or in a token, and answers at once. It signs whatever it is given: what may be
/// signed is decided before it is asked.
package protocol KeyHolder: Signer {
    func signature(of message: SignableMessage) throws -> [UInt8]
    /// A DER signature by the image key over bytes that its owner made here, such as a certificate. No client can ask for it.
    func signature(over bytes: [UInt8]) throws -> [UInt8]
}

extension KeyHolder {
    package func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]] { try messages.map(signature(of:)) }
    /// Keeps none.
    package func lastCheckpoint() async throws -> (size: Int, root: Digest)? { nil }
}
