// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI
import TestKit
import Testing

@testable import Assemble

/// Packages that would do harm if they were believed.
struct HostilePackageTests {
    @Test(
        arguments: [
            .file("../../etc/cron.d/x"), .file("./usr/../../x"), .file("/etc/passwd"), .file("./usr//x"), .file("./usr/./x"),
            .file("./usr/a\u{1B}[2J"), .link("../x", to: "y"), .directory("./.."), .directory("/etc"),
            .hardLink("./usr/x", to: "../../etc/shadow"), .hardLink("./usr/x", to: "/etc/shadow"),
            .hardLink("./usr/x", to: "./usr/missing"), .hardLink("./usr/x", to: "./usr/x"), .file("./usr/.wh.bin"),
            .file("./.wh..wh..opq"), .directory("./usr/.wh.dir"), .file("./var/lib/dpkg/status.d/openssl", "Package: openssl\n"),
            .link("./var/lib/dpkg/status.d/openssl", to: "/etc/passwd"), .file("./bin"), .special("./lib64", "6"),
        ] as [RawTar.Entry])
    func `a path that leads astray is refused`(_ entry: RawTar.Entry) async throws {
        let refusal = await Bench().refusal([DebBuilder("evil", entries: [.file("./usr/fine", "x"), entry])])
        #expect(refusal?.code == "assemble.unsafe-path", "\(entry.path)")
        #expect(refusal?.kind == .untrusted)
        #expect(refusal?.rendered.unicodeScalars.contains { $0.value == 0x1B } == false)
    }

    @Test(arguments: [("uid", 4_294_967_295), ("gid", 4_294_967_295), ("uid", 1 << 40), ("gid", 4_294_967_296)])
    func `an owner that no user can be is refused`(_ field: String, _ number: Int) async throws {
        let entry = RawTar.Entry.file("./usr/x", "x").with { $0.records = [(field, "\(number)")] }
        let refusal = await Bench().refusal([DebBuilder("evil", entries: [entry])])
        #expect(refusal?.code == "assemble.unsafe-path")
        #expect(refusal?.summary.contains("\(number)") == true)
        let last = RawTar.Entry.file("./usr/x", "x").with { $0.records = [(field, "4294967294")] }
        #expect(await Bench().refusal([DebBuilder("odd", entries: [last])]) == nil)
    }

    @Test func `a package that changed in the store is not opened`() async throws {
        let bench = Bench()
        let parcels = try bench.parcels([(.amd64, [DebBuilder.program("tool")])])
        let digest = try #require(parcels.value.platforms.first?.parcels.first?.digest)
        bench.blobs.spoil(digest)
        let assembler = Assembler(
            blobs: bench.blobs, cache: bench.cache, settings: AssemblySettings(scripts: bench.scripts, helpers: [:], parallelism: 1))
        await #expect(throws: MemoryBlobStore.Refusal.self) { _ = try await assembler.assemble(parcels, as: bench.recipe) }
        #expect(bench.blobs.size(of: digest) == nil)
    }

    @Test func `a hard link to a directory is refused`() async throws {
        let deb = DebBuilder("evil", entries: [.directory("./usr/d"), .hardLink("./usr/x", to: "./usr/d")])
        #expect(await Bench().refusal([deb])?.code == "assemble.unsafe-path")
    }

    @Test(arguments: [("3", "character device"), ("4", "block device"), ("6", "named pipe")] as [(Character, String)])
    func `devices and pipes are refused unless dropped`(_ type: Character, _ words: String) async throws {
        var bench = Bench()
        let deb = DebBuilder("evil", entries: [.special("./dev/thing", type)])
        let refusal = await bench.refusal([deb])
        #expect(refusal?.code == "assemble.special-file")
        #expect(refusal?.summary.contains(words) == true)
        bench.recipe.drops = [DropRule(paths: ["dev/thing"], reason: "test")]
        #expect(try await bench.assemble([deb]).package("evil")?.dropped == ["dev/thing"])
    }

