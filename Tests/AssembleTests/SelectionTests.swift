// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import TestKit
import Testing

@testable import Assemble

struct SelectionTests {
    private let deb = DebBuilder(
        "tool",
        entries: [
            .directory("./usr/share/man/man1"), .file("./usr/share/man/man1/tool.1.gz", "m"), .file("./usr/share/doc/tool/README", "r"),
            .file("./usr/share/doc/tool/copyright", "Licence"), .file("./usr/bin/tool", "hello\n", mode: 0o755),
            .file("./usr/lib/a.so", "a"),
            .file("./usr/lib/b.so", "b"), .link("./usr/lib/c.so", to: "b.so"),
        ],
        controlFiles: [
            "md5sums": ["usr/share/man/man1/tool.1.gz", "usr/share/doc/tool/README", "usr/bin/tool", "usr/lib/a.so", "usr/lib/gone.so"]
                .map { "b1946ac92492d2347c6235b4d2611184  \($0)\n" }.joined()
        ])

    private func owned(_ image: Image) -> [String] {
        image.platforms[0].tree.entries.filter { $0.owner == "tool" && $0.kind != .directory }.map(\.path)
    }
    private let status = ["var/lib/dpkg/status.d/tool", "var/lib/dpkg/status.d/tool.md5sums"]

    @Test func `dropped paths are not there, and said to be dropped`() async throws {
        var bench = Bench()
        bench.recipe.drops = [
            DropRule(paths: ["usr/share/man", "usr/share/doc/*/*"], except: ["usr/share/doc/*/copyright"], reason: "documentation"),
            DropRule(paths: ["usr/lib/{a,x}.so"], reason: "unused"),
        ]
        let image = try await bench.assemble([deb])
        #expect(owned(image) == ["usr/bin/tool", "usr/lib/b.so", "usr/lib/c.so", "usr/share/doc/tool/copyright"] + status)
        #expect(!image.paths.contains("usr/share/man"))
        let package = try #require(image.package("tool"))
        #expect(package.dropped == ["usr/lib/a.so", "usr/share/doc/tool/README", "usr/share/man/man1/tool.1.gz"])
        #expect(!package.isPartial)
        #expect(package.copyright == "Licence")
    }

