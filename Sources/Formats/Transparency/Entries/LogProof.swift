// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-proof
package import Base

/// A file that proves, without a network, that an entry is in a log: `c2sp.org/tlog-proof@v1`.
package struct LogProof: Hashable, Sendable {
    /// Nobody vouches for it.
    package var extra: [UInt8]?
    package var index: Int
    package var hashes: [Digest]
    package var checkpoint: [UInt8]

    package static let header = "c2sp.org/tlog-proof@v1"
    package static let mediaType = "application/vnd.ashlar.tlog-proof.v1"
    package static let limit = SignedNote.limit + (1 << 17)
    private static let kind = "log proof"

    package init(extra: [UInt8]? = nil, index: Int, hashes: [Digest], checkpoint: [UInt8]) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    package init(_ inclusion: LogInclusion) {
        self.init(index: inclusion.index, hashes: inclusion.hashes, checkpoint: inclusion.checkpoint)
    }

    package init(reading bytes: [UInt8]) throws(TransparencyError) {
        func malformed(_ reason: String) -> TransparencyError { .malformed(kind: Self.kind, reason: reason) }
        guard bytes.count <= Self.limit else { throw .tooLarge(kind: Self.kind, limit: Self.limit, found: bytes.count) }
        var lines = LineReader(bytes)
        guard lines.next() == Self.header else { throw malformed("the first line is not \(Self.header)") }
        var line = lines.next()
        var extra: [UInt8]?
        if let text = line, text.hasPrefix("extra ") {
            guard let decoded = Base64.decode(text.dropFirst(6)) else { throw malformed("the extra data is not base64") }
            extra = decoded
            line = lines.next()
        }
        guard let line, line.hasPrefix("index "), let index = Decimal.read(line.dropFirst(6)) else {
            throw malformed("there is no line 'index NUMBER'")
        }
        let hashes = try lines.hashes(limit: 63, kind: Self.kind)
        self.init(extra: extra, index: index, hashes: hashes, checkpoint: lines.rest)
    }

    package var bytes: [UInt8] {
        var lines = [Self.header]
        if let extra { lines.append("extra \(Base64.encode(extra))") }
        lines.append("index \(index)")
        lines += hashes.map { Base64.encode($0.bytes) }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + checkpoint
    }

    /// The inclusion it claims. Nobody has vouched for it: see `InclusionVerifier`.
    package func inclusion(logID: [UInt8]) throws(TransparencyError) -> LogInclusion {
        let claimed = try Checkpoint(reading: SignedNote(reading: checkpoint).text)
        return LogInclusion(
            index: index, treeSize: claimed.size, hashes: hashes, root: claimed.root, checkpoint: checkpoint, logID: logID)
    }
}
