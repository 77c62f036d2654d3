// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
package enum Base64 {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var filled = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            filled += 1
            guard filled == 3 else { continue }
            for shift in [18, 12, 6, 0] as [UInt32] { text.append(character(group >> shift)) }
            group = 0
            filled = 0
        }
        switch filled {
        case 1: text += [character(group >> 2), character(group << 4), pad, pad]
        case 2: text += [character(group >> 10), character(group >> 4), character(group << 2), pad]
        default: break
        }
        return String(decoding: text, as: UTF8.self)
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

    private static func character(_ group: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: group & 63)
        return switch value {
        case 0..<26: value + 65
        case 26..<52: value + 71
        case 52..<62: value - 4
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

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
