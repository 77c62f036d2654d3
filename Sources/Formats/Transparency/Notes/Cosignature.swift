// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-cosignature
package import Base

/// A witness's statement that it saw a checkpoint, and that it follows from all it saw of that log before.
package struct Cosignature: Hashable, Sendable {
    package var witness: String
    package var time: Timestamp

    package init(witness: String, time: Timestamp) {
        self.witness = witness
        self.time = time
    }

    /// What a witness signs.
    package static func message(of checkpoint: [UInt8], at time: Int) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n".utf8) + checkpoint
    }

    /// The signature's bytes in a note: the time, then the Ed25519 signature.
    package static func bytes(_ signature: [UInt8], at time: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: UInt64(time) >> (56 - 8 * $0)) } + signature
    }
}
