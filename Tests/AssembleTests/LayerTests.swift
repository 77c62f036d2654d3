// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI
import TestKit
import Testing

struct LayerTests {
    private static let debs = [
        DebBuilder.program("base", layer: "profile:base"),
        DebBuilder.program("zeta").changed {
            $0.entries += [
                .hardLink("./usr/bin/a-zeta", to: "./usr/bin/zeta"), .hardLink("./usr/bin/zz-zeta", to: "./usr/bin/zeta"),
                .link("./usr/bin/zeta-link", to: "zeta"),
                .file("./usr/share/zeta/" + String(repeating: "long/", count: 40) + "name", "deep"),
            ]
            $0.entries.sort { $0.path < $1.path && $0.type != "1" && $1.type != "1" }
        },
        DebBuilder.program("alpha"),
    ]

    private func bench(_ compression: Compression) -> Bench {
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.compression = compression
        bench.recipe.files = [RecipeFile(path: "etc/b/deep/file", content: "text"), RecipeFile(path: "etc/a", content: "text")]
        return bench
    }

    @Test(arguments: Compression.allCases) func `every layer is a tar that stands by itself`(_ compression: Compression) async throws {
        let bench = bench(compression)
        let image = try await bench.assemble(Self.debs)
        let layers = try bench.layers(image.platforms[0])
        #expect(layers.count == 3)
        for layer in layers {
            #expect(layer.layer.diffID == Digest.sha256(of: layer.tar))
            #expect(layer.layer.descriptor.digest == Digest.sha256(of: layer.blob))
            #expect(layer.layer.descriptor.size == layer.blob.count)
            #expect(layer.layer.descriptor.mediaType == (compression == .gzip ? MediaType.layerGzip : MediaType.layerZstd))
            #expect(layer.tar.suffix(1024).allSatisfy { $0 == 0 })
            #expect(Set(layer.paths).count == layer.paths.count)
            var seen: [String: TarEntry.Kind] = [:]
            for entry in layer.entries {
                if let slash = entry.path.lastIndex(of: "/") { #expect(seen[String(entry.path[..<slash])] == .directory, "\(entry.path)") }
                if entry.kind == .hardlink { #expect(entry.target.flatMap { seen[$0] } == .file, "\(entry.path)") }
                seen[entry.path] = entry.kind
                #expect(entry.modified <= image.created.seconds)
            }
        }
    }

    @Test func `directories come first, then each package's paths, all sorted`() async throws {
        let bench = bench(.gzip)
        let layer = try bench.layers(try await bench.assemble(Self.debs).platforms[0])[1]
        let directories = layer.entries.prefix { $0.kind == .directory }.map(\.path)
        #expect(directories == directories.sorted())
        let rest = layer.entries.dropFirst(directories.count)
        #expect(rest.allSatisfy { $0.kind != .directory })
        let alpha = rest.filter { $0.path.contains("alpha") }.map(\.path)
        let zeta = rest.map(\.path).filter { !alpha.contains($0) }
        #expect(rest.map(\.path) == alpha.sorted() + zeta.sorted())
        #expect(zeta.contains("usr/share/zeta/" + String(repeating: "long/", count: 40) + "name"))
    }

    @Test func `the first kept name of hard links is the file`() async throws {
        let bench = bench(.gzip)
        let image = try await bench.assemble(Self.debs)
        let layer = try bench.layers(image.platforms[0])[1]
        #expect(layer["usr/bin/a-zeta"]?.kind == .file)
        #expect(layer["usr/bin/a-zeta"]?.mode == 0o755)
        #expect(layer["usr/bin/zeta"]?.target == "usr/bin/a-zeta")
        #expect(layer["usr/bin/zz-zeta"]?.target == "usr/bin/a-zeta")
        #expect(image["usr/bin/zeta"]?.kind == .hardlink)
        #expect(image["usr/bin/a-zeta"]?.digest == Digest.sha256(of: "program zeta\n"))
    }

    @Test func `hard links of which the file is dropped keep their bytes`() async throws {
        var bench = bench(.gzip)
        bench.recipe.drops = [DropRule(paths: ["usr/bin/{a-zeta,zeta}"], reason: "test")]
        let image = try await bench.assemble(Self.debs)
        #expect(image["usr/bin/zz-zeta"]?.kind == .file)
        #expect(try bench.text("usr/bin/zz-zeta", in: image) == "program zeta\n")
    }

    @Test func `hard links of an empty file are empty files`() async throws {
        let bench = Bench()
        let deb = DebBuilder(
            "empty", entries: [.file("./usr/a", ""), .hardLink("./usr/b", to: "./usr/a"), .hardLink("./usr/c", to: "./usr/b")])
        let image = try await bench.assemble([deb])
        #expect(["usr/a", "usr/b", "usr/c"].map { image[$0]?.kind } == [.file, .file, .file])
    }

    @Test func `a hard link of a symbolic link is one`() async throws {
        let bench = Bench()
        let deb = DebBuilder("links", entries: [.link("./usr/a", to: "x"), .hardLink("./usr/b", to: "./usr/a"), .file("./usr/x")])
        #expect(try await bench.assemble([deb])["usr/b"]?.target == "x")
    }

    @Test(arguments: Compression.allCases) func `the tree says what the layers hold`(_ compression: Compression) async throws {
        let bench = bench(compression)
        let image = try await bench.assemble(Self.debs)
        var seen: [String: FileEntry] = [:]
        for layer in try bench.layers(image.platforms[0]) {
            for entry in layer.entries {
                let isFile = entry.kind == .file
                seen[entry.path] = FileEntry(
                    path: entry.path, kind: FileEntry.Kind(rawValue: entry.kind.rawValue) ?? .file, mode: entry.mode, uid: entry.uid,
                    gid: entry.gid, size: entry.size, modified: entry.modified,
                    digest: isFile ? Digest.sha256(of: layer.tar[entry.body]) : nil, target: entry.target, owner: "")
            }
        }
        let tree = image.platforms[0].tree.entries.map { entry in
            var entry = entry
            (entry.owner, entry.facts) = ("", nil)
            return entry
        }
        #expect(tree == seen.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
        #expect(image.platforms[0].tree.entries.allSatisfy { !$0.owner.isEmpty })
    }

    @Test func `of all times the newest in the packages is the image's`() async throws {
        let bench = Bench()
        let old = DebBuilder("old", entries: [.file("./usr/old", "x", modified: 1_000)], modified: 2_000)
        let future = DebBuilder("future", entries: [.file("./usr/dropped", "x", modified: 7_000_000_000), .file("./usr/future", "y")])
        let image = try await bench.assemble([old, future])
        #expect(image.created.seconds == 7_000_000_000)
        #expect(image["usr/old"]?.modified == 1_000)
        #expect(image["etc/hosts"]?.modified == 7_000_000_000)
    }

    @Test func `a time beyond what a tar holds is brought back into range`() async throws {
        let bench = Bench()
        let deb = DebBuilder(
            "time",
            entries: [
                .file("./usr/far", "x").with { $0.records = [("mtime", "99999999999999")] },
                .file("./usr/before", "x").with { $0.records = [("mtime", "-5")] },
            ])
        let image = try await bench.assemble([deb])
        #expect(image.created.description == "2242-03-16T12:56:31Z")
        #expect(image["usr/before"]?.modified == 0)
    }
}
