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
        var text = String(text)
        return text.withUTF8 { decode($0) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        guard let last = text.last else { return [] }
        let padding = last != pad ? 0 : text[text.count - 2] != pad ? 1 : 2
        let groups = text.count / 4
        // Values are below 64; what is no character has all bits, and is seen at the end.
        var seen: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: groups * 3 - padding) { output, written in
            values.withUnsafeBufferPointer { values in
                var (read, write) = (0, 0)
                for _ in 0..<(padding == 0 ? groups : groups - 1) {
                    let (a, b) = (values[Int(text[read])], values[Int(text[read + 1])])
                    let (c, d) = (values[Int(text[read + 2])], values[Int(text[read + 3])])
                    seen |= a | b | c | d
                    output[write] = a << 2 | b >> 4
                    output[write + 1] = b << 4 | c >> 2
                    output[write + 2] = c << 6 | d
                    (read, write) = (read + 4, write + 3)
                }
                guard padding > 0 else { return }
                let (a, b) = (values[Int(text[read])], values[Int(text[read + 1])])
                seen |= a | b
                output[write] = a << 2 | b >> 4
                // Bits that no byte has would be a second text for the same bytes.
                guard padding == 1 else { return seen |= b & 15 == 0 ? 0 : 0xFF }
                let c = values[Int(text[read + 2])]
                seen |= c
                output[write + 1] = b << 4 | c >> 2
                seen |= c & 3 == 0 ? 0 : 0xFF
            }
            written = groups * 3 - padding
        }
        return seen & 0xC0 == 0 ? bytes : nil
    }

    private static let pad = UInt8(ascii: "=")

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
