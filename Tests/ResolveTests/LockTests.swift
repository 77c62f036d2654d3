// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Resolve
import TestKit
import Testing

@Suite struct LockTests {
    static let packages = [
        package("app", "1", ["Depends": "lib"]), package("lib", "1-1"), VirtualPackage("app", "1", architecture: "arm64"),
    ]
    static var scenario: Scenario {
        var scenario = Scenario(packages, ask: ["app"])
        scenario.recipe.platforms = [.arm64, .amd64]
        return scenario
    }

    @Test func `a lock file is read back and ends in a line feed`() throws {
        let lock = try Self.scenario.lock()
        let bytes = try LockFile.write(lock)
        #expect(bytes.last == 0x0A)
        #expect(try LockFile.read(bytes) == lock)
        #expect(lock.platforms.map(\.platform) == [.amd64, .arm64])
    }

    @Test(arguments: [
        ("\"ashlar/lock/v1\"", "\"ashlar/lock/v9\"", "resolve.other-lock-format"), ("\"format\"", "\"formas\"", "resolve.bad-lock"),
        ("\"lib\"", "\"../lib\"", "resolve.bad-lock"), ("pool/main/l", "pool/../l", "resolve.bad-lock"),
        ("\"revision\": 1", "\"revision\": true", "resolve.bad-lock"), ("\"revision\": 1", "\"revision\": 0", "resolve.bad-lock"),
        ("\"version\": \"1-1\"", "\"version\": \"1-\"", "resolve.bad-lock"), ("{", "", "resolve.bad-lock"),
        ("linux/amd64", "linux/mips", "resolve.bad-lock"),
        ("\"name\": \"lib\"", "\"name\": \"aaa\"", "resolve.bad-lock"),
    ]) func `a spoiled lock file is refused`(old: String, new: String, code: String) throws {
        let text = String(decoding: try LockFile.write(try Self.scenario.lock()), as: UTF8.self)
        let range = try #require(text.firstRange(of: old))
        let spoiled = text[..<range.lowerBound] + new + text[range.upperBound...]
        #expect { try LockFile.read(Array(spoiled.utf8)) } throws: { ($0 as? ResolveError)?.diagnosis.code == code }
    }

    @Test func `the digest of a recipe covers what decides and nothing else`() {
        let recipe = Self.scenario.recipe
        var other = recipe
        other.title = "x"
        other.platforms = other.platforms.reversed()
        other.layers[0].packages[0].reason = "y"
        #expect(other.resolutionDigest == recipe.resolutionDigest)
        for change in 0..<5 {
            var changed = recipe
            switch change {
            case 0: changed.suite = "forky"
            case 1: changed.platforms = [.amd64]
            case 2: changed.layers[0].packages.append(PackageRequest(package: "lib"))
            case 3: changed.layers[0].packages[0].only = ["usr"]
            default: changed.exclusions = [Exclusion(package: "lib", reason: "r")]
            }
            #expect(changed.resolutionDigest != recipe.resolutionDigest)
        }
    }

    @Test func `the revision counts builds of one version`() throws {
        var scenario = Self.scenario
        scenario.recipe.version = .package("app")
        var first = try scenario.lock()
        #expect(first.revision == 1)
        first.revision = 4
        #expect(try scenario.resolver().resolve(scenario.recipe, previous: first).revision == 4)
        scenario.archives[0].1[1] = package("lib", "1-2")
        #expect(try scenario.resolver().resolve(scenario.recipe, previous: first).revision == 5)
        scenario.archives[0].1[0] = package("app", "2", ["Depends": "lib"])
        #expect(try scenario.resolver().resolve(scenario.recipe, previous: first).revision == 1)
        #expect(try scenario.lock().isCurrent(for: scenario.recipe))
    }

    @Test func `a diff reads well`() throws {
        let old = try Scenario(
            [
                package("app", "1", ["Depends": "gone, up, down, swap, stay"]), package("gone", "1"), package("up", "1-1"),
                package("down", "2"),
                package("swap", "1"), package("stay"),
            ], ask: ["app"]
        ).lock()
        var scenario = Scenario(
            [
                (
                    "trixie",
                    [
                        package("app", "1", ["Depends": "up, down, swap, new, stay"]), package("down", "1"),
                        package("swap", "1", ["X-Built": "again"]),
                        package("new", "1"), package("stay"),
                    ]
                ), ("trixie-security", [package("up", "1-1+deb13u1")]),
            ], ask: ["app"])
        var new = try scenario.lock()
        // The request's own file differs too, since its control data does.
        new.platforms[0].packages[0].sha256 = old.platforms[0].packages[0].sha256
        new.platforms[0].packages[0].size = old.platforms[0].packages[0].size
        #expect(
            LockDiff(from: old, to: new).text == """
                app:1: 1 added, 1 removed, 1 upgraded, 1 downgraded, 1 replaced
                linux/amd64
                  v down 2 -> 1, trixie: a lower version
                  - gone 1
                  + new 1, needed by app
                  ! swap 1, trixie: the same version with other bytes
                  ^ up 1-1 -> 1-1+deb13u1, trixie-security

                """)
        #expect(LockDiff(from: new, to: new).isEmpty)
        #expect(LockDiff(from: new, to: new).text == "app:1: no package changes\n")
        scenario.recipe.variant = "dev"
        #expect(LockDiff(from: nil, to: try scenario.lock()).text.hasPrefix("app:1-dev: 6 added\nlinux/amd64\n  + app 1, asked for\n"))
    }

    @Test func `another reason alone is no change, another layer is`() throws {
        var old = try Self.scenario.lock()
        var new = old
        new.platforms[0].packages[1].neededBy = ["app", "other"]
        #expect(LockDiff(from: old, to: new).isEmpty)
        new.platforms[0].packages[1].layer = "profile:base"
        #expect(LockDiff(from: old, to: new).text.hasSuffix("linux/amd64\n  ~ lib 1-1: from layer image to profile:base\n"))
        old = new
        new.platforms[0].packages[1].neededBy = []
        #expect(LockDiff(from: old, to: new).text.hasSuffix("  ~ lib 1-1: now asked for\n"))
    }

    @Test func `what only an editor writes is told by its fields`() throws {
        let new = try Self.scenario.lock()
        var old = new
        old.platforms[0].packages[1].size += 1
        old.platforms[0].packages[1].source = "other"
        #expect(LockDiff(from: old, to: new).text == "app:1: 1 edited\nlinux/amd64\n  ! lib 1-1: the same file with another size, source\n")
        old = new
        old.platforms[0].packages[0].dependsOn = []
        #expect(LockDiff(from: old, to: new).isEmpty)
        #expect(
            LockDiff(from: old, to: new, detail: .relations).text
                == "app:1: 1 edited\nlinux/amd64\n  ! app 1: the same file with another dependsOn\n")
        #expect(LockDiff(from: new, to: new, detail: .relations).isEmpty)
    }

    @Test func `platforms with the same changes share a paragraph`() throws {
        var scenario = Scenario([package("a", "1", architecture: "all", [:])], ask: ["a"])
        scenario.recipe.platforms = [.amd64, .arm64]
        let text = LockDiff(from: nil, to: try scenario.lock()).text
        #expect(text == "app:1: 1 added\nlinux/amd64, linux/arm64\n  + a 1, asked for\n")
    }
}
