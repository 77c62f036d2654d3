// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
import ELF

extension FuzzTarget {
    /// What a decompressor may make of an input: a bomb must end here.
    private static let limit = 1 << 20

    static let archives: [FuzzTarget] = [
        FuzzTarget("ar") { bytes in
            let archive = try bytes.withUnsafeBytes { try ArArchive($0) }
            guard archive.members.allSatisfy({ $0.range.upperBound <= bytes.count }) else {
                throw FuzzFailure(reason: "a member that reaches beyond the file")
            }
        },
        FuzzTarget("tar") { bytes in
            for entry in try TarReader.entries(of: bytes, limits: TarLimits(entries: 1000, bodyBytes: limit)) {
                guard entry.path.isEmpty || TarPath.fault(in: entry.path) == nil else {
                    throw FuzzFailure(reason: "an unsafe path \(entry.path)")
                }
                guard entry.body.upperBound <= bytes.count else { throw FuzzFailure(reason: "a body that reaches beyond the file") }
            }
        },
        decompressor("gzip") { try Gzip.decode($0, limit: limit) },
        decompressor("xz") { try XZ.decode($0, limit: limit, memoryLimit: 32 << 20) },
        decompressor("zstd") { try Zstd.decode($0, limit: limit) },
        FuzzTarget("elf") { _ = try ELFReader.facts(of: $0) },
    ]

    private static func decompressor(_ name: String, _ decode: @escaping @Sendable ([UInt8]) throws -> [UInt8]) -> FuzzTarget {
        FuzzTarget(name) { bytes in
            guard try decode(bytes).count <= limit else { throw FuzzFailure(reason: "more than the limit came out") }
        }
    }
}
