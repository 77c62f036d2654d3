// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/dpkg-query.1, deb-md5sums(5); distroless PACKAGE_METADATA.md for status.d
import Base
import Debian

/// What dpkg wrote down: `status`, the files of `status.d`, and the lists of files beside them.
package enum DpkgDatabase {
    package static let recordLimit = 100_000

    /// `var/lib/dpkg/status`, or one file of `status.d`, whose paragraphs have no `Status`.
    package static func packages(_ bytes: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        guard let paragraphs = TextLines.paragraphs(bytes, limit: recordLimit) else {
            throw .tooMuch(what: "packages in a dpkg database", limit: recordLimit)
        }
        var reading = PackageReading()
        for range in paragraphs {
            do throws(DebianError) {
                for paragraph in try Deb822.paragraphs(Array(bytes[range]), limits: .init(bytes: 4 << 20, paragraphs: 2)) {
                    guard let package = try package(paragraph) else { continue }
                    guard !package.name.isEmpty, !package.version.isEmpty else {
                        reading.fault("the paragraph at byte \(range.lowerBound) has no name or no version")
                        continue
                    }
                    reading.packages.append(package)
                }
            } catch { reading.fault("the paragraph at byte \(range.lowerBound): \(error.diagnosis.summary)") }
        }
        return reading
    }

    /// `info/NAME.list`: one absolute path a line.
    package static func list(_ bytes: UnsafeRawBufferPointer, package name: String) -> PackageReading {
        owned(name, bytes) { $0.hasPrefix("/") && $0 != "/." ? $0.dropFirst() : nil }
    }

    /// `status.d/NAME.md5sums`: a digest, two spaces, a relative path.
    package static func sums(_ bytes: UnsafeRawBufferPointer, package name: String) -> PackageReading {
        owned(name, bytes) { $0.utf8.count > 34 ? $0.dropFirst(34).drop { $0 == "/" } : nil }
    }

    private static func owned(
        _ name: String, _ bytes: UnsafeRawBufferPointer, _ path: (Substring) -> Substring?
    ) -> PackageReading {
        var reading = PackageReading()
        reading.own(as: name)
        for line in TextLines(bytes) { if let path = path(line), !reading.own("", path) { break } }
        return reading
    }

    private static func package(_ paragraph: Deb822Paragraph) throws(DebianError) -> FoundPackage? {
        if let status = paragraph["Status"] {
            // Want, flag, state: files are there in all states but these two.
            let state = status.split(separator: " ").last ?? ""
            if state == "config-files" || state == "not-installed" { return nil }
        }
        let name = try paragraph.required("Package", of: "a package")
        let version = try paragraph.required("Version", of: name)
        var package = FoundPackage(.deb, name, version, architecture: paragraph["Architecture"])
        package.source = name
        package.sourceVersion = version
        if let source = paragraph["Source"] {
            // `Source: glibc (2.41-12)`.
            let parts = source.split(separator: " ", maxSplits: 1)
            package.source = parts.first.map(String.init) ?? name
            if parts.count == 2, parts[1].hasPrefix("("), parts[1].hasSuffix(")") {
                package.sourceVersion = String(parts[1].dropFirst().dropLast())
            }
        }
        let copies = [paragraph["Built-Using"], paragraph["Static-Built-Using"]].compactMap(\.self).filter { !$0.isEmpty }
        package.builtUsing = copies.isEmpty ? nil : copies.joined(separator: ", ")
        return package
    }
}
