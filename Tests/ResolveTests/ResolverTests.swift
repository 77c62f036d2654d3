// SPDX-License-Identifier: Apache-2.0
import Artifacts
import OCI
import Resolve
import TestKit
import Testing

@Suite struct ResolverTests {
    @Test func `dependencies come in with the reasons for each`() throws {
        let scenario = Scenario(
            [
                package(
                    "app", "2-1", ["Depends": "lib (>= 1), data", "Pre-Depends": "pre", "Recommends": "rec", "Source": "source (1:2)"]),
                package("lib", "1.5", ["Depends": "lib2"]), package("lib2", ["Depends": "lib"]), package("pre"), package("rec"),
                package("data", "1", architecture: "all", [:]), package("base", ["Essential": "yes"]),
            ], ask: ["app"])
        let packages = try scenario.packages()
        #expect(packages.map(\.name) == ["app", "data", "lib", "lib2", "pre"])
        #expect(packages[0].neededBy == [])
        #expect(packages[0].dependsOn == ["data", "lib", "pre"])
        #expect((packages[0].source, packages[0].sourceVersion) == ("source", "1:2"))
        #expect(packages[1].architecture == "all")
        #expect(packages[2].neededBy == ["app", "lib2"])
        #expect(packages[3].neededBy == ["lib"])
        #expect(packages.allSatisfy { $0.archive == "trixie" && $0.layer == "image" && $0.size > 0 && $0.digest != nil })
    }

    @Test func `the highest version over all archives wins and the first archive on a tie`() throws {
        let scenario = Scenario(
            [
                ("trixie", [package("app", "1", ["Depends": "lib"]), package("lib", "1-1"), package("same", "2")]),
                ("trixie-updates", [package("lib", "1-1+deb13u1")]),
                ("trixie-security", [package("lib", "1-1+deb13u2"), package("same", "2")]),
            ], ask: ["app", "same"])
        #expect(try scenario.picked() == ["app 1", "lib 1-1+deb13u2", "same 2"])
        #expect(try scenario.packages().map(\.archive) == ["trixie", "trixie-security", "trixie"])
    }

    @Test func `of alternatives the one that is there, else the first that can be had`() throws {
        let packages = [
            package("app", "1", ["Depends": "gone | first | second"]), package("first"), package("second"),
            package("other", "1", ["Depends": "second"]),
        ]
        #expect(try Scenario(packages, ask: ["app"]).names() == ["app", "first"])
        #expect(try Scenario(packages, ask: ["app", "other"]).names() == ["app", "other", "second"])
        #expect(try Scenario(packages, ask: ["app", "second"]).names() == ["app", "second"])
    }

    @Test func `virtual packages are chosen by priority, then by name`() throws {
        let packages = [
            package("app", "1", ["Depends": "awk"]), package("gawk", "1", ["Provides": "awk", "Priority": "optional"]),
            package("mawk", "1", ["Provides": "awk", "Priority": "required"]),
            package("bawk", "1", ["Provides": "awk", "Priority": "optional"]),
        ]
        #expect(try Scenario(packages, ask: ["app"]).names() == ["app", "mawk"])
        #expect(try Scenario(Array(packages.dropLast(2)) + [packages[3]], ask: ["app"]).names() == ["app", "bawk"])
        #expect(try Scenario(packages, ask: ["app", "gawk"]).names() == ["app", "gawk"])
    }

    @Test(arguments: [("v", true), ("v (= 2)", true), ("v (>= 1)", true), ("v (>= 3)", false), ("v (<< 2)", false)])
    func `versioned provides satisfy what their version allows`(relation: String, isSolved: Bool) throws {
        let scenario = Scenario([package("app", "1", ["Depends": relation]), package("p", "9", ["Provides": "v (= 2)"])], ask: ["app"])
        #expect(((try? scenario.names()) == ["app", "p"]) == isSolved)
    }