    @Test(arguments: ["/etc", "../etc", "../../../../../../etc", "."])
    func `a file below another package's link is refused`(_ target: String) async throws {
        let one = DebBuilder("one", entries: [.link("./usr/x", to: target)])
        let two = DebBuilder("two", entries: [.directory("./usr/x"), .file("./usr/x/passwd", "root::0:0::/:/bin/sh\n")])
        for debs in [[one, two], [one, two.changed { $0.entries.removeFirst() }], [one.changed { $0.name = "zzz" }, two]] {
            let refusal = await Bench().refusal(debs)
            #expect(refusal?.code == "assemble.unsafe-path")
            #expect(refusal?.summary.contains("usr/x/passwd") == true)
        }
        let layered = await Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
            .refusal([one.changed { $0.layer = "profile:base" }, two])
        #expect(layered?.code == "assemble.unsafe-path")
        let reversed = await Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
            .refusal([one, two.changed { $0.layer = "profile:base" }])
        #expect(reversed?.code == "assemble.unsafe-path")
    }

    @Test func `a file below a link of the same package is refused`() async throws {
        let deb = DebBuilder("evil", entries: [.link("./usr/x", to: "/etc"), .file("./usr/x/passwd", "x")])
        #expect(await Bench().refusal([deb])?.code == "assemble.unsafe-path")
    }

    @Test func `a file below a file is refused`() async throws {
        let deb = DebBuilder("evil", entries: [.file("./usr/x", "x"), .file("./usr/x/y", "x")])
        #expect(await Bench().refusal([deb])?.code == "assemble.unsafe-path")
    }

    @Test func `a line of the recipe below a packaged link is refused`() async throws {
        var bench = Bench()
        bench.recipe.files = [RecipeFile(path: "usr/x/conf", content: "x")]
        #expect(await bench.refusal([DebBuilder("one", entries: [.link("./usr/x", to: "/etc")])])?.code == "assemble.unsafe-path")
    }

    @Test func `an empty directory where another package has a link is that link`() async throws {
        let one = DebBuilder("one", entries: [.link("./usr/x", to: "y"), .directory("./usr/y")])
        let two = DebBuilder("two", entries: [.directory("./usr/x")])
        #expect(try await Bench().assemble([one, two])["usr/x"]?.kind == .symlink)
        #expect(try await Bench().assemble([one.changed { $0.name = "zzz" }, two])["usr/x"]?.kind == .symlink)
    }

    @Test(
        arguments: [
            [.file("./usr/x", "1"), .file("./usr/x", "2")], [.file("./bin/x", "1"), .file("./usr/bin/x", "2")],
            [.directory("./usr/x"), .file("./usr/x", "2")], [.file("./usr/x", "1"), .directory("./usr/x")],
            [.link("./usr/x", to: "a"), .file("./usr/x", "2")], [.file("./usr/e\u{301}", "1"), .file("./usr/\u{E9}", "2")],
        ] as [[RawTar.Entry]])
    func `one path twice in a package is refused`(_ entries: [RawTar.Entry]) async throws {
        let refusal = await Bench().refusal([DebBuilder("evil", entries: entries)])
        #expect(refusal?.code == "assemble.malformed-package")
        #expect(refusal?.summary.contains("twice") == true)
    }

    @Test func `a setuid program is kept for the checker to find`() async throws {
        let capability = "\u{1}\u{0}\u{0}\u{2}"
        let deb = DebBuilder(
            "sudo",
            entries: [
                .file("./usr/bin/sudo", "x", mode: 0o4755), .file("./usr/bin/wall", "x", mode: 0o2755),
                .file("./usr/bin/ping", "x", mode: 0o755).with { $0.records = [("SCHILY.xattr.security.capability", capability)] },
            ])
        let bench = Bench()
        let image = try await bench.assemble([deb])
        #expect(image["usr/bin/sudo"]?.mode == 0o4755)
        #expect(image["usr/bin/wall"]?.mode == 0o2755)
        #expect(try bench.layers(image.platforms[0])[0]["usr/bin/sudo"]?.mode == 0o4755)
        #expect(image["usr/bin/ping"]?.facts?.hasCapabilities == true)
        #expect(image["usr/bin/sudo"]?.facts == nil)
    }

