// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// A small image with everything that is awkward to describe.
enum Samples {
    static let machineReadable = """
        Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

        Files: *
        Copyright: 2001-2025 Ann Example <ann@example.org>
        License: LGPL-2.1+

        Files: contrib/*
        Copyright: none
        License: public-domain
         No rights are claimed.

        """

    static func digest(_ text: String) -> Digest { Digest.sha256(of: text) }
    static func descriptor(_ text: String) -> Descriptor {
        Descriptor(mediaType: MediaType.manifest, digest: digest(text), size: text.utf8.count)
    }

    static func package(
        _ name: String, _ version: String, architecture: String, source: String? = nil, sourceVersion: String? = nil,
        neededBy: [String] = [], dependsOn: [String] = [], control: String = "", copyright: String? = machineReadable,
        isPartial: Bool = false, dropped: [String] = []
    ) -> ImagePackage {
        let locked = LockedPackage(
            name: name, version: version, architecture: architecture, source: source ?? name, sourceVersion: sourceVersion ?? version,
            sha256: digest(name + version + architecture).hex, size: 1234, archive: "trixie",
            path: "pool/main/\(name.prefix(1))/\(name)/\(name)_\(version)_\(architecture).deb", layer: "image", neededBy: neededBy,
            dependsOn: dependsOn)
        return ImagePackage(
            locked: locked, control: "Package: \(name)\nVersion: \(version)\n\(control)", copyright: copyright, isPartial: isPartial,
            dropped: dropped, scripts: [])
    }

    static func platform(_ platform: Platform) -> PlatformImage {
        let packages = [
            package("tzdata", "2025b-4", architecture: "all", neededBy: ["server"]),
            package(
                "libstdc++6", "14.2.0-19", architecture: platform.debian, source: "gcc-14", neededBy: ["server"], dependsOn: ["tzdata"],
                control: """
                    Section: libs
                    Maintainer: Debian "GCC" Maintainers (team) <debian-gcc@lists.debian.org>
                    Homepage: http://gcc.gnu.org/
                    Description: GNU Standard C++ Library v3
                     This package contains a C++ library
                     .
                     for \u{22}everything\u{22}, größtenteils.

                    """,
                copyright: "Prose about GCC.\nCopyright (C) 1986-2024 Free Software Foundation\nSee /usr/share/common-licenses/GPL-3.\n"),
            package(
                "server", "1:1.0-1+b1", architecture: platform.debian, sourceVersion: "1:1.0-1", dependsOn: ["libstdc++6", "openssl"],
                control: """
                    Maintainer: Ann Example <ann@example.org>
                    Homepage: not an address
                    Depends: libstdc++6 (>= 14), media-types | mime-support
                    Description: a server

                    """,
                dropped: ["usr/share/man/man8/server.8.gz"]),
            package(
                "openssl", "3.5.1-1", architecture: platform.debian, neededBy: ["server"], copyright: nil, isPartial: true,
                dropped: ["usr/bin/openssl"]),
        ]
        let entries = [
            FileEntry(path: "etc", kind: .directory, mode: 0o755, owner: "recipe:profile:base"),
            FileEntry(
                path: "etc/server/a b ü.conf", kind: .file, mode: 0o644, size: 3, digest: digest("conf"), owner: "recipe:files/etc/server"),
            FileEntry(path: "usr/bin/server", kind: .file, mode: 0o755, size: 100, digest: digest("server"), owner: "server"),
            FileEntry(path: "usr/bin/server-link", kind: .symlink, mode: 0o777, target: "server", owner: "recipe:links"),
            FileEntry(path: "usr/bin/server1", kind: .hardlink, mode: 0o755, target: "usr/bin/server", owner: "server"),
            FileEntry(path: "usr/lib/ssl/cert.pem", kind: .symlink, mode: 0o777, target: "/etc/ssl/cert.pem", owner: "openssl"),
            FileEntry(
                path: "usr/libexec/ashlar/start", kind: .file, mode: 0o755, size: 9, digest: digest("start"), owner: "recipe:helpers/start"),
        ]
        return PlatformImage(
            platform: platform, manifest: descriptor("manifest \(platform)"), config: descriptor("config \(platform)"), layers: [],
            tree: FileTree(entries: entries), packages: packages)
    }

    static let image = Image(
        name: "team/server", stream: "1", version: "1.0", index: descriptor("index"), platforms: [platform(.amd64), platform(.arm64)],
        created: Timestamp(seconds: 1_760_000_000))

    static let recipe: Recipe = {
        var recipe = Recipe(name: "team/server", stream: "1")
        recipe.title = "Server"
        recipe.summary = "Serves."
        recipe.exclusions = [
            Exclusion(package: "media-types", reason: "read by name only"),
            Exclusion(package: "perl", reason: "only scripts use it", origin: "profile:root"),
        ]
        return recipe
    }()
}
