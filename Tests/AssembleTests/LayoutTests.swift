// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI
import TestKit
import Testing

struct LayoutTests {
    @Test func `what a package ships outside a merged usr lies inside it`() async throws {
        let bench = Bench()
        let deb = DebBuilder(
            "old",
            entries: [
                .directory("./bin"), .file("./bin/tool", "tool", mode: 0o755), .directory("./lib"), .directory("./lib/x86_64-linux-gnu"),
                .file("./lib/x86_64-linux-gnu/libx.so.1", "x"), .directory("./usr/lib/x86_64-linux-gnu", mode: 0o700),
                .hardLink("./usr/bin/same", to: "./bin/tool"), .file("./sbin/admin", "a"), .file("./lib64/ld.so", "l"),
                .file("./library/book", "not lib"),
            ], controlFiles: ["md5sums": "b1946ac92492d2347c6235b4d2611184  bin/tool\n"])
        let image = try await bench.assemble([deb])
        for path in ["usr/bin/tool", "usr/lib/x86_64-linux-gnu/libx.so.1", "usr/sbin/admin", "usr/lib64/ld.so", "library/book"] {
            #expect(image[path]?.owner == "old", "\(path)")
        }
        for link in ["bin", "lib", "lib64", "sbin"] {
            #expect(image[link]?.target == "usr/" + link)
            #expect(image["usr/" + link]?.kind == .directory)
        }
        #expect(!image.paths.contains { $0.hasPrefix("bin/") || $0.hasPrefix("lib/") })
        #expect(image["usr/lib/x86_64-linux-gnu"]?.mode == 0o755)
        #expect(image["usr/bin/same"]?.kind == .file)
        #expect(image["usr/bin/tool"]?.target == "usr/bin/same")
        let sums = try bench.text("var/lib/dpkg/status.d/old.md5sums", in: image)
        #expect(sums == "b1946ac92492d2347c6235b4d2611184  usr/bin/tool\n")
    }

    @Test func `lib64 is linked in the layer that needs it, and not where nothing does`() async throws {
        let bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        let base = DebBuilder.program("base", layer: "profile:base").changed { $0.entries.append(.link("./lib64", to: "usr/lib64")) }
        let without = try await bench.assemble([base])
        #expect(without["lib64"] == nil)
        #expect(without["bin"]?.owner == "recipe:steps/usr-merge")
        let libc = DebBuilder("libc6", entries: [.directory("./usr/lib64"), .link("./usr/lib64/ld-linux-x86-64.so.2", to: "../lib/ld")])
        let image = try await bench.assemble([base, libc])
        let layers = try bench.layers(image.platforms[0])
        #expect(layers.map { $0.paths.contains("lib64") } == [false, true, false])
        #expect(layers.map { $0.paths.contains("bin") } == [true, false, false])
    }

    @Test func `directories keep what their package says, and others are plain`() async throws {
        let bench = Bench()
        let deb = DebBuilder(
            "dirs",
            entries: [
                .directory("./var/mail", mode: 0o2775).with { $0.gid = 8 }, .file("./opt/deep/er/file", "x"),
                .directory("./var/secret", mode: 0o700).with { $0.uid = 101 },
            ])
        let image = try await bench.assemble([deb])
        #expect(image["var/mail"].map { [$0.mode, $0.gid] } == [0o2775, 8])
        #expect(image["var/secret"].map { [$0.mode, $0.uid] } == [0o700, 101])
        #expect(image["opt/deep/er"].map { [$0.mode, $0.uid, $0.gid] } == [0o755, 0, 0])
        #expect(image["opt/deep"]?.owner == "recipe:directories")
        let entry = try bench.layers(image.platforms[0])[0]["var/mail"]
        #expect(entry.map { [$0.mode, $0.gid] } == [0o2775, 8])
    }

    @Test func `a description of a directory in an upper layer replaces what a lower layer only implied`() async throws {
        let bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        let below = DebBuilder("below", entries: [.file("./var/lib/x/file", "x")], layer: "profile:base")
        let above = DebBuilder("above", entries: [.directory("./var/lib/x", mode: 0o711)])
        let other = DebBuilder("other", entries: [.directory("./var/lib/x", mode: 0o777)])
        let image = try await bench.assemble([below, above, other])
        #expect(image["var/lib/x"].map { [$0.mode] } == [0o711])
        let layers = try bench.layers(image.platforms[0])
        #expect(layers[0]["var/lib/x"]?.mode == 0o755)
        #expect(layers[1]["var/lib/x"]?.mode == 0o711)
    }

    @Test func `one path in two packages is refused`() async throws {
        let one = DebBuilder("one", entries: [.file("./usr/same", "1")])
        let two = DebBuilder("two", entries: [.file("./usr/same", "2")])
        let refusal = await Bench().refusal([one, two])
        #expect(refusal?.code == "assemble.duplicate-path")
        #expect(refusal?.summary.contains("one") == true && refusal?.summary.contains("two") == true)
    }