    @Test func `status and sums speak of what is there`() async throws {
        var bench = Bench()
        bench.recipe.drops = [DropRule(paths: ["usr/share/man"], reason: "documentation")]
        let image = try await bench.assemble([deb])
        #expect(try bench.text(status[0], in: image) == deb.control)
        let sums = try #require(try bench.text(status[1], in: image)).split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(sums.map { $0[1] } == ["usr/share/doc/tool/README", "usr/bin/tool", "usr/lib/a.so"])
        for sum in sums { #expect(image[sum[1]]?.kind == .file) }
        #expect(image[status[0]]?.modified == deb.modified)
        #expect(image.package("tool")?.control == deb.control)
    }

    @Test func `of a part everything asked for is taken, with its licence`() async throws {
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.layers[0].packages = [PackageRequest(package: "tool", only: ["usr/lib/a.so"], reason: "test")]
        bench.recipe.layers[1].packages = [PackageRequest(package: "tool", only: ["usr/lib/{b,c}.so"], reason: "test")]
        bench.recipe.drops = [DropRule(paths: ["usr/lib/b.so"], reason: "not of this package")]
        let image = try await bench.assemble([deb])
        #expect(owned(image) == ["usr/lib/a.so", "usr/lib/b.so", "usr/lib/c.so", "usr/share/doc/tool/copyright"] + status)
        #expect(image.package("tool")?.isPartial == true)
        #expect(try bench.text(status[1], in: image) == "b1946ac92492d2347c6235b4d2611184  usr/lib/a.so\n")
    }

    @Test(arguments: [["usr/lib/{b,c}.so"], nil] as [[String]?])
    func `a layer takes what those below it have not, and leaves them as they are`(_ only: [String]?) async throws {
        let deb = deb.changed { $0.layer = "profile:base" }
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.layers[0].packages = [PackageRequest(package: "tool", only: ["usr/lib/{a,b}.so"], reason: "test")]
        let alone = try await bench.assemble([deb])
        bench.recipe.layers[1].packages = [PackageRequest(package: "tool", only: only, reason: "test")]
        let image = try await bench.assemble([deb])
        let (lower, upper) = (image.platforms[0].layers[0], image.platforms[0].layers[1])
        #expect(lower == alone.platforms[0].layers[0])
        #expect(lower.origin == "profile:base" && upper.origin == "image")
        let files = try bench.layers(image.platforms[0])[1].entries.filter { $0.kind != .directory }.map(\.path)
        #expect(files.contains("usr/lib/c.so") && !files.contains("usr/lib/a.so") && !files.contains("usr/lib/b.so"))
        #expect(files.contains(status[1]) && !files.contains(status[0]))
        #expect(owned(image).contains("usr/lib/a.so") && owned(image).contains("usr/lib/c.so"))
        #expect(image["usr/lib/a.so"]?.owner == "tool")
        // Registered once, with all that is there.
        #expect(image.platforms[0].packages.map(\.locked.name) == ["tool"])
        #expect(image.package("tool")?.isPartial == (only != nil))
        #expect(image.package("tool")?.dropped.contains("usr/bin/tool") == (only != nil))
        #expect(image.package("tool")?.dropped.contains("usr/lib/a.so") == false)
        #expect(image.package("tool")?.copyright != nil)
        #expect(try bench.text(status[1], in: image)?.contains("usr/lib/a.so") == true)
    }

    @Test func `the whole is taken when one layer asks for it`() async throws {
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.layers[0].packages = [PackageRequest(package: "tool", only: ["usr/lib/a.so"], reason: "test")]
        bench.recipe.layers[1].packages = [PackageRequest(package: "tool")]
        let image = try await bench.assemble([deb])
        #expect(image["usr/bin/tool"] != nil)
        #expect(image.package("tool")?.isPartial == false)
    }

    @Test func `of a package that is only linked to for its licence nothing else is taken`() async throws {
        var bench = Bench()
        bench.recipe.steps = [.copyrightFrom(package: "tool")]
        let image = try await bench.assemble([deb])
        #expect(owned(image) == ["usr/share/doc/tool/copyright"] + status)
        #expect(image.package("tool")?.isPartial == true)
    }

    @Test func `a part that is not there is an error that names the pattern`() async throws {
        var bench = Bench()
        bench.recipe.layers[0].packages = [PackageRequest(package: "tool", only: ["usr/lib/a.so", "usr/lib/z.*"], reason: "test")]
        let refusal = await bench.refusal([deb])
        #expect(refusal?.code == "assemble.partial-matches-nothing")
        #expect(refusal?.summary.contains("usr/lib/z.*") == true)
    }

    @Test func `placeholders of patterns are filled for the platform`() async throws {
        var bench = Bench()
        bench.recipe.drops = [DropRule(paths: ["usr/lib/{triplet}/x"], reason: "test")]
        let deb = DebBuilder("multi", entries: [.file("./usr/lib/x86_64-linux-gnu/x", "x"), .file("./usr/lib/aarch64-linux-gnu/x", "x")])
        #expect(try await bench.assemble([deb]).package("multi")?.dropped == ["usr/lib/x86_64-linux-gnu/x"])
    }

    /// The shortcut before a pattern must never decide otherwise than the pattern.
    @Test(arguments: ["usr", "usr/*", "usr/**", "**", "**/b", "*/a", "us{r,x}/a", "usr/a", "u*/{a,b}", "usr/a/**/b"])
    func `rules decide as their patterns do`(_ text: String) throws {
        var recipe = Bench.recipe()
        recipe.drops = [DropRule(paths: [text], reason: "test")]
        let pattern = try #require(PathPattern(text))
        let paths = ["usr", "usr/a", "usr/b", "usr/a/b", "usr/a/c/d/b", "us", "usx/a", "b", "a", "urgent/a", "usr2/a"]
        let kept = try Selection(recipe).kept(paths, of: "tool", as: Selection.Share(layer: "image", patterns: nil), lost: [])
        #expect(kept == paths.map { !pattern.matches($0) })
    }

    @Test func `a copyright file behind a link of the directory is found`() async throws {
        let base = DebBuilder("gcc-14-base", entries: [.file("./usr/share/doc/gcc-14-base/copyright", "GPL")])
        let lib = DebBuilder("libgcc-s1", entries: [.link("./usr/share/doc/libgcc-s1", to: "gcc-14-base")])
        let other = DebBuilder("other", entries: [.link("./usr/share/doc/other/copyright", to: "../libgcc-s1/copyright")])
        let loop = DebBuilder("loop", entries: [.link("./usr/share/doc/loop", to: "loop")])
        let image = try await Bench().assemble([base, lib, other, loop])
        #expect(image.package("libgcc-s1")?.copyright == "GPL")
        #expect(image.package("other")?.copyright == "GPL")
        #expect(image.package("loop")?.copyright == nil)
    }
}
