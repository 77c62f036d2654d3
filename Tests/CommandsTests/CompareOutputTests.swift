// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Testing

@testable import Commands

@Suite struct CompareOutputTests {
    private func comparison() -> Comparison {
        var from = ForeignInventory(subject: ForeignSubject(reference: "<b>|`x`\u{1B}[2J"))
        from.surface.shells = ["bin/<script>alert(1)</script>", "bin/a`b|c\u{1B}[2J"]
        from.unread = [Unread(path: "a", layer: 0, reason: "damaged")]
        return Comparison(from: from, to: ForeignInventory(subject: ForeignSubject(reference: "b")))
    }

    @Test func `what comes from an image is text in every form, and moves no cursor`() {
        let picture = ComparePicture(comparison: comparison()).svg
        #expect(!picture.contains("<script>"))
        #expect(!picture.contains("<b>"))
        let page = CompareMarkdown(comparison: comparison()).text
        #expect(page.contains("`bin/a'b¦c"))
        for text in [picture, page, CompareOutput(comparison: comparison()).text] {
            #expect(!text.unicodeScalars.contains("\u{1B}"))
            #expect(text.contains("ot assessed"))
        }
    }

    @Test func `what could not be read stands beside the numbers`() {
        #expect(CompareOutput(comparison: comparison()).text.contains("numbers are at least these"))
        #expect(CompareMarkdown(comparison: comparison()).text.contains("numbers are at least these"))
        #expect(ComparePicture(comparison: comparison()).svg.contains("could not be read"))
    }

    private func findings(_ level: Completeness.Level) -> Comparison {
        func side(_ level: Completeness.Level, _ flaws: Int) -> Assessment {
            let findings = (0..<flaws).map { number in
                AdvisoryFinding(
                    advisory: "CVE-2026-\(number)<b>\u{1B}[2J", ecosystem: .debian("trixie"),
                    source: SourceVersion(name: "a|`b`", version: "1"), path: .source, status: .affected, range: "every version",
                    feed: "debian")
            }
            let platform = PlatformAssessment(platform: "linux/amd64", manifest: nil, componentCount: 1, findings: findings, unseen: [])
            return Assessment(
                subject: "x", digest: nil, assessed: Timestamp(seconds: 0),
                completeness: Completeness(level: level, since: nil, reasons: level == .complete ? [] : ["why <it> is so"]), feeds: [],
                platforms: [platform], support: [])
        }
        var comparison = comparison()
        comparison.findings = FindingChanges(from: side(level, 8), to: side(.complete, 2), feeds: [])
        return comparison
    }

    @Test func `findings stand in every form with their reduction`() {
        let comparison = findings(.complete)
        #expect(CompareOutput(comparison: comparison).text.contains("−75.0 %"))
        #expect(CompareMarkdown(comparison: comparison).text.contains("| Findings | 8 | 2 | −75.0 % |"))
        #expect(ComparePicture(comparison: comparison).svg.contains("Known findings"))
        for text in [
            CompareOutput(comparison: comparison).text, CompareMarkdown(comparison: comparison).text,
            ComparePicture(comparison: comparison).svg,
        ] {
            #expect(!text.unicodeScalars.contains("\u{1B}"))
            #expect(!text.contains("ot assessed"))
        }
        #expect(!ComparePicture(comparison: comparison).svg.contains("<b>"))
    }

    @Test func `what is a lower bound or unknown is never told as a number alone`() {
        #expect(CompareOutput(comparison: findings(.atLeast)).text.contains("≥ 8"))
        #expect(CompareOutput(comparison: findings(.atLeast)).text.contains("lower bounds"))
        for text in [
            CompareOutput(comparison: findings(.unknown)).text, CompareMarkdown(comparison: findings(.unknown)).text,
            ComparePicture(comparison: findings(.unknown)).svg,
        ] {
            #expect(!text.contains("−75.0 %"))
            #expect(text.contains("unknown"))
        }
        #expect(CompareOutput(comparison: findings(.unknown)).text.contains("from: why <it> is so"))
    }

    @Test(arguments: [
        ("docker-archive:old.tar", InspectTarget.dockerArchive(file: "old.tar", name: nil)),
        ("docker-archive:old.tar:app:1", .dockerArchive(file: "old.tar", name: "app:1")), ("dir:/srv/root", .folder("/srv/root")),
        ("./root", .folder("./root")), ("./layout", .image(.layout(folder: "./layout", reference: nil))),
        ("python:3.13", .image(.store(repository: "python", reference: "3.13"))),
    ]) func `an image is found by its name or its path`(text: String, expected: InspectTarget) throws {
        let found = try InspectTarget(text) { path in
            ["./root", "./layout"].contains(path) ? .folder : path == "./layout/oci-layout" ? .file : nil
        }
        #expect(found == expected)
    }
}
