// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import TestKit
import Testing

struct ReproducibilityTests {
    private static let debs: [DebBuilder] =
        (1...6).map { number in
            DebBuilder.program("program\(number)", layer: number % 2 == 0 ? "profile:base" : "image").changed {
                $0.modified += number * 1000
                $0.entries.append(.hardLink("./usr/bin/also\(number)", to: "./usr/bin/program\(number)"))
                $0.controlFiles["md5sums"] = "b1946ac92492d2347c6235b4d2611184  usr/bin/program\(number)\n"
            }
        }
    private static func bench() -> Bench {
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.files = [RecipeFile(path: "etc/hello.conf", content: "a = 1\n")]
        bench.recipe.drops = [DropRule(paths: ["usr/share/doc/*/changelog"], reason: "documentation")]
        return bench
    }

    @Test(arguments: Compression.allCases) func `two builds are equal, from the index down to every blob`(_ compression: Compression)
        async throws
    {
        var (first, second) = (Self.bench(), Self.bench())
        (first.recipe.compression, second.recipe.compression) = (compression, compression)
        let images = (try await first.assemble(Self.debs), try await second.assemble(Self.debs))
        #expect(images.0 == images.1)
        #expect(first.blobs.digests == second.blobs.digests)
        #expect(images.0.platforms[0].layers.map(\.origin) == ["profile:base", "image", "configuration"])
    }

    @Test(arguments: [1, 3, 16]) func `the number of threads does not matter`(_ parallelism: Int) async throws {
        var other = Self.bench()
        other.parallelism = parallelism
        #expect(try await other.assemble(Self.debs) == (try await Self.bench().assemble(Self.debs)))
    }

    @Test func `the order of parcels does not matter`() async throws {
        let expected = try await Self.bench().assemble(Self.debs)
        #expect(try await Self.bench().assemble(Self.debs.reversed()) == expected)
        #expect(try await Self.bench().assemble(Self.debs.shuffled()) == expected)
    }

    @Test func `a warm cache gives the same image without making anything again`() async throws {
        let bench = Self.bench()
        let cold = try await bench.assemble(Self.debs)
        #expect(bench.cache.hits == [:])
        #expect(try await bench.assemble(Self.debs) == cold)
        #expect(bench.cache.hits == ["listing": 6, "fragment": 6, "layer": 3])
    }

    @Test(
        arguments: [
            ["listing"], ["fragment"], ["layer"], ["member", "layer"], ["fragment", "layer"], ["listing", "fragment", "member", "layer"],
        ] as [Set<String>])
    func `a cache that forgets or damages entries costs time only`(_ kinds: Set<String>) async throws {
        let bench = Self.bench()
        let cold = try await bench.assemble(Self.debs)
        bench.cache.temper = .losing(kinds)
        #expect(try await bench.assemble(Self.debs) == cold)
        for _ in 1...4 {
            bench.cache.temper = .damaging(kinds)
            #expect(try await bench.assemble(Self.debs) == cold)
        }
    }

    @Test func `a cache that confuses keys costs time only`() async throws {
        let bench = Self.bench()
        let cold = try await bench.assemble(Self.debs)
        bench.cache.temper = .confusing
        #expect(try await bench.assemble(Self.debs) == cold)
    }

    @Test func `a layer that a cache remembers and the store has lost is written again`() async throws {
        var bench = Self.bench()
        let cold = try await bench.assemble(Self.debs)
        bench.blobs = MemoryBlobStore()
        #expect(try await bench.assemble(Self.debs) == cold)
        for layer in cold.platforms[0].layers { #expect(bench.blobs.size(of: layer.descriptor.digest) == layer.descriptor.size) }
    }

    @Test func `recipes share the layers of their profile`() async throws {
        let base = DebBuilder.program("base", layer: "profile:base")
        var one = Bench(recipe: Bench.recipe("one", layers: ["profile:base", "image"]))
        let first = try await one.assemble([base, .program("one")])
        one.recipe = Bench.recipe("two", layers: ["profile:base", "image"])
        let second = try await one.assemble([base, .program("two").changed { $0.modified += 9_999_999 }])
        #expect(first.platforms[0].layers[0] == second.platforms[0].layers[0])
        #expect(first.platforms[0].layers[1] != second.platforms[0].layers[1])
        #expect(first.created != second.created)
    }

    @Test func `a package for all architectures is made once for two platforms`() async throws {
        let bench = Bench()
        let all = DebBuilder.program("data", architecture: "all")
        let image = try await bench.assemble(platforms: [(.amd64, [all]), (.arm64, [all])])
        #expect(bench.cache.count("member") == 1)
        #expect(image.platforms[0].layers[0] == image.platforms[1].layers[0])
    }

    @Test func `only a package that changed is compressed again`() async throws {
        let bench = Self.bench()
        _ = try await bench.assemble(Self.debs)
        var debs = Self.debs
        debs[0].version = "1.0-2"
        _ = try await bench.assemble(debs)
        #expect(bench.cache.count("member") == 7)
        // Five manifests were at hand, and the bytes of the two unchanged packages beside the new one.
        #expect(bench.cache.hits == ["listing": 5, "fragment": 5, "layer": 2, "member": 2])
    }

    @Test func `a change of the rules of dropping makes only what it touches`() async throws {
        var bench = Self.bench()
        _ = try await bench.assemble(Self.debs)
        bench.recipe.drops.append(DropRule(paths: ["usr/bin/also3"], reason: "not needed"))
        _ = try await bench.assemble(Self.debs)
        #expect(bench.cache.count("member") == 7)
    }
}
