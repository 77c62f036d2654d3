// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
package import Debian

/// An archive made up in a test: packages, the index over them, and the Release file over that. Nothing is signed.
///
///     let archive = VirtualArchive("trixie", [VirtualPackage("libc6", "2.41-12")])
///     let index = try archive.index(architecture: "amd64")
package struct VirtualArchive: Sendable {
    /// The directory below `dists/`.
    package var suite: String
    package var packages: [VirtualPackage]
    package var architectures: [String]
    /// As Release files write it.
    package var date = "Sat, 15 Nov 2025 09:12:00 UTC"
    package var validUntil: String?
    /// Whether it has its lists of packages as .xz too, as real archives do.
    package var packsXZ = false

    package init(_ suite: String = "trixie", _ packages: [VirtualPackage], architectures: [String] = ["amd64", "arm64"]) {
        self.suite = suite
        self.packages = packages
        self.architectures = architectures
    }

    /// The Packages file of an architecture, packages for all of them among its own.
    package func packagesText(architecture: String) throws -> String {
        try packages.filter { $0.architecture == architecture || $0.architecture == "all" }.map { try $0.stanza() }.joined(separator: "\n")
    }

    /// The index of an architecture, opened.
    package func index(architecture: String = "amd64") throws -> PackageIndex {
        var builder = PackageIndexBuilder()
        try builder.append(Array(try packagesText(architecture: architecture).utf8))
        return try PackageIndex(try builder.finish())
    }

    /// The text of Release.
    package func release() throws -> String {
        var lines = ["Origin: Test", "Label: Test", "Suite: \(suite)", "Codename: \(suite)", "Date: \(date)"]
        if let validUntil { lines.append("Valid-Until: \(validUntil)") }
        lines += ["Acquire-By-Hash: yes", "Architectures: \(architectures.joined(separator: " "))", "Components: main", "SHA256:"]
        for (path, bytes) in try indexFiles() { lines.append(" \(Digest.sha256(of: bytes).hex) \(bytes.count) \(path)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The form of InRelease around `release()`, with a signature that says nothing.
    package func inRelease() throws -> String {
        let escaped = try release().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { $0.hasPrefix("-") ? "- \($0)" : String($0) }
        return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + escaped.joined(separator: "\n")
            + "\n-----BEGIN PGP SIGNATURE-----\n\niHUEARYIAB0=\n=AAAA\n-----END PGP SIGNATURE-----\n"
    }

    /// Everything a mirror serves below the archive's base: path -> bytes.
    package func files() throws -> [String: [UInt8]] {
        var files = ["dists/\(suite)/InRelease": Array(try inRelease().utf8)]
        for (path, bytes) in try indexFiles() {
            files["dists/\(suite)/\(path)"] = bytes
            let directory = path.split(separator: "/").dropLast().joined(separator: "/")
            files["dists/\(suite)/\(directory)/by-hash/SHA256/\(Digest.sha256(of: bytes).hex)"] = bytes
        }
        for package in packages { files[package.path] = try package.deb() }
        return files
    }

    private func indexFiles() throws -> [(String, [UInt8])] {
        try architectures.flatMap { architecture in
            let text = Array(try packagesText(architecture: architecture).utf8)
            let stem = "main/binary-\(architecture)/Packages"
            return [(stem, text), (stem + ".gz", try Gzip.encode(text))] + (packsXZ ? [(stem + ".xz", StoredXZ.pack(text))] : [])
        }
    }
}
