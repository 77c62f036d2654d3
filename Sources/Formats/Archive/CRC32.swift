// SPDX-License-Identifier: Apache-2.0
import CLibDeflate

/// The checksum of gzip and ZIP (ISO 3309).
enum CRC32 {
    static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) } }
}
