// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Check
import ELF
import OCI

/// A small image that keeps every rule, to be spoiled by one thing in each test.
struct GoodImage {
    var entries: [FileEntry]
    var packages = ["base-files", "libc6", "hello"]
    var recipe = Recipe(name: "hello", stream: "1")
    var platform = Platform.amd64
    var contents: [String: String] = [
        "usr/lib/os-release": "NAME=\"Ashlar\"\nID=debian\nVERSION_ID=\"13\"\n",
        "var/lib/dpkg/status.d/hello.md5sums": "d41d8cd98f00b204e9800998ecf8427e  usr/bin/hello\n",
    ]

    static let loader = "/lib64/ld-linux-x86-64.so.2"

    init() {
        recipe.writable = ["/tmp", "/var/lib/hello"]
        entries = [
            .directory("etc"), .file("etc/debian_version", "base-files"), .link("etc/os-release", "../usr/lib/os-release", "base-files"),
            .link("bin", "usr/bin"), .link("lib", "usr/lib"), .link("lib64", "usr/lib64"), .directory("dev"),
            .directory("root", mode: 0o700), .directory("tmp", mode: 0o1777), .directory("usr"), .directory("usr/bin"),
            .elf("usr/bin/hello", "hello", ELFFacts(machine: "amd64", kind: "executable", interpreter: Self.loader, needed: ["libc.so.6"])),
            .file("usr/bin/hello-script", "hello", mode: 0o755, facts: FileFacts(interpreter: "/bin/hello")), .directory("usr/lib"),
            .link("usr/lib64", "lib", "libc6"), .elf("usr/lib/ld-linux-x86-64.so.2", "libc6", ELFFacts(machine: "amd64", kind: "library")),
            .file("usr/lib/os-release", "base-files"), .directory("usr/lib/x86_64-linux-gnu"),
            .elf(
                "usr/lib/x86_64-linux-gnu/libc.so.6", "libc6",
                ELFFacts(machine: "amd64", kind: "library", interpreter: Self.loader, soname: "libc.so.6")),
            .directory("usr/share/doc"), .directory("usr/share/doc/libc6"), .file("usr/share/doc/libc6/copyright", "libc6"),
            .directory("usr/share/doc/base-files"), .file("usr/share/doc/base-files/copyright", "base-files"),
            .link("usr/share/doc/hello", "libc6", "hello"), .directory("var"), .directory("var/lib"),
            .directory("var/lib/hello", mode: 0o770, uid: 65532),
            .link("var/log", "/proc/self/fd", "hello"), .directory("var/tmp", mode: 0o1777),
        ]
        for package in packages {
            entries.append(.file("var/lib/dpkg/status.d/\(package)", package))
            entries.append(.file("var/lib/dpkg/status.d/\(package).md5sums", package))
        }
    }

    var image: PlatformImage {
        let empty = Descriptor(mediaType: MediaType.empty, digest: Digest.sha256(of: [UInt8]()), size: 0)
        return PlatformImage(
            platform: platform, manifest: empty, config: empty, layers: [],
            tree: FileTree(entries: entries.sorted { $0.path < $1.path }), packages: packages.map(Self.package))
    }

    static func package(_ name: String) -> ImagePackage {
        ImagePackage(
            locked: LockedPackage(
                name: name, version: "1", architecture: "amd64", source: name, sourceVersion: "1", sha256: "", size: 0, archive: "trixie",
                path: "", layer: "image", neededBy: [], dependsOn: []),
            control: "", copyright: nil, isPartial: false, dropped: [], scripts: [])
    }

    func findings() -> [Finding] {
        let contents = contents
        return HardeningChecker().check(image, against: recipe) { path in contents[path].map { Array($0.utf8) } }
    }

    /// `rule path` of every finding without an exception.
    func refusals() -> [String] { findings().filter { $0.excepted == nil }.map { $0.path.isEmpty ? $0.rule : "\($0.rule) \($0.path)" } }

    mutating func remove(_ path: String) { entries.removeAll { $0.path == path || $0.path.hasPrefix(path + "/") } }
    mutating func change(_ path: String, _ body: (inout FileEntry) -> Void) {
        for index in entries.indices where entries[index].path == path { body(&entries[index]) }
    }
}

extension FileEntry {
    static func file(_ path: String, _ owner: String = "hello", mode: Int = 0o644, facts: FileFacts? = nil) -> FileEntry {
        FileEntry(path: path, kind: .file, mode: mode, owner: owner, facts: facts)
    }
    static func elf(_ path: String, _ owner: String = "hello", _ facts: ELFFacts) -> FileEntry {
        .file(path, owner, mode: 0o755, facts: FileFacts(elf: facts))
    }
    static func directory(_ path: String, mode: Int = 0o755, uid: Int = 0, gid: Int = 0) -> FileEntry {
        FileEntry(path: path, kind: .directory, mode: mode, uid: uid, gid: gid, owner: "recipe:directories")
    }
    static func link(_ path: String, _ target: String, _ owner: String = "recipe:steps/usr-merge") -> FileEntry {
        FileEntry(path: path, kind: .symlink, mode: 0o777, target: target, owner: owner)
    }
}