    @Test func `an unversioned provide satisfies no version`() {
        let scenario = Scenario([package("app", "1", ["Depends": "v (>= 1)"]), package("p", "9", ["Provides": "v"])], ask: ["app"])
        #expect(scenario.refusal().contains("app 1 needs v (>= 1), but only in another version or without one is it provided by p"))
    }

    @Test(arguments: [
        ("x:any", "allowed", true), ("x:any", "foreign", true), ("x:any", "same", false), ("x:any", "no", false), ("x:native", "no", true),
        ("x:amd64", "no", true), ("x:i386", "foreign", false), ("x", "same", true),
    ]) func `architecture qualifiers`(relation: String, multiArch: String, isSolved: Bool) throws {
        let scenario = Scenario([package("app", "1", ["Depends": relation]), package("x", "1", ["Multi-Arch": multiArch])], ask: ["app"])
        #expect(((try? scenario.names()) == ["app", "x"]) == isSolved)
    }

    @Test func `a lower version is taken only when the highest fits nowhere`() throws {
        let scenario = Scenario(
            [
                (
                    "trixie",
                    [package("app", "1", ["Depends": "lib, old"]), package("lib", "1"), package("old", "1", ["Depends": "lib (<< 2)"])]
                ),
                ("trixie-security", [package("lib", "2")]),
            ], ask: ["app"])
        #expect(try scenario.picked() == ["app 1", "lib 1", "old 1"])
    }

    @Test func `conflicts turn the search back to another alternative`() throws {
        let packages = [
            package("app", "1", ["Depends": "a | b, c"]), package("a", "1", ["Depends": "a2"]), package("a2"), package("b"),
            package("c", "1", ["Depends": "d | e"]), package("d", "1", ["Conflicts": "a2"]), package("e", "1", ["Breaks": "a2 (<< 2)"]),
        ]
        #expect(try Scenario(packages, ask: ["app"]).names() == ["app", "b", "c", "d"])
    }

    @Test func `a package may conflict with a name it provides itself`() throws {
        let mta = { (name: String) in package(name, "1", ["Provides": "mta", "Conflicts": "mta"]) }
        #expect(try Scenario([mta("exim"), package("app", "1", ["Depends": "mta"])], ask: ["app"]).names() == ["app", "exim"])
        #expect(Scenario([mta("exim"), mta("postfix")], ask: ["exim", "postfix"]).refusal().contains("(postfix conflicts with mta)"))
    }

    @Test func `a versioned conflict spares an unversioned provide`() throws {
        let packages = [
            package("a", "1", ["Conflicts": "v (<< 2)"]), package("b", "1", ["Provides": "v"]), package("c", "1", ["Provides": "v (= 1)"]),
        ]
        #expect(try Scenario(packages, ask: ["a", "b"]).names() == ["a", "b"])
        #expect((try? Scenario(packages, ask: ["a", "c"]).names()) == nil)
    }

    /// Many independent choices before a dead end: a search without backjumping tries 2^40 of them.
    @Test func `a dead end does not turn back unrelated choices`() throws {
        var packages = [
            package("bad", "1", ["Depends": "x | y"]), package("x", "1", ["Conflicts": "z"]), package("y", "1", ["Conflicts": "z"]),
            package("z"),
        ]
        for number in 0..<40 {
            packages += [
                package("p\(number)", "1", ["Depends": "l\(number) | r\(number)"]), package("l\(number)"), package("r\(number)"),
            ]
        }
        let ask = ["z"] + (0..<40).map { "p\($0)" }
        #expect(try Scenario(packages, ask: ask).names().count == 81)
        let refusal = Scenario(packages, ask: ask + ["bad"]).refusal()
        #expect(refusal.contains("bad 1 needs x | y, but x 1 cannot stand beside z 1 (x conflicts with z); y 1 cannot stand beside z 1"))
    }

