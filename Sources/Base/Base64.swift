// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        // Evidence is encoded by the megabyte: a table and one pass into the string's own storage.
        bytes.withUnsafeBufferPointer { source in
            alphabet.withUnsafeBufferPointer { alphabet in
                String(unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { text in
                    var read = 0
                    var written = 0
                    while read + 3 <= source.count {
                        let group = UInt32(source[read]) << 16 | UInt32(source[read + 1]) << 8 | UInt32(source[read + 2])
                        text[written] = alphabet[Int(group >> 18)]
                        text[written + 1] = alphabet[Int(group >> 12 & 63)]
                        text[written + 2] = alphabet[Int(group >> 6 & 63)]
                        text[written + 3] = alphabet[Int(group & 63)]
                        read += 3
                        written += 4
                    }
                    let rest = source.count - read
                    guard rest > 0 else { return written }
                    let group = UInt32(source[read]) << 16 | (rest == 2 ? UInt32(source[read + 1]) << 8 : 0)
                    text[written] = alphabet[Int(group >> 18)]
                    text[written + 1] = alphabet[Int(group >> 12 & 63)]
                    text[written + 2] = rest == 2 ? alphabet[Int(group >> 6 & 63)] : pad
                    text[written + 3] = pad
                    return written + 4
                }
            }
        }
    }

    /// The bytes; nil for anything but the one text that `encode` gives for them: no line breaks, no missing padding, no stray bits.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        let padding = characters.suffix(2).count { $0 == pad }
        guard padding == 0 || characters.last == pad else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        var group: UInt32 = 0
        var filled: UInt32 = 0
        for character in characters.dropLast(padding) {
            guard let value = value(character) else { return nil }
            group = group << 6 | UInt32(value)
            filled += 6
            guard filled >= 8 else { continue }
            filled -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> filled))
        }
        let strayBits: UInt32 = (1 << filled) - 1
        guard group & strayBits == 0 else { return nil }
        return bytes
    }

    private static let pad = UInt8(ascii: "=")

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 65...90: character - 65
        case 97...122: character - 71
        case 48...57: character + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
