// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Debian
import OCI

/// A .deb taken apart in memory: its control part, its data part as a tar, and that tar's entries at their places in an image.
///
/// One that exists is the package its lock names, and every path in it was checked.
struct OpenedPackage {
    struct Entry {
        /// With a merged /usr, relative, checked.
        var path: String
        var kind: TarEntry.Kind
        /// Mode, owner, times, body. For a hard link those of the file it links to.
        var tar: TarEntry
        /// Where a symbolic link leads, as written.
        var target: String?
    }

    let deb: DebFile
    let tar: [UInt8]
    /// In the archive's order, each path once.
    let entries: [Entry]
    /// The newest modification time of any entry, in seconds.
    let newest: Int

    init(_ bytes: [UInt8], as package: LockedPackage) throws(AssembleError) {
        do {
            deb = try DebFile(bytes)
            try Self.check(deb, is: package)
            let deb = deb
            tar = try bytes.withUnsafeBytes { all in
                try Decompressor.decode(
                    named: deb.dataName, UnsafeRawBufferPointer(rebasing: all[deb.data]), limit: Self.limit(compressed: deb.data.count))
            }
            entries = try Self.entries(of: try TarReader.entries(of: tar), package.name)
            newest = entries.map(\.tar.modified).max() ?? 0
        } catch let error as AssembleError {
            throw error
        } catch ArchiveError.unsafePath(let path, let fault) {
            throw .unsafePath(
                package: package.name, path: path, reason: ArchiveError.unsafePath(path, fault: fault).diagnosis.summary)
        } catch {
            let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            throw .malformedPackage(package: "\(package.name) \(package.version)", reason: reason)
        }
    }

    /// Every path, one after the other; directories end in a slash. A fragment is a choice among these.
    var listing: [String] { entries.map { $0.kind == .directory ? $0.path + "/" : $0.path } }

    /// How large a data part may become, in bytes: packages reach some forty times their compressed size, bombs a thousand.
    static func limit(compressed: Int) -> Int { max(64 << 20, min(compressed, 8 << 20) * 256) }

    // What the lock says of a package ends up in the SBOM; a digest alone would let it call any file by any name.
    private static func check(_ deb: DebFile, is package: LockedPackage) throws(AssembleError) {
        func differs(_ what: String, _ found: String, _ locked: String) -> AssembleError {
            .malformedPackage(
                package: "\(package.name) \(package.version)", reason: "the \(what) \(found) where the lock says \(locked)")
        }
        guard deb.name == package.name else { throw differs("name", deb.name, package.name) }
        guard deb.version.description == package.version else { throw differs("version", deb.version.description, package.version) }
        guard deb.architecture == package.architecture else {
            throw differs("architecture", deb.architecture, package.architecture)
        }
    }

    private static func entries(of tar: [TarEntry], _ package: String) throws(AssembleError) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(tar.count)
        var places: [String: Int] = [:]
        for raw in tar where !raw.path.isEmpty {
            guard let path = MergedUsr.place(raw.path) else {
                // The links of the merged /usr are ours; a package may bring them too, but nothing else in their place.
                guard raw.kind == .directory || raw.kind == .symlink else {
                    throw .unsafePath(package: package, path: raw.path, reason: "a \(raw.kind.rawValue) where /usr is merged")
                }
                continue
            }
            if let reason = ImagePath.fault(in: path) { throw .unsafePath(package: package, path: path, reason: reason) }
            // 4294967295 means "leave as it is" to chown(2), and a larger number is another one in the header of a layer.
            guard [raw.uid, raw.gid].allSatisfy((0...4_294_967_294).contains) else {
                throw .unsafePath(package: package, path: path, reason: "its owner \(raw.uid):\(raw.gid) is no user and group of Linux")
            }
            if let earlier = places[path] {
                // ./lib/x and ./usr/lib/x are one directory.
                if entries[earlier].kind == .directory, raw.kind == .directory { continue }
                throw .malformedPackage(package: package, reason: "\(path.debugDescription) twice")
            }
            var entry = Entry(path: path, kind: raw.kind, tar: raw, target: raw.kind == .symlink ? raw.target : nil)
            entry.tar.modified = Self.sane(raw.modified)
            if raw.kind == .hardlink {
                guard let target = raw.target.flatMap(MergedUsr.place), let place = places[target],
                    entries[place].kind != .directory
                else {
                    throw .unsafePath(
                        package: package, path: path,
                        reason: "a hard link to \((raw.target ?? "").debugDescription), which is no file before it")
                }
                entry.tar = entries[place].tar
                entry.kind = entries[place].kind == .file ? .hardlink : entries[place].kind
                entry.target = entries[place].target
            }
            places[path] = entries.count
            entries.append(entry)
        }
        return entries
    }

    // What eleven octal digits of a tar header hold: from 1970 to 2242.
    private static func sane(_ seconds: Int) -> Int { min(max(0, seconds), 0o77777777777) }
}
