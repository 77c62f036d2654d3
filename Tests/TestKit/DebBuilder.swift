// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base

/// A .deb made up in a test, with everything a real one may hold and everything a hostile one might.
///
///     DebBuilder("hello", entries: [.directory("./usr/bin"), .file("./usr/bin/hello", "ELF", mode: 0o755)])
package struct DebBuilder: Sendable {
    package enum Packing: String, Sendable, CaseIterable { case none = "", gzip = ".gz", zstd = ".zst" }

    package var name: String
    package var version: String
    package var architecture: String
    /// Further lines of the control paragraph.
    package var fields: [String]
    package var entries: [RawTar.Entry]
    /// Files of the control part: `postinst`, `md5sums`, `triggers`.
    package var controlFiles: [String: String]
    package var packing: Packing
    /// The time of entries that state none, in seconds.
    package var modified: Int
    /// The origin of its layer in the lock.
    package var layer: String

    package init(
        _ name: String, _ version: String = "1.0-1", architecture: String = "amd64", fields: [String] = [],
        entries: [RawTar.Entry] = [], controlFiles: [String: String] = [:], packing: Packing = .gzip, modified: Int = 1_700_000_000,
        layer: String = "image"
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.fields = fields
        self.entries = entries
        self.controlFiles = controlFiles
        self.packing = packing
        self.modified = modified
        self.layer = layer
    }

    package var control: String {
        (["Package: \(name)", "Version: \(version)", "Architecture: \(architecture)", "Maintainer: Test <test@example.org>"]
            + fields + ["Description: made up"]).joined(separator: "\n") + "\n"
    }

    /// The file.
    package func bytes() throws -> [UInt8] {
        let files = controlFiles.sorted { $0.key < $1.key }.map { RawTar.Entry.file("./" + $0.key, $0.value, mode: 0o755) }
        let control = RawTar([.directory("./"), .file("./control", control)] + files, modified: modified).bytes
        return Self.archive([
            ("debian-binary", Array("2.0\n".utf8)), ("control.tar" + packing.rawValue, try pack(control)),
            ("data.tar" + packing.rawValue, try pack(RawTar(entries, modified: modified).bytes)),
        ])
    }

    /// Writes the file into a store and gives the parcel that a lock would lead to.
    package func parcel(in blobs: some BlobStore) throws -> Parcel {
        let bytes = try bytes()
        return Parcel(package: locked(bytes), digest: try blobs.write(bytes))
    }

    /// What a lock says of the file.
    package func locked(_ bytes: [UInt8]) -> LockedPackage {
        LockedPackage(
            name: name, version: version, architecture: architecture, source: name, sourceVersion: version,
            sha256: Digest.sha256(of: bytes).hex, size: bytes.count, archive: "trixie",
            path: "pool/main/\(name.prefix(1))/\(name)/\(name)_\(version)_\(architecture).deb", layer: layer, neededBy: [], dependsOn: [])
    }

    /// An `ar` archive of these members (deb(5)).
    package static func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var bytes = Array("!<arch>\n".utf8)
        for (name, content) in members {
            func field(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
            let header = field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("100644", 8)
            bytes += Array((header + field("\(content.count)", 10) + "`\n").utf8) + content
            if content.count % 2 == 1 { bytes.append(0x0A) }
        }
        return bytes
    }

    private func pack(_ tar: [UInt8]) throws -> [UInt8] {
        switch packing {
        case .none: tar
        case .gzip: try Gzip.encode(tar)
        case .zstd: try Zstd.encode(tar)
        }
    }
}
