// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Check
import ELF
import OCI
import Testing

@Suite struct ExceptionTests {
    static func withShell(_ exceptions: [RuleException]) -> GoodImage {
        var image = GoodImage()
        image.entries += [.file("usr/bin/dash", mode: 0o755), .file("usr/lib/git-core/sh", mode: 0o755)]
        image.recipe.exceptions = exceptions
        return image
    }

    @Test func `a covered finding carries the reason and is no refusal`() {
        let image = Self.withShell([RuleException(rule: "no-shell", paths: ["usr/bin/*", "/usr/lib/git-core"], reason: "git calls it")])
        #expect(image.findings().map(\.excepted) == ["git calls it", "git calls it"])
        #expect(image.refusals() == [])
    }

    @Test func `an exception without paths covers the whole rule`() {
        #expect(Self.withShell([RuleException(rule: "no-shell", reason: "dev")]).refusals() == [])
    }

    @Test func `paths that are not covered are refused`() {
        let image = Self.withShell([RuleException(rule: "no-shell", paths: ["usr/bin/dash"], reason: "x")])
        #expect(image.refusals() == ["no-shell usr/lib/git-core/sh"])
    }

    @Test func `an exception, or a path of one, that covers nothing is a finding`() throws {
        let image = Self.withShell([
            RuleException(rule: "no-shell", paths: ["usr", "usr/sbin"], reason: "x"), RuleException(rule: "no-setuid", reason: "x"),
            RuleException(rule: "no-shel", reason: "x"), RuleException(rule: "no-docs", paths: ["a//b"], reason: "x"),
            RuleException(rule: "unused-exception", reason: "x"),
        ])
        #expect(
            image.refusals() == [
                "unused-exception usr/sbin", "unused-exception", "unused-exception", "unused-exception a//b", "unused-exception",
            ])
        let unknown = try #require(image.findings().first { $0.reason.contains("no-shel;") })
        #expect(unknown.reason.contains("the nearest is no-shell"))
    }

    @Test func `an exception needed on one platform only is used`() {
        let arm = {
            var image = GoodImage()
            image.platform = .arm64
            for index in image.entries.indices where image.entries[index].facts?.elf != nil {
                image.entries[index].facts?.elf?.machine = "arm64"
            }
            return image.image
        }()
        var amd = Self.withShell([RuleException(rule: "no-shell", reason: "x")])
        amd.recipe.libraryDirectories = ["usr/lib/x86_64-linux-gnu"]
        let empty = Descriptor(mediaType: MediaType.index, digest: Digest.sha256(of: "x"), size: 1)
        let both = Image(name: "a", stream: "1", version: "1", index: empty, platforms: [amd.image, arm], created: Timestamp(seconds: 0))
        let findings = HardeningChecker().check(both, against: amd.recipe)
        #expect(findings.map(\.rule) == ["no-shell", "no-shell"])
        #expect(HardeningChecker().check(arm, against: amd.recipe).map(\.rule) == ["unused-exception"])
    }
}
