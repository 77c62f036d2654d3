// SPDX-License-Identifier: Apache-2.0
// APPNOTE.TXT 6.3.10, .ZIP File Format Specification

/// Puts files into a .zip without compressing them, for archives made up in tests.
package enum StoredZIP {
    package struct Member {
        package var name: String
        package var bytes: [UInt8]
        /// The member is said to be encrypted.
        package var isEncrypted = false
        /// The checksum is that of other bytes.
        package var isDamaged = false
        package init(_ name: String, _ text: String, isEncrypted: Bool = false, isDamaged: Bool = false) {
            self.name = name
            bytes = Array(text.utf8)
            self.isEncrypted = isEncrypted
            self.isDamaged = isDamaged
        }
    }

    package static func pack(_ members: [Member]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let sum = StoredXZ.crc32(member.isDamaged ? member.bytes + [0] : member.bytes)
            let size = UInt32(member.bytes.count)
            let common =
                little(UInt16(20)) + little(UInt16(member.isEncrypted ? 1 : 0)) + little(UInt16(0)) + little(UInt32(0)) + little(sum)
                + little(size) + little(size) + little(UInt16(member.name.utf8.count)) + little(UInt16(0))
            directory += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + common
            directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt32(0)) + little(UInt32(file.count))
            directory += Array(member.name.utf8)
            file += little(UInt32(0x0403_4B50)) + common + Array(member.name.utf8) + member.bytes
        }
        let count = little(UInt16(members.count))
        let end =
            little(UInt32(0x0605_4B50)) + little(UInt32(0)) + count + count + little(UInt32(directory.count)) + little(UInt32(file.count))
            + little(UInt16(0))
        return file + directory + end
    }

    private static func little(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
}
