// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-checkpoint
package import Base

/// The state of a log: how many entries it has, and the root of the tree over them.
package struct Checkpoint: Hashable, Sendable {
    package var origin: String
    package var size: Int
    package var root: Digest
    /// Lines after the root; none in logs of this program.
    package var extensions: [String]

    private static let kind = "checkpoint"

    package init(origin: String, size: Int, root: Digest, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note. Nobody has vouched for it: see `CheckpointVerifier`.
    package init(reading text: [UInt8]) throws(TransparencyError) {
        func malformed(_ reason: String) -> TransparencyError { .malformed(kind: Self.kind, reason: reason) }
        guard text.count <= 16384 else { throw .tooLarge(kind: Self.kind, limit: 16384, found: text.count) }
        guard let content = String(validating: text, as: UTF8.self), content.utf8.last == 0x0A else {
            throw malformed("it is not UTF-8 text that ends in a line feed")
        }
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else { throw malformed("it has no three lines, or empty ones") }
        guard let size = Decimal.read(lines[1]), size <= MerkleTree.sizeLimit else { throw malformed("the size is not a number") }
        guard let bytes = Base64.decode(lines[2]), let root = Digest(hashBytes: bytes) else {
            throw malformed("the root is not base64 of 32 bytes")
        }
        guard size > 0 || root == MerkleTree.emptyRoot else { throw malformed("an empty log has another root") }
        self.init(origin: lines[0], size: size, root: root, extensions: Array(lines.dropFirst(3)))
    }

    /// The text that is signed.
    package var text: [UInt8] {
        Array(([origin, "\(size)", Base64.encode(root.bytes)] + extensions).map { $0 + "\n" }.joined().utf8)
    }
}

/// Numbers as these formats write them: ASCII digits without leading zeros.
enum Decimal {
    static func read(_ text: some StringProtocol) -> Int? {
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            text == "0" || text.utf8.first != 0x30
        else { return nil }
        return number
    }
}