    @Test func `work is bounded`() throws {
        // A pigeonhole: eight packages that each need one of seven places, which only one may have.
        var packages: [VirtualPackage] = []
        for bird in 0..<8 {
            packages.append(package("bird\(bird)", "1", ["Depends": (0..<7).map { "b\(bird)h\($0)" }.joined(separator: " | ")]))
            for hole in 0..<7 {
                packages.append(package("b\(bird)h\(hole)", "1", ["Provides": "hole\(hole)", "Conflicts": "hole\(hole)"]))
            }
        }
        let scenario = Scenario(packages, ask: (0..<8).map { "bird\($0)" })
        let resolver = try scenario.resolver(stepLimit: 500)
        #expect { try resolver.resolve(scenario.recipe) } throws: { error in
            if case .tooHard(_, _, let steps)? = error as? ResolveError { steps == 500 } else { false }
        }
    }

    @Test func `the same recipe gives the same bytes`() throws {
        let packages = (0..<50).map {
            package("p\($0)", "1", ["Depends": "p\(($0 * 7 + 3) % 50) | p\(($0 * 11 + 1) % 50), v", "Provides": "v"])
        }
        let scenario = Scenario(packages, ask: ["p0", "p13"])
        #expect(try LockFile.write(scenario.lock()) == LockFile.write(scenario.lock()))
    }
}

@Suite struct LayerAndExclusionTests {
    @Test func `a layer is what it is in an image that ends there, whatever is asked for above`() throws {
        let packages = [
            package("base-files", ["Depends": "awk"]), package("mawk", "1", ["Provides": "awk", "Depends": "libc6"]),
            package("libc6", ["Depends": "libgcc-s1"]), package("libgcc-s1"), package("certificates", ["Depends": "openssl"]),
            package("openssl", ["Depends": "libc6"]),
        ]
        func layers(_ top: [LayerContents], exclude: [String]) throws -> [String] {
            var scenario = Scenario(packages, ask: [], exclude: exclude)
            scenario.recipe.layers =
                [
                    LayerContents(origin: "root", packages: [PackageRequest(package: "base-files")]),
                    LayerContents(origin: "static", packages: [PackageRequest(package: "certificates")]),
                    LayerContents(origin: "base", packages: [PackageRequest(package: "libc6")]),
                ] + top
            return try scenario.packages().map { "\($0.layer) \($0.name)" }.sorted()
        }
        let runtime = try layers([], exclude: ["mawk", "awk", "openssl"])
        #expect(runtime == ["base libc6", "base libgcc-s1", "root base-files", "static certificates"])
        let asked = [PackageRequest(package: "mawk"), PackageRequest(package: "openssl")]
        let dev = try layers([LayerContents(origin: "dev", packages: asked, lifts: ["mawk", "openssl"])], exclude: [])
        #expect(dev == (runtime + ["dev mawk", "dev openssl"]).sorted())
    }