    @Test(arguments: DebBuilder.Packing.allCases) func `every packing of a package is read`(_ packing: DebBuilder.Packing) async throws {
        let image = try await Bench().assemble([DebBuilder.program("tool").changed { $0.packing = packing }])
        #expect(image["usr/bin/tool"]?.digest == Digest.sha256(of: "program tool\n"))
    }

    @Test(arguments: [DebBuilder.Packing.gzip, .zstd]) func `a data part that unpacks without end is given up`(
        _ packing: DebBuilder.Packing
    ) async throws {
        let body = [UInt8](repeating: 0, count: 65 << 20)
        let refusal = await Bench().refusal([DebBuilder("bomb", entries: [.bytes("./usr/zeros", body)], packing: packing)])
        #expect(refusal?.code == "assemble.malformed-package")
        #expect(refusal?.summary.contains("\(64 << 20)") == true)
    }

    @Test func `what may be unpacked grows with what was fetched, up to a limit`() {
        #expect(OpenedPackage.limit(compressed: 0) == 64 << 20)
        #expect(OpenedPackage.limit(compressed: 1 << 20) == 256 << 20)
        #expect(OpenedPackage.limit(compressed: 100 << 20) == 2 << 30)
        #expect(OpenedPackage.limit(compressed: .max) == 2 << 30)
    }

    @Test func `something else than a package is refused`() async throws {
        let good = try DebBuilder.program("tool").bytes()
        let broken: [[UInt8]] = [
            [], Array("<html>".utf8), Array(good.dropLast(600)), Array(good.prefix(100)),
            DebBuilder.archive([("debian-binary", Array("2.0\n".utf8))]),
            DebBuilder.archive([("data.tar", [1, 2, 3]), ("control.tar", [1]), ("debian-binary", Array("2.0\n".utf8))]),
            DebBuilder.archive([("debian-binary", Array("3.0\n".utf8)), ("control.tar", []), ("data.tar", [])]),
        ]
        for bytes in broken {
            let bench = Bench()
            let package = DebBuilder.program("tool").locked(bytes)
            let parcels = Parcels(platforms: [(.amd64, [Parcel(package: package, digest: bench.blobs.write(bytes))])])
            let assembler = Assembler(blobs: bench.blobs, cache: bench.cache, settings: AssemblySettings(scripts: ScriptTable()))
            let error = await #expect(throws: AssembleError.self) {
                _ = try await assembler.assemble(Verified(byVerifying: parcels, evidence: []), as: bench.recipe)
            }
            #expect(error?.diagnosis.code == "assemble.malformed-package")
        }
    }

    @Test(arguments: ["name", "version", "architecture"]) func `a package under a false flag is refused, cached or not`(_ field: String)
        async throws
    {
        let bench = Bench()
        let deb = DebBuilder.program("openssl", architecture: "all")
        _ = try await bench.assemble([deb])
        var parcel = try deb.parcel(in: bench.blobs)
        switch field {
        case "name": parcel.package.name = "harmless"
        case "version": parcel.package.version = "9.9-9"
        default: parcel.package.architecture = "amd64"
        }
        let parcels = Verified(byVerifying: Parcels(platforms: [(.amd64, [parcel])]), evidence: [])
        let assembler = Assembler(blobs: bench.blobs, cache: bench.cache, settings: AssemblySettings(scripts: ScriptTable()))
        let error = await #expect(throws: AssembleError.self) { _ = try await assembler.assemble(parcels, as: bench.recipe) }
        #expect(error?.diagnosis.code == "assemble.malformed-package")
        #expect(error?.diagnosis.summary.contains(field) == true)
    }

    @Test func `a package for another processor is refused`() async throws {
        let refusal = await Bench().refusal([.program("tool", architecture: "arm64")])
        #expect(refusal?.code == "assemble.malformed-package")
        #expect(refusal?.summary.contains("linux/amd64") == true)
    }
}
