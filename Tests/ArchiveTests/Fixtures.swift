// SPDX-License-Identifier: Apache-2.0
import Archive
import Base

/// Small compressed files, made by the programs xz 5.4 and zstd 1.5 and kept as bytes: this module writes no xz.
enum Fixtures {
    /// `hello` and a newline; preset 9, whose dictionary is 64 MiB.
    static let helloXZ = bytes(
        "fd377a585a000004e6d6b446020021011c00000010cf58cc01000568656c6c6f0a000000a56097f194f6fde000011e06c12fa41d1fb6f37d010000000004595a")
    static let emptyXZ = bytes("fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a")
    /// Made from a pipe, so the frame does not state its size; with a checksum.
    static let helloZstd = bytes("28b52ffd045831000068656c6c6f0a5388bd91")
    static let helloGzip = bytes("1f8b0800000000000003cb48cdc9c9e7020020303a3606000000")
    static let hello = Array("hello\n".utf8)

    static let zerosCount = 3 * (1 << 20) + 5
    /// 3 MiB and 5 bytes of zeros: a small bomb.
    static let zerosZstd = bytes(
        """
        28b52ffd04585400001000000100fbff39c0020200100002001000020010000200100002001000020010000200100002001000020010000200100002
        001000020010000200100002001000020010000200100002001000020010000200100002001000020010000200100002001000290000000000000000
        0391c6
        """)
    /// 3 MiB and 5 bytes of zeros: a small bomb.
    static let zerosXZ = bytes(
        """
        fd377a585a000004e6d6b446020021011c00000010cf58ccffff11016c5d00006ffdffffa3b7ff473e481572396151b89228e6a38607f9eee41e82d3
        2fc53a3c014bb17ec98a8a4d2fa30dd97fa6e38c231153e05918c5758ae277f8b6947f0c6ac0de744964e2e95c53b204d8f7440cab5f0d6d46e9e5c3
        7688b79657acb64de1691d6ffb4b88106c42cb883f5c008fd04eaf262894711f3d8f24e1709ea7235fec28cb85d195988a7e2a91f22775f719c00698
        4d98fdd8afd5900fc42553f8f591363105a5b0ee6fc1704d470cd19111aaad601dbaceb127185c5986e9665258bee976ac59e4e55b0508f9c7daadfc
        fb522b74cd1e5b2042f9dd533df82964093b80cb2a6cdfb53bf0c4bd2e5faa0f3e4b664290130eff1093f8717859f80bcdff9528460fa9fc7cdefb9a
        302e56c08f85f38381c065c42553f8f591363105a5b0ee6fc1704d470cd19111aaad601dbaceb127185c5986e9665258bee976ac59e4e55b0508f9c7
        daadfcfb522b74cd1e5b2042f9dd533df82964093b80cb2a6cdfb53bf0c4bc4827e6589000f2009900ec7353a7fdbeae7c311a9fb78d316e709ea723
        5fec28cb85d195988a7e2a91f22775f719c006984d98fdd8afd5900fc42553f8f591363105a5b0ee6fc1704d470cd19111aaad601dbaceb127185c59
        86e9665258bee976ac59e4e55b0508f9c7daadfcfb522b74cd1e5b2042f9dd533df82964093b80cb2a6cdfb53bf0c4bd2e5faa0f3e4b664290130eff
        1093f8717859f80bccb1bde9000000008090a2f0d32b378d0001a7048580c0011ae983b5b1c467fb020000000004595a
        """)

    static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex.filter { !$0.isWhitespace }) ?? [] }

    /// Every error a body may throw, or its value.
    static func outcome<Value>(_ body: () throws(ArchiveError) -> Value) -> Result<Value, ArchiveError> {
        do throws(ArchiveError) { return .success(try body()) } catch { return .failure(error) }
    }
}
