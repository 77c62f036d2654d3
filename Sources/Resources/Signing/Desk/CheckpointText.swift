// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-checkpoint
import Base

/// What a log says about itself: its name, how many entries it has, and the root over them.
struct CheckpointText: Hashable, Sendable {
    var origin: String
    var size: Int
    var root: Digest

    /// Reads exactly the three lines that this signer signs; extension lines are refused, since nobody here checks them.
    init(reading bytes: [UInt8]) throws(SigningError) {
        func bad(_ reason: String) -> SigningError { .refused(reason: "the checkpoint \(reason)") }
        guard bytes.count <= 1024, let text = String(validating: bytes, as: UTF8.self) else { throw bad("is not a short text") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty else { throw bad("does not have the three lines origin, size, root") }
        guard let size = Int(lines[1]), size >= 0, String(size) == lines[1] else { throw bad("has no size as its second line") }
        guard let root = Base64.decode(lines[2]), root.count == 32, let digest = Digest(hex: Hex.encode(root)) else {
            throw bad("has no root hash as its third line")
        }
        self.init(origin: String(lines[0]), size: size, root: digest)
        guard self.bytes == bytes else { throw bad("is not in its one form") }
    }

    init(origin: String, size: Int, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    var bytes: [UInt8] { Array("\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n".utf8) }
}
