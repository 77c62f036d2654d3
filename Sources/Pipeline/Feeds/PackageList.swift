// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
import Debian

/// The packages of a dpkg status file or of a Packages file, which may be compressed: what a machine or an archive has.
package enum PackageList {
    static let limit = 512 << 20

    /// - Parameters:
    ///   - name: the file's name, whose suffix says how it is compressed.
    ///   - release: the code name of the Debian release: `trixie`.
    package static func components(_ bytes: [UInt8], named name: String, release: String) throws -> [InstalledPackage] {
        // `status` has no suffix, and a name like `bookworm.list` says nothing.
        let isPacked = [".xz", ".gz", ".zst"].contains { name.hasSuffix($0) }
        let plain = isPacked ? try Decompressor.decode(named: name, bytes, limit: limit) : bytes
        let limits = Deb822.Limits(bytes: limit, paragraphs: 500_000)
        return try Deb822.paragraphs(plain, limits: limits).compactMap { paragraph in
            // What was removed and left its configuration is not there.
            if let status = paragraph["Status"], !status.hasSuffix(" installed") { return nil }
            let package = try paragraph.required("Package", of: name)
            let copies = [paragraph["Built-Using"], paragraph["Static-Built-Using"]].compactMap(\.self).joined(separator: ",")
            return InstalledPackage(
                debian: release, name: package, version: try paragraph.required("Version", of: package),
                architecture: paragraph["Architecture"], sourceField: paragraph["Source"], builtUsing: copies)
        }
    }
}
