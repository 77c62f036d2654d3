// SPDX-License-Identifier: Apache-2.0

/// The bytes of a stored package index: one flat little-endian buffer that is queried where it lies.
///
///     0    mark "ASHLARPI"            8
///     8    format version             u32
///     12   records                    u32
///     16   provides                   u32
///     20   slots of the name table    u32, a power of two
///     24   slots of the provide table u32, a power of two
///     28   zero                       u32
///     32   bytes of the pool          u64
///     40   checksum of all other bytes u64
///     48   pool: the fields of each record behind one another, padded to a multiple of eight
///          records (26 words each), provides (6 words each), name table, provide table (1 word a slot)
///
/// Record, in words of 32 bits: 0 start in the pool; 1...12 end of each field counted from there; 13...20 SHA-256;
/// 21, 22 size in bytes; 23 installed size in KiB; 24 flags; 25 next record of the same name plus one.
/// Provide: 0, 1 start in the pool and length of the name; 2, 3 of the version; 4 record; 5 next provide of the same name plus
/// one. A slot holds the first record (provide) of a name plus one; 0 is free. Collisions go to the next slot.
package enum PackageIndexLayout {
    static let mark: UInt64 = 0x4950_5241_4C48_5341
    static let version: UInt32 = 1
    static let headerBytes = 48
    static let recordWords = 26
    static let provideWords = 6

    static let endWord = 1
    static let digestWord = 13
    static let sizeWord = 21
    static let installedSizeWord = 23
    static let flagsWord = 24
    static let nextWord = 25

    static let essentialFlag: UInt32 = 1
    static let multiArchShift: UInt32 = 1

    /// Fields in the order in which they stand in the pool.
    enum Field: Int, CaseIterable {
        case name, version, architecture, source, priority, preDepends, depends, provides, conflicts, breaks, replaces, path
    }

    /// FNV-1a, enough to spread names over slots; nothing is trusted to it.
    @inline(__always) package static func hash(_ name: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }

    /// Slots for so many names: at most half of them are used.
    package static func slots(for count: Int) -> Int {
        var slots = 16
        while slots < count * 2 { slots *= 2 }
        return slots
    }

    /// Finds damage, not malice: four independent lanes of multiply and fold over all bytes but the checksum's own.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var a: UInt64 = 0x9E37_79B9_7F4A_7C15
        var b: UInt64 = 0xC2B2_AE3D_27D4_EB4F
        var c: UInt64 = 0x1656_67B1_9E37_79F9
        var d: UInt64 = 0x27D4_EB2F_1656_67C5
        let end = bytes.count / 32 * 32
        var offset = 0
        while offset < end {
            a = fold(a, word(bytes, offset), 0xA076_1D64_78BD_642F)
            // The second lane would read the checksum itself in its second round.
            b = fold(b, offset == 32 ? 0 : word(bytes, offset + 8), 0xE703_7ED1_A0B4_28DB)
            c = fold(c, word(bytes, offset + 16), 0x8EBC_6AF0_9C88_C6E3)
            d = fold(d, word(bytes, offset + 24), 0x5899_65CC_7537_4CC3)
            offset += 32
        }
        while offset < bytes.count {
            a = fold(a, UInt64(bytes[offset]) | 0x100, 0xA076_1D64_78BD_642F)
            offset += 1
        }
        return fold(a ^ UInt64(bytes.count), b, 0x9E37_79B9_7F4A_7C15) ^ fold(c, d, 0xC2B2_AE3D_27D4_EB4F)
    }

    @inline(__always) private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    @inline(__always) private static func fold(_ lane: UInt64, _ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = (lane ^ value).multipliedFullWidth(by: factor)
        return product.high ^ product.low ^ (lane << 7 | lane >> 57)
    }
}

/// How a package may be combined with others of another architecture (Policy draft "Multi-Arch").
package enum MultiArch: UInt32, Hashable, Sendable, CaseIterable {
    case no, same, foreign, allowed
}
