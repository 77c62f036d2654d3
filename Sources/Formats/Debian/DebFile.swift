// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/deb.5
import Archive

/// A Debian binary package: what its control part says, and where its data part lies in the file.
///
/// The data part is not decompressed here.
package struct DebFile: Sendable, Hashable {
    /// A program or declaration that dpkg would act on at installation or removal.
    package struct Script: Sendable, Hashable {
        /// `preinst`, `postinst`, `prerm`, `postrm`, `config` or `triggers`.
        package var name: String
        package var bytes: [UInt8]
        package var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// One line of `md5sums`: what the package says a file of it should be.
    package struct Checksum: Sendable, Hashable {
        /// 32 hexadecimal characters.
        package var md5: String
        /// Relative, without leading slash.
        package var path: String
    }

    /// The names of those scripts that dpkg or debconf runs; `triggers` is a declaration.
    package static let scriptNames = ["preinst", "postinst", "prerm", "postrm", "config", "triggers"]

    /// The control paragraph.
    package let control: Deb822Paragraph
    /// The control paragraph as it stands in the file, verbatim.
    package let controlText: String
    /// In the order of `scriptNames`; absent ones are left out.
    package let scripts: [Script]
    package let md5sums: [Checksum]
    /// Absolute paths of configuration files, flags removed.
    package let conffiles: [String]
    /// Every name in the control part, sorted.
    package let controlFiles: [String]
    /// `data.tar.xz`: name of the data member, whose suffix says how it is compressed.
    package let dataName: String
    /// Where the data member's bytes lie in the file.
    package let data: Range<Int>

    package let name: String
    package let version: DebianVersion
    package let architecture: String

    /// Reads a file held in memory. `controlLimit` bounds the decompressed control part, in bytes.
    package init(_ bytes: UnsafeRawBufferPointer, controlLimit: Int = 32 << 20) throws(DebianError) {
        let members = try Self.members(bytes)
        dataName = members.data.name
        data = members.data.range
        let files = try ControlFiles(
            members.control.name, UnsafeRawBufferPointer(rebasing: bytes[members.control.range]), limit: controlLimit)
        guard let paragraph = files["control"] else { throw .badPackageFile(reason: "no file control in its control part") }
        control = try Deb822.onlyParagraph(paragraph, of: "the file control of a package")
        controlText = String(decoding: paragraph, as: UTF8.self)
        name = try control.required("Package", of: "a package")
        guard PackageName.isWellFormed(name) else { throw .badField("Package", of: "a package", value: name) }
        version = try DebianVersion(try control.required("Version", of: name))
        architecture = try control.required("Architecture", of: name)
        scripts = Self.scriptNames.compactMap { name in files[name].map { Script(name: name, bytes: $0) } }
        md5sums = try Self.checksums(files["md5sums"] ?? [], of: name)
        conffiles = String(decoding: files["conffiles"] ?? [], as: UTF8.self).split(separator: "\n").compactMap { line in
            // dpkg 1.20 put flags such as remove-on-upgrade before the path.
            line.split(separator: " ").last.map(String.init)
        }
        controlFiles = files.names
    }

    /// Reads a file held in an array.
    package init(_ bytes: [UInt8], controlLimit: Int = 32 << 20) throws(DebianError) {
        self = try bytes.withRaw { (raw) throws(DebianError) in try DebFile(raw, controlLimit: controlLimit) }
    }

    private static func members(_ bytes: UnsafeRawBufferPointer) throws(DebianError) -> (control: ArArchive.Member, data: ArArchive.Member)
    {
        var members: [ArArchive.Member]
        do throws(ArchiveError) {
            members = try ArArchive(bytes, memberLimit: 16).members
        } catch {
            throw .unreadable("a .deb", error)
        }
        guard let first = members.first, first.name == "debian-binary" else {
            throw .badPackageFile(reason: "no member debian-binary at its start")
        }
        guard bytes[first.range].starts(with: "2.".utf8), first.range.count <= 64 else {
            throw .badPackageFile(reason: "another format version than 2.0")
        }
        // Members whose names begin with an underscore are reserved and read over.
        members = members.dropFirst().filter { !$0.name.hasPrefix("_") }
        guard members.count == 2, members[0].name.hasPrefix("control.tar"), members[1].name.hasPrefix("data.tar") else {
            throw .badPackageFile(reason: "other members than control.tar and data.tar: \(members.map(\.name).joined(separator: ", "))")
        }
        return (members[0], members[1])
    }

    private static func checksums(_ bytes: [UInt8], of package: String) throws(DebianError) -> [Checksum] {
        var sums: [Checksum] = []
        for line in bytes.split(separator: 0x0A) {
            guard line.count > 34, line.prefix(32).allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }) else {
                throw .badField("md5sums", of: package, value: String(decoding: line, as: UTF8.self))
            }
            var path = line.dropFirst(34)
            if path.starts(with: "./".utf8) { path = path.dropFirst(2) }
            sums.append(
                Checksum(md5: String(decoding: line.prefix(32), as: UTF8.self), path: String(decoding: path, as: UTF8.self)))
        }
        return sums
    }
}

/// The plain files of a control part.
private struct ControlFiles {
    private var contents: [String: [UInt8]] = [:]

    subscript(_ name: String) -> [UInt8]? { contents[name] }
    var names: [String] { contents.keys.sorted() }

    init(_ member: String, _ bytes: UnsafeRawBufferPointer, limit: Int) throws(DebianError) {
        do throws(ArchiveError) {
            let tar = try Decompressor.decode(named: member, bytes, limit: limit)
            for entry in try TarReader.entries(of: tar, limits: TarLimits(entries: 1000, bodyBytes: limit)) where entry.kind == .file {
                guard contents[entry.path] == nil else {
                    throw ArchiveError.corrupt(.tar, offset: 0, reason: "a second file \(entry.path)")
                }
                contents[entry.path] = Array(tar[entry.body])
            }
        } catch {
            throw .unreadable(member, error)
        }
    }
}
