// SPDX-License-Identifier: Apache-2.0

/// The bytes of a stored tracker index: one flat little-endian buffer that is queried where it lies.
///
///     0    mark "ASHLARTI"                 8
///     8    format version                  u32
///     12   rows                            u32
///     16   groups                          u32
///     20   advisories                      u32
///     24   releases                        u32
///     28   refused records that are listed u32
///     32   bytes of the pool               u64
///     40   checksum of all other bytes     u64
///     48   slots of the group table        u32, a power of two
///     52   slots of the advisory table     u32, a power of two
///     56   refused records in all          u32
///     60   records of "never affected"     u32
///     64   pool: texts behind one another, each with its length in front (u16); padded to a multiple of eight
///          rows, groups, advisories, releases, refused, group table, advisory table
///
/// A group is one source package in one release. Its rows: first those that are open, then those that are resolved, the newest
/// fixed version first, then those without a verdict. So the rows that touch a version are two ranges, found by halving.
///
/// Row, in words of 32 bits: advisory; text of the fixed version; text of the newest version in the archive; text of the note;
/// flags. Group: text of the source; release; first row; open; resolved; undetermined; next group of the same name and release
/// plus one. Advisory: text of the name, of the summary, of the source; bug; next advisory of the same name plus one. A text is a
/// place in the pool; 0 is none. A slot holds the first item plus one; 0 is free. Collisions go to the next slot.
enum TrackerIndexLayout {
    static let mark: UInt64 = 0x4954_5241_4C48_5341
    static let version: UInt32 = 1
    static let headerBytes = 64
    static let rowWords = 5
    static let groupWords = 7
    static let advisoryWords = 5
    static let refusedWords = 3

    static let statusMask: UInt32 = 3
    static let urgencyShift: UInt32 = 2
    static let triageShift: UInt32 = 5
    static let scopeShift: UInt32 = 7
    static let unreadableFixFlag: UInt32 = 1 << 9

    /// Where a group's search in the table begins.
    @inline(__always) static func slot(_ hash: UInt32, release: UInt32) -> Int { Int(hash &+ release &* 0x9E37_79B1) }
}