    @Test func `a package belongs to the lowest layer that needs it`() throws {
        var scenario = Scenario(
            [
                package("base"), package("tls", "1", ["Depends": "crypto, base"]), package("crypto", "1", ["Depends": "zlib"]),
                package("zlib"),
                package("app", "1", ["Depends": "crypto, own"]), package("own"),
            ], ask: [])
        scenario.recipe.layers = [
            LayerContents(origin: "profile:base", packages: [PackageRequest(package: "base")]),
            LayerContents(origin: "profile:tls", packages: [PackageRequest(package: "tls")]),
            LayerContents(origin: "image", packages: [PackageRequest(package: "app"), PackageRequest(package: "base")]),
        ]
        let layers = try scenario.packages().map { "\($0.name) \($0.layer)" }
        #expect(
            layers == [
                "app image", "base profile:base", "crypto profile:tls", "own image", "tls profile:tls", "zlib profile:tls",
            ])
    }

    @Test func `an exclusion counts as installed and is recorded`() throws {
        let packages = [
            package("app", "1", ["Depends": "perl (>= 99), awk, debconf (>= 1) | debconf-2.0, lib"]), package("lib"), package("perl"),
            package("mawk", "1", ["Provides": "awk"]), package("debconf"), package("cdebconf", "1", ["Provides": "debconf-2.0"]),
        ]
        let scenario = Scenario(packages, ask: ["app"], exclude: ["perl", "mawk", "debconf"])
        #expect(try scenario.names() == ["app", "lib"])
        let uses = try scenario.resolver().resolution(of: scenario.recipe, on: .amd64).exclusionUses
        #expect(uses.map(\.package) == ["debconf", "mawk", "perl"])
        #expect(uses.map(\.neededBy) == ["app", "app", "app"])
        #expect(try scenario.packages()[0].dependsOn == ["lib"])
        // Also by the virtual name, and for a name no archive has.
        #expect(
            try Scenario([package("a", "1", ["Depends": "awk, gone"]), packages[3]], ask: ["a"], exclude: ["awk", "gone"]).names() == ["a"])
    }

    @Test func `an exclusion that nothing needs is an error`() {
        let refusal = Scenario([package("app", "1", ["Depends": "lib"]), package("lib")], ask: ["app"], exclude: ["lbi"]).refusal()
        #expect(refusal == "expected the exclusion of lbi in app:1 to leave something out, found nothing that needs it")
    }

    @Test func `an exclusion may serve one platform only`() throws {
        var scenario = Scenario(
            [
                package("app", "1", ["Depends": "x"]), package("x"), VirtualPackage("app", "1", architecture: "arm64"),
            ], ask: ["app"], exclude: ["x"])
        scenario.recipe.platforms = [.amd64, .arm64]
        #expect(try scenario.lock().platforms.map(\.platform) == [.amd64, .arm64])
        scenario.recipe.platforms = [.arm64]
        #expect(scenario.refusal().contains("exclusion of x"))
    }

    @Test func `excluding what is asked for is an error`() {
        #expect(Scenario([package("app")], ask: ["app"], exclude: ["app"]).refusal().contains("found both: image of app:1 asks for it"))
    }

    @Test func `a package in part satisfies others and pulls nothing`() throws {
        var scenario = Scenario(
            [
                package("app", "1", ["Depends": "openssl"]), package("openssl", "3", ["Depends": "libssl", "Conflicts": "app"]),
                package("libssl"),
            ], ask: ["app"])
        scenario.recipe.layers[0].packages.append(PackageRequest(package: "openssl", only: ["etc/ssl/openssl.cnf"]))
        #expect(try scenario.picked() == ["app 1", "openssl 3"])
        #expect(try scenario.packages()[0].dependsOn == ["openssl"])
        #expect(try scenario.packages()[1].dependsOn == [])
        // Asked for whole elsewhere, it is whole.
        scenario.recipe.layers.append(LayerContents(origin: "top", packages: [PackageRequest(package: "openssl")]))
        #expect(scenario.refusal().contains("openssl conflicts with app"))
    }

    @Test func `a package whose copyright file is taken is locked and satisfies nothing`() throws {
        var scenario = Scenario(
            [package("app", "1", ["Depends": "gcc-base"]), package("gcc-base", "1", ["Depends": "more"]), package("more")], ask: ["app"],
            exclude: ["gcc-base"])
        scenario.recipe.steps = [.copyrightFrom(package: "gcc-base")]
        #expect(try scenario.names() == ["app", "gcc-base"])
        #expect(try scenario.packages()[0].dependsOn == [])
        scenario.recipe.steps = [.copyrightFrom(package: "gone")]
        #expect(scenario.refusal().contains("gone, asked for by the step copyright-from"))
    }

    @Test func `the package that gives the version must be there`() throws {
        var scenario = Scenario([package("app", "1:3.13.5+dfsg-2")], ask: ["app"])
        scenario.recipe.version = .package("app")
        #expect(scenario.recipe.version(in: try scenario.lock()) == "3.13.5")
        scenario.recipe.version = .package("other")
        #expect(scenario.refusal().contains("expected other, whose version names app:1"))
    }
}
