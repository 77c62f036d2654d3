// SPDX-License-Identifier: Apache-2.0
import Base

/// Lines of a text, one after the other, and the bytes that follow them.
struct LineReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// The next line without its line feed; nil at the end, for a line without one, and for anything but ASCII of up to 64 KiB.
    mutating func next(limit: Int = 1 << 16) -> String? {
        guard let end = bytes.prefix(limit + 1).firstIndex(of: 0x0A) else { return nil }
        let line = bytes[bytes.startIndex..<end]
        guard line.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
        bytes = bytes[(end + 1)...]
        return String(decoding: line, as: UTF8.self)
    }

    /// Lines of base64 hashes up to an empty line, which is taken too.
    mutating func hashes(limit: Int, kind: String) throws(TransparencyError) -> [Digest] {
        var hashes: [Digest] = []
        while let line = next(limit: 64) {
            if line.isEmpty { return hashes }
            guard hashes.count < limit else { throw .malformed(kind: kind, reason: "it has more than \(limit) hashes") }
            guard let bytes = Base64.decode(line), let hash = Digest(hashBytes: bytes) else {
                throw .malformed(kind: kind, reason: "a line is not base64 of 32 bytes")
            }
            hashes.append(hash)
        }
        throw .malformed(kind: kind, reason: "there is no empty line after the hashes")
    }

    var rest: [UInt8] { Array(bytes) }
}
