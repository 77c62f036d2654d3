// SPDX-License-Identifier: Apache-2.0
// https://tukaani.org/xz/xz-file-format.txt

/// Puts bytes into an .xz file without compressing them, for archives made up in tests.
package enum StoredXZ {
    package static func pack(_ bytes: [UInt8]) -> [UInt8] {
        let flags: [UInt8] = [0x00, 0x01]  // a CRC32 of each block
        var file: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        file += flags + little(crc32(flags))
        // One filter, LZMA2, with a dictionary of 8 MiB.
        let header: [UInt8] = [0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00]
        file += header + little(crc32(header))
        var data: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
            let chunk = bytes[start..<min(bytes.count, start + (1 << 16))]
            let last = chunk.count - 1
            data += [start == 0 ? 0x01 : 0x02, UInt8(last >> 8), UInt8(last & 0xFF)]
            data += chunk
        }
        data.append(0x00)
        file += data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4) + little(crc32(bytes))
        var index: [UInt8] = [0x00, 0x01] + number(12 + data.count + 4) + number(bytes.count)
        index += [UInt8](repeating: 0, count: (4 - index.count % 4) % 4)
        file += index + little(crc32(index))
        let size = little(UInt32(index.count / 4))
        return file + little(crc32(size + flags)) + size + flags + [0x59, 0x5A]
    }

    private static func number(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
