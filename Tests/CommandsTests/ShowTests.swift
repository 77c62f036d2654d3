// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Sigstore
import Testing

@testable import Commands

@Suite struct ShowTests {
    private static func digest(_ text: String) -> Digest { Digest.sha256(of: text) }

    private static func platform(_ platform: Platform, _ passed: Int, _ failed: Int = 0, _ notRun: Int = 0) -> ReleasePlatform {
        ReleasePlatform(
            platform: platform, manifest: digest("\(platform)"), compressedSize: 17_490_000, unpackedSize: 49_640_000, packageCount: 26,
            contractPassed: passed, contractFailed: failed, contractNotRun: notRun)
    }

    @Test func `a contract that was not run is told for the platform it concerns`() {
        let (amd, arm) = (Platform.amd64, Platform.arm64)
        #expect(ContractText.of([Self.platform(amd, 18), Self.platform(arm, 0, 0, 18)]) == "amd64 18 passed, arm64 not run")
        #expect(ContractText.of([Self.platform(amd, 18), Self.platform(arm, 18)]) == "18 passed")
        #expect(ContractText.of([Self.platform(amd, 3, 1, 2)]) == "3 passed, 1 FAILED, 2 not run")
        #expect(ContractText.of([Self.platform(amd, 0), Self.platform(arm, 0)]) == "none")
        #expect(ContractText.of([]) == "none")
    }

    private static func attached(_ name: String, _ type: String) -> Attached {
        Attached(digest: digest(name), kind: AttachedKind(type: type))
    }

    private static var output: ShowOutput {
        let release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r1", tags: ["3.13"], index: digest("index"),
            platforms: [platform(.amd64, 18), platform(.arm64, 0, 0, 18)], created: Timestamp(seconds: 1_764_000_000), title: "Python",
            summary: "An interpreter", endOfLife: nil, lock: digest("lock"))
        return ShowOutput(
            release: release, assessed: nil,
            attached: [
                attached("a", PredicateType.verificationSummary), attached("b", PredicateType.spdx),
                attached("c", PredicateType.verificationSummary), attached("d", "text/\u{1B}[2Jodd"),
            ], attachedToPlatforms: [[attached("e", PredicateType.spdx)], []])
    }

    @Test func `what is attached is named, a row for each kind, its digests cut`() throws {
        let text = Self.output.text
        let lines = text.split(separator: "\n").map(String.init)
        let sbom = try #require(lines.first { $0.hasPrefix("SBOM (SPDX)") })
        #expect(sbom.contains(Self.digest("b").short) && sbom.contains(Self.digest("e").short) && sbom.hasSuffix("-"))
        let summary = try #require(lines.first { $0.hasPrefix("verification summary") })
        #expect(summary.contains("\(Self.digest("c").short) +1") && !summary.contains(Self.digest("a").short))
        #expect(!text.contains(Self.digest("b").hex) && text.contains("index      \(Self.digest("index"))"))
        #expect(!text.contains("\u{1B}") && lines.contains { $0.contains("not run") })
    }

    @Test func `in JSON every digest is whole, with its type and what it is called`() throws {
        let json = Self.output.json
        let attached = try #require(json["attached"]?.array)
        #expect(attached.count == 4 && attached[1]["digest"]?.string == Self.digest("b").description)
        #expect(attached[1]["type"]?.string == PredicateType.spdx && attached[1]["title"]?.string == "SBOM (SPDX)")
        #expect(json["platforms"]?.array?[0]["attached"]?.array?.count == 1 && json["name"]?.string == "python")
    }
}
