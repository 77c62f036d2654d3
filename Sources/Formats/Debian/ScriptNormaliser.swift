// SPDX-License-Identifier: Apache-2.0
package import Base

/// The identity of a maintainer script beyond what a rebuild changes: comments, blank lines and the package's own name.
///
/// The table of scripts is keyed by this digest, so the definition is frozen: lines are split at line feeds; trailing ASCII
/// white space is removed; lines that are empty or whose first character after white space is `#` are dropped (the first line
/// with its interpreter among them); then every occurrence of the package's name becomes `@PACKAGE@` and after that every
/// occurrence of the multiarch triplet `@TRIPLET@`; SHA-256 over the lines joined with line feeds and one more at the end.
package enum ScriptNormaliser {
    /// The digest under which the table of scripts knows this text.
    package static func normalisedHash(_ script: String, package: String, triplet: String) -> Digest {
        Digest.sha256(of: normalised(Array(script.utf8), package: package, triplet: triplet))
    }

    /// The digest under which the table of scripts knows these bytes.
    package static func normalisedHash(_ script: [UInt8], package: String, triplet: String) -> Digest {
        Digest.sha256(of: normalised(script, package: package, triplet: triplet))
    }

    /// The text that is hashed, for errors that show a script nobody classified yet.
    package static func normalised(_ script: [UInt8], package: String, triplet: String) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(script.count)
        for line in script.split(separator: 0x0A) {
            guard let first = line.firstIndex(where: { !isSpace($0) }), line[first] != UInt8(ascii: "#") else { continue }
            if !kept.isEmpty { kept.append(0x0A) }
            let end = line.lastIndex { !isSpace($0) } ?? first
            kept.append(contentsOf: line[...end])
        }
        kept = replacing(Array(package.utf8), with: Array("@PACKAGE@".utf8), in: kept)
        kept = replacing(Array(triplet.utf8), with: Array("@TRIPLET@".utf8), in: kept)
        kept.append(0x0A)
        return kept
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    // From left to right, without overlap.
    private static func replacing(_ word: [UInt8], with replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard let first = word.first, text.count >= word.count else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            if text[position] == first, text.count - position >= word.count,
                text[position..<position + word.count].elementsEqual(word)
            {
                result.append(contentsOf: replacement)
                position += word.count
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }
}
