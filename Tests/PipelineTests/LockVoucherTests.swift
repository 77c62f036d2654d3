// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Resolve
import Testing

@testable import Pipeline

@Suite struct LockVoucherTests {
    private static var recipe: Recipe {
        var recipe = Recipe(name: "tool", stream: "1", platforms: [.amd64])
        recipe.layers = [LayerContents(origin: "image", packages: [])]
        return recipe
    }
    private static let package = LockedPackage(
        name: "tool", version: "1.0-1", architecture: "amd64", source: "tool", sourceVersion: "1.0-1",
        sha256: Digest.sha256(of: "tool").hex, size: 4, archive: "trixie", path: "pool/main/t/tool/tool_1.0-1_amd64.deb", layer: "image",
        neededBy: [], dependsOn: [])

    private static func lock(of recipe: Recipe = recipe, platforms: [Platform] = [.amd64], _ packages: [LockedPackage] = [package]) -> Lock
    {
        Lock(
            image: recipe.name, stream: recipe.stream, variant: nil, recipe: recipe.resolutionDigest, revision: 1,
            platforms: platforms.map { PlatformLock(platform: $0, packages: packages) })
    }

    @Test func `a lock of the recipe as it is now is taken`() throws { try LockVoucher.check(Self.lock(), of: Self.recipe) }

    @Test func `a lock of an older recipe is refused`() {
        var newer = Self.recipe
        newer.exclusions = [Exclusion(package: "tool", reason: "not wanted")]
        #expect(throws: PipelineError.self) { try LockVoucher.check(Self.lock(), of: newer) }
    }

    @Test(arguments: [[], [Platform.arm64], [.amd64, .arm64], [.amd64, .amd64]]) func `every platform is locked once`(
        _ platforms: [Platform]
    ) {
        #expect(throws: PipelineError.self) { try LockVoucher.check(Self.lock(platforms: platforms), of: Self.recipe) }
    }

    @Test func `a package of no layer is refused`() {
        var stray = Self.package
        stray.layer = "profile:gone"
        #expect(throws: PipelineError.self) { try LockVoucher.check(Self.lock([stray]), of: Self.recipe) }
    }

    @Test func `what no resolver writes is refused`() {
        var outside = Self.package
        outside.path = "../../etc/passwd"
        #expect(throws: ResolveError.self) { try LockVoucher.check(Self.lock([outside]), of: Self.recipe) }
        #expect(throws: ResolveError.self) { try LockVoucher.check(Self.lock([Self.package, Self.package]), of: Self.recipe) }
    }
}