    @Test(
        arguments: [
            ("Replaces: one", true), ("Replaces: other, one (<< 1.0-2)", true), ("Replaces: one (<< 1.0-1)", false),
            ("Replaces: someone", false), ("Conflicts: one", false),
        ])
    func `a package may take what it replaces`(_ field: String, _ isAllowed: Bool) async throws {
        let one = DebBuilder(
            "one", entries: [.file("./usr/same", "1"), .file("./usr/own", "1")],
            controlFiles: ["md5sums": "b1946ac92492d2347c6235b4d2611184  usr/same\nb1946ac92492d2347c6235b4d2611184  usr/own\n"])
        let two = DebBuilder("two", fields: [field], entries: [.file("./usr/same", "2")])
        for debs in [
            [one, two], [two, one], [one.changed { $0.entries.append(.file("./usr/big", String(repeating: "x", count: 9000))) }, two],
        ] {
            let bench = Bench()
            guard isAllowed else {
                #expect(await bench.refusal(debs)?.code == "assemble.duplicate-path")
                continue
            }
            let image = try await bench.assemble(debs)
            #expect(image["usr/same"]?.owner == "two")
            #expect(try bench.text("usr/same", in: image) == "2")
            #expect(image.package("one")?.dropped == ["usr/same"])
            #expect(try bench.text("var/lib/dpkg/status.d/one.md5sums", in: image) == "b1946ac92492d2347c6235b4d2611184  usr/own\n")
            for layer in try bench.layers(image.platforms[0]) { #expect(Set(layer.paths).count == layer.paths.count) }
        }
    }

    @Test func `a file where another package has a directory is refused`() async throws {
        let one = DebBuilder("one", entries: [.directory("./usr/same")])
        let two = DebBuilder("two", entries: [.file("./usr/same", "2")])
        #expect(await Bench().refusal([one, two])?.code == "assemble.duplicate-path")
        #expect(await Bench().refusal([two, one.changed { $0.name = "zzz" }])?.code == "assemble.duplicate-path")
    }

    @Test func `a line of the recipe does not touch what a package holds`() async throws {
        let deb = DebBuilder("one", entries: [.file("./etc/one.conf", "packaged"), .directory("./etc/one.d")])
        var bench = Bench()
        bench.recipe.files = [RecipeFile(path: "etc/one.conf", content: "own")]
        var refusal = await bench.refusal([deb])
        #expect(refusal?.code == "assemble.recipe-overrides-package")
        #expect(refusal?.summary.contains("etc/one.conf") == true && refusal?.summary.contains("one") == true)
        bench.recipe.files = []
        bench.recipe.links = ["etc/one.d": "/run"]
        refusal = await bench.refusal([deb])
        #expect(refusal?.code == "assemble.recipe-overrides-package")
        bench.recipe.links = [:]
        bench.recipe.directories = [RecipeDirectory(path: "etc/one.conf")]
        #expect(await bench.refusal([deb])?.code == "assemble.recipe-overrides-package")
        bench.recipe.directories = [RecipeDirectory(path: "etc/one.d", mode: 0o750, gid: 7)]
        let image = try await bench.assemble([deb])
        #expect(image["etc/one.d"].map { [$0.mode, $0.gid] } == [0o750, 7])
        #expect(image["etc/one.d"]?.owner == "recipe:directories/etc/one.d")
    }

    @Test func `a dropped file makes room for a line of the recipe`() async throws {
        let deb = DebBuilder("one", entries: [.file("./etc/one.conf", "packaged")])
        var bench = Bench()
        bench.recipe.files = [RecipeFile(path: "etc/one.conf", content: "own", mode: 0o600, uid: 5, gid: 6)]
        bench.recipe.drops = [DropRule(paths: ["etc/one.conf"], reason: "our own")]
        let image = try await bench.assemble([deb])
        #expect(try bench.text("etc/one.conf", in: image) == "own")
        #expect(image["etc/one.conf"].map { [$0.mode, $0.uid, $0.gid] } == [0o600, 5, 6])
        #expect(image["etc/one.conf"]?.owner == "recipe:files/etc/one.conf")
    }

    @Test func `paths of the recipe are placed in the merged usr`() async throws {
        var bench = Bench()
        bench.recipe.links = ["bin/sh": "dash"]
        let image = try await bench.assemble([DebBuilder.program("dash")])
        #expect(image["usr/bin/sh"]?.target == "dash")
        bench.recipe.links = ["bin": "/elsewhere"]
        #expect(await bench.refusal([DebBuilder.program("dash")])?.code == "assemble.recipe-overrides-package")
    }

    @Test func `what runtimes expect gives way to packages, but for an empty directory`() async throws {
        let bench = Bench()
        let deb = DebBuilder(
            "base-files",
            entries: [.directory("./var/run"), .file("./etc/hosts", "127.0.0.1 localhost\n"), .directory("./tmp", mode: 0o755)])
        let image = try await bench.assemble([deb])
        #expect(image["var/run"]?.target == "/run")
        #expect(try bench.text("etc/hosts", in: image) == "127.0.0.1 localhost\n")
        #expect(image["tmp"]?.mode == 0o1777)
        let used = deb.changed { $0.entries.append(.file("./var/run/used", "x")) }
        #expect(await bench.refusal([used])?.code == "assemble.unsafe-path")
    }

    @Test func `a lock that names a layer the recipe has not is stale`() async throws {
        let refusal = await Bench().refusal([.program("one", layer: "profile:gone")])
        #expect(refusal?.code == "assemble.unknown-layer")
        #expect(refusal?.summary.contains("profile:gone") == true)
    }

    @Test func `a recipe without packages is an image of its own lines`() async throws {
        let image = try await Bench(recipe: Bench.recipe(layers: [])).assemble([])
        #expect(image.platforms[0].layers.map(\.origin) == ["configuration"])
        #expect(image["bin"]?.target == "usr/bin")
        #expect(image.created.seconds == 0)
    }
}
