// SPDX-License-Identifier: Apache-2.0
import Archive
import Base

/// A binary package made up in a test.
///
///     VirtualPackage("nginx", "1.26.3-3", ["Depends": "libc6 (>= 2.41)"], files: [.file("usr/sbin/nginx", "ELF", mode: 0o755)])
package struct VirtualPackage: Sendable {
    /// Something the data part holds. Paths are relative.
    package enum Entry: Sendable {
        case directory(String, mode: Int = 0o755)
        case file(String, String, mode: Int = 0o644)
        case bytes(String, [UInt8], mode: Int = 0o644)
        case link(String, to: String)
    }

    package var name: String
    package var version: String
    package var architecture: String
    /// Further control fields in their order.
    package var fields: [(name: String, value: String)]
    package var entries: [Entry]
    /// `postinst` -> text; also `triggers`, `conffiles` and any other file of the control part.
    package var controlFiles: [String: String]

    package init(
        _ name: String, _ version: String = "1.0-1", architecture: String = "amd64", _ fields: KeyValuePairs<String, String> = [:],
        files: [Entry] = [], controlFiles: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.fields = fields.map { ($0.key, $0.value) }
        entries = files
        self.controlFiles = controlFiles
    }

    /// The control paragraph.
    package var control: String {
        var lines = ["Package: \(name)", "Version: \(version)", "Architecture: \(architecture)", "Maintainer: Test <test@example.org>"]
        lines += fields.map { "\($0.name): \($0.value)" }
        if !fields.contains(where: { $0.name == "Description" }) { lines.append("Description: made up") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A real .deb: `control.tar.gz`, uncompressed `data.tar`.
    package func deb() throws -> [UInt8] {
        var members: [(String, [UInt8])] = [("debian-binary", Array("2.0\n".utf8))]
        members.append(("control.tar.gz", try Gzip.encode(try controlTar())))
        members.append(("data.tar", try dataTar()))
        var bytes = Array("!<arch>\n".utf8)
        for (name, content) in members {
            bytes += Array((Self.padded(name, 16) + Self.padded("0", 12) + Self.padded("0", 6) + Self.padded("0", 6)).utf8)
            bytes += Array((Self.padded("100644", 8) + Self.padded("\(content.count)", 10) + "`\n").utf8) + content
            if content.count % 2 == 1 { bytes.append(0x0A) }
        }
        return bytes
    }

    /// Relative to the archive's base address.
    package var path: String { "pool/main/\(name.prefix(1))/\(name)/\(name)_\(version.replacing(":", with: "%3a"))_\(architecture).deb" }

    /// Its paragraph in a Packages file.
    package func stanza() throws -> String {
        let bytes = try deb()
        return control + "Filename: \(path)\nSize: \(bytes.count)\nSHA256: \(Digest.sha256(of: bytes).hex)\n"
    }

    private func controlTar() throws -> [UInt8] {
        var tar = TarWriter()
        try tar.append(TarHeader(path: "", kind: .directory, mode: 0o755))
        var files = controlFiles
        if files["control"] == nil { files["control"] = control }
        if files["md5sums"] == nil { files["md5sums"] = md5sums }
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            let isProgram = ["preinst", "postinst", "prerm", "postrm", "config"].contains(name)
            try tar.append(TarHeader(path: name, kind: .file, mode: isProgram ? 0o755 : 0o644), body: Array(text.utf8))
        }
        tar.writeEnd()
        return tar.bytes
    }

    private func dataTar() throws -> [UInt8] {
        var tar = TarWriter()
        for entry in entries {
            switch entry {
            case .directory(let path, let mode): try tar.append(TarHeader(path: path, kind: .directory, mode: mode))
            case .file(let path, let text, let mode): try tar.append(TarHeader(path: path, kind: .file, mode: mode), body: Array(text.utf8))
            case .bytes(let path, let bytes, let mode): try tar.append(TarHeader(path: path, kind: .file, mode: mode), body: bytes)
            case .link(let path, let target): try tar.append(TarHeader(path: path, kind: .symlink, mode: 0o777, target: target))
            }
        }
        tar.writeEnd()
        return tar.bytes
    }

    // Not MD5: the first half of the SHA-256. Nothing but people compares these sums.
    private var md5sums: String {
        entries.map { entry in
            switch entry {
            case .file(let path, let text, _): "\(Digest.sha256(of: text).hex.prefix(32))  \(path)\n"
            case .bytes(let path, let bytes, _): "\(Digest.sha256(of: bytes).hex.prefix(32))  \(path)\n"
            case .directory, .link: ""
            }
        }.joined()
    }

    private static func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
}
