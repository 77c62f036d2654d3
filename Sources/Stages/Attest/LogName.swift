// SPDX-License-Identifier: Apache-2.0
import Base

/// The one line that names a log and its key: `ORIGIN+hash8hex+base64(0x01 || key)` (c2sp.org/signed-note).
package enum LogName {
    package static func line(origin: String, publicKey: [UInt8]) -> String {
        let typed = [0x01] + publicKey
        let hash = Digest.sha256(of: Array(origin.utf8) + [0x0A] + typed).bytes.prefix(4)
        return "\(origin)+\(Hex.encode(hash))+\(Base64.encode(typed))"
    }

    /// The origin in such a line; nil when the line is not the one for this key.
    package static func origin(in text: String, of publicKey: [UInt8]) -> String? {
        guard let line = text.split(whereSeparator: \.isNewline).first, let plus = line.firstIndex(of: "+") else { return nil }
        let origin = String(line[..<plus])
        return isGood(origin) && Self.line(origin: origin, publicKey: publicKey) == String(line) ? origin : nil
    }

    /// Whether a text may name a log: no space, no plus sign, nothing that moves a cursor.
    package static func isGood(_ origin: String) -> Bool {
        (1...200).contains(origin.utf8.count) && origin.unicodeScalars.allSatisfy { (0x21...0x7E).contains($0.value) && $0 != "+" }
    }

    /// A name for a log that nobody named: no two keys share it.
    package static func ownOrigin(of publicKey: [UInt8]) -> String { "ashlar-\(Digest.sha256(of: publicKey).hex.prefix(16)).internal" }
}
