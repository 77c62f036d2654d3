// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Assemble
import Base
import Debian

/// Something at a path, in a layer or in a package, with the digest of its bytes.
struct FoundEntry: Hashable {
    var kind: TarEntry.Kind
    var mode: Int
    var uid: Int
    var gid: Int
    var size: Int
    /// Of a file, also of one that a hard link leads to.
    var digest: Digest?
    /// Of a symbolic link.
    var target: String?

    var text: String {
        let facts = "\(kind.rawValue) 0\(String(mode, radix: 8)) \(uid):\(gid)"
        return facts + (digest.map { ", \(size) bytes, \($0)" } ?? target.map { " -> \($0)" } ?? "")
    }

    /// Whether both are the same to whoever reads them.
    func hasContents(of other: FoundEntry) -> Bool {
        switch (kind, other.kind) {
        case (.directory, .directory): true
        case (.symlink, .symlink): target == other.target
        case (.file, .file), (.file, .hardlink), (.hardlink, .file), (.hardlink, .hardlink): digest == other.digest
        default: false
        }
    }

    /// What lies at a path of an archive.
    ///
    /// - Parameter place: Where a path of the archive comes to lie; nil for nowhere.
    static func find(_ path: String, in tar: [UInt8], placing place: (String) -> String? = { $0 }) throws -> FoundEntry? {
        let entries = try TarReader.entries(of: tar)
        guard let entry = entries.last(where: { place($0.path) == path }) else { return nil }
        var body = entry
        if entry.kind == .hardlink, let target = entries.first(where: { $0.path == entry.target && $0.kind == .file }) { body = target }
        let isFile = body.kind == .file
        return FoundEntry(
            kind: entry.kind, mode: entry.mode & 0o7777, uid: entry.uid, gid: entry.gid, size: body.body.count,
            digest: isFile ? Digest.sha256(of: tar[body.body]) : nil, target: entry.kind == .symlink ? entry.target : nil)
    }

    /// The bytes of a file at a path of an archive; nil when there is none.
    static func bytes(of path: String, in tar: [UInt8]) throws -> [UInt8]? {
        try TarReader.entries(of: tar).last { $0.path == path && $0.kind == .file }.map { Array(tar[$0.body]) }
    }

    /// What a package brings to a path of a merged root.
    static func find(_ path: String, inPackage bytes: [UInt8]) throws -> FoundEntry? {
        let deb = try DebFile(bytes)
        let tar = try bytes.withUnsafeBytes { all in
            try Decompressor.decode(named: deb.dataName, UnsafeRawBufferPointer(rebasing: all[deb.data]), limit: limit)
        }
        return try find(path, in: tar, placing: MergedUsr.place)
    }

    /// Bytes of one unpacked package or layer.
    static let limit = 4 << 30
}
