// SPDX-License-Identifier: Apache-2.0
import CLibDeflate
import CLibLZMA
import CLibZstd

/// Versions of the libraries whose output ends up in layers: part of the provenance, because other versions may give other bytes.
package struct CompressorVersions: Hashable, Sendable, Codable {
    /// Of the headers: libdeflate has no way to ask at run time.
    package var libdeflate: String
    package var zstd: String
    package var liblzma: String

    /// The libraries of this process.
    package static let current = CompressorVersions(
        libdeflate: LIBDEFLATE_VERSION_STRING,
        zstd: String(cString: ZSTD_versionString()),
        liblzma: String(cString: lzma_version_string()))
}
