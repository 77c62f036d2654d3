// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import SBOM
import TestKit
import Testing

@testable import Reports

/// What an attacker would write into an advisory: escapes of terminals, of Markdown, of HTML, of XML, of JSON; and a megabyte.
private let hostile =
    "\u{1B}[2J` | \\| </td><script>alert(1)</script> @everyone [x](javascript:alert(1)) ]]> \"'&lt; \u{202E}gnp\u{2066}\u{200B} \r\n# head\n| a | b |\n"
    + "\u{0}\u{8}\u{FFFE}\u{E000}<!--" + String(repeating: "A", count: 1 << 20)

private func sample(hostile isHostile: Bool = false, level: Completeness.Level = .complete, verdict: Bool = false) throws -> Report {
    var answered = SampleAssessment.finding("CVE-2026-0004", .high)
    answered.answer = Answer(status: "not_affected", justification: "component_not_present", source: "our triage")
    var copy = SampleAssessment.finding("CVE-2026-0005", .medium, source: "golang-1.24")
    copy.path = .builtUsing
    var wheel = AdvisoryFinding(
        advisory: "GHSA-aaaa-bbbb-cccc", ecosystem: Ecosystem("PyPI"), source: SourceVersion(name: "Some_Package", version: "1.0"),
        path: .source, status: .affected, range: "before 1.1", feed: "osv-pypi")
    wheel.packages = [.init(name: "Some_Package", version: "1.0", locations: ["usr/lib/python3/dist-packages/some"])]
    var ignored = SampleAssessment.finding("CVE-2026-0006", .negligible, fix: nil)
    ignored.triage = "ignored"
    var findings = [
        SampleAssessment.whole, SampleAssessment.finding("CVE-2026-0002", .high), answered, copy, wheel, ignored,
        SampleAssessment.finding("CVE-2026-0007", .unknown, fix: nil, status: .undetermined),
        SampleAssessment.finding("MAL-2026-1", .critical, source: "left-pad", fix: nil, status: .malicious),
    ]
    if isHostile {
        for index in findings.indices {
            findings[index].summary = hostile
            findings[index].note = hostile
            findings[index].range = hostile
            findings[index].fix = hostile
            findings[index].severityOrigin = hostile
            findings[index].packages[0].name = "x" + hostile
            findings[index].packages[0].version = hostile
            findings[index].source.version = hostile
            findings[index].aliases = [hostile]
            findings[index].vector = hostile
            findings[index].decision.inputs = [.init("severity", hostile, origin: hostile)]
        }
        findings[1].advisory = hostile
    }
    let assessment = SampleAssessment.assessment(findings, level: level)
    var made: GateVerdict?
    if verdict {
        let reasons = [
            GateReason(
                rule: .severity, summary: "1 finding of severity high", found: 1, allowed: 0, setting: "severities.high",
                inputs: isHostile ? [hostile] : ["CVE-2026-0002 in openssl"], remedy: "ashlar resolve"),
            GateReason(
                rule: .incompleteData, level: .warning, certainty: .unknown, summary: "old", setting: "incomplete", remedy: "update"),
        ]
        made = GateVerdict(
            of: assessment, decided: SampleAssessment.now, policy: .standard, reasons: reasons, excused: [],
            rules: [.incompleteData, .malicious, .severity])
    }
    let lock = LockLines(
        Array("{\n  \"packages\": [\n    {\n      \"name\": \"openssl\",\n      \"x\": 1\n    }".utf8),
        file: "catalog/images/python/3.13.lock.json")
    return Report([(assessment, made, lock)], toolVersion: "1.2.3", now: SampleAssessment.now)
}

private func text(_ json: JSON) -> String { String(decoding: json.prettyBytes, as: UTF8.self) }

@Suite struct ReportTests {
    @Test func `two platforms share a finding, and each place has its address`() throws {
        let image = try #require(try sample().images.first)
        #expect(image.findings.count == 8)
        let first = try #require(image.findings.first { $0.id == "CVE-2026-0001" })
        #expect(first.platforms == ["linux/amd64", "linux/arm64"])
        #expect(
            Set(first.packages.compactMap { $0.purl?.description }) == [
                "pkg:deb/debian/libopenssl3t64@3.5.1-1%2Bb1?arch=amd64&distro=debian-13&upstream=openssl%403.5.1-1",
                "pkg:deb/debian/libopenssl3t64@3.5.1-1%2Bb1?arch=arm64&distro=debian-13&upstream=openssl%403.5.1-1",
                "pkg:deb/debian/openssl@3.5.1-1?arch=amd64&distro=debian-13", "pkg:deb/debian/openssl@3.5.1-1?arch=arm64&distro=debian-13",
            ])
        #expect(first.packages.first { $0.name == "openssl" }?.line == 4)
        #expect(image.operatingSystem == "debian 13")
        #expect(image.findings.first { $0.ecosystem == "PyPI" }?.packages.first?.purl?.description == "pkg:pypi/some-package@1.0")
    }

    @Test func `numbers are never told without what they leave out`() throws {
        for (level, word) in [(Completeness.Level.atLeast, "at least "), (.unknown, "unknown, seen ")] {
            let image = try #require(try sample(level: level).images.first)
            #expect(image.numbers.filter { !$0.text.hasPrefix("unknown") }.allSatisfy { $0.text.hasPrefix("at least ") })
            #expect(image.numbers[0].text.hasPrefix(word))
            #expect(image.feeds.contains { $0 == "the feed debian: current of 2026-11-23, 30 hours old" })
            let report = try sample(level: level)
            for form in [
                MarkdownReport(report).text, text(SARIFReport(report).json), text(CycloneDXReport(report).json),
                text(GitLabReport(report).json), JUnitReport(report).text,
            ] {
                #expect(form.contains(image.headline))
                #expect(form.contains("the feed debian: current of"))
            }
        }
        #expect(try sample().images[0].numbers[0].text.hasPrefix("7 ("))
    }

    @Test func `SARIF has a rule for each advisory, a place in the lock and a suppression for what is answered`() throws {
        let run = try #require(SARIFReport(try sample(verdict: true)).json["runs"]?[0])
        let rules = try #require(run["tool"]?["driver"]?["rules"]?.array)
        let names = rules.compactMap { $0["id"]?.string }
        #expect(names.contains("gate/severity"))
        #expect(rules.first { $0["id"] == "CVE-2026-0001" }?["properties"]?["security-severity"] == "9.8")
        #expect(rules.first { $0["id"] == "CVE-2026-0002" }?["properties"]?["security-severity"] == "8.0")
        #expect(
            rules.first { $0["id"] == "CVE-2026-0002" }?["properties"]?["security-severity-origin"]?.string?.contains("no score") == true)
        let results = try #require(run["results"]?.array)
        let places = results.first { $0["ruleId"] == "CVE-2026-0001" }?["locations"]?.array?.compactMap { $0["physicalLocation"] } ?? []
        #expect(places.contains(["artifactLocation": ["uri": "catalog/images/python/3.13.lock.json"], "region": ["startLine": 4]]))
        #expect(places.contains(["artifactLocation": ["uri": "python%3A3.13"], "region": ["startLine": 1]]))
        let answered = try #require(results.first { $0["ruleId"] == "CVE-2026-0004" })
        #expect(answered["suppressions"]?[0]?["justification"] == "not_affected, component_not_present, says our triage")
        #expect(results.first { $0["ruleId"] == "CVE-2026-0002" }?["suppressions"] == nil)
        #expect(results.first { $0["ruleId"] == "CVE-2026-0001" }?["partialFingerprints"] != nil)
    }

    @Test func `CycloneDX tells triage and statements as they were said`() throws {
        let all = try #require(CycloneDXReport(try sample()).json["vulnerabilities"]?.array)
        func analysis(_ id: String) -> JSON? { all.first { $0["id"]?.string == id }?["analysis"] }
        #expect(analysis("CVE-2026-0004")?["state"] == "not_affected")
        #expect(analysis("CVE-2026-0004")?["justification"] == "code_not_present")
        #expect(analysis("CVE-2026-0006")?["response"] == ["will_not_fix"])
        #expect(analysis("CVE-2026-0006")?["state"] == nil)
        #expect(analysis("CVE-2026-0002") == nil)
        let rating = all.first { $0["id"] == "CVE-2026-0001" }?["ratings"]?[0]
        #expect(rating?["vector"] == "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
        #expect(rating?["method"] == "CVSSv31" && rating?["severity"] == "critical")
        #expect(rating?["source"]?["name"]?.string?.hasPrefix("the feed debian of 2026-11-2") == true)
    }

    @Test func `JUnit fails what was found, and errs where nothing could be said`() throws {
        let gate = JUnitReport(try sample(verdict: true)).text
        #expect(gate.contains(#"<testsuites name="ashlar" tests="3" failures="1" errors="0">"#))
        #expect(gate.contains(#"name="gate: malicious" time="0"/>"#))
        var report = try sample(level: .unknown)
        #expect(JUnitReport(report).text.contains(#"failures="0" errors="0""#))
        report.images[0].isDataRefused = true
        report.images[0].findings[0].standing = .reached
        report.images[0].findings[1].standing = .unrated
        let plain = JUnitReport(report).text
        #expect(plain.contains(#"failures="2" errors="1""#) && plain.contains("nobody rated it, so it may be as bad as any"))
        report.remarks = [
            .init(
                rule: "unused-exception", isRefusal: true, isDoubt: false, summary: "covers nothing", setting: "unused-exceptions",
                inputs: [], remedy: "remove it")
        ]
        #expect(JUnitReport(report).text.contains(#"failures="3" errors="1""#))
    }

    private struct Identities: Equatable {
        var sarif: [String], cyclonedx: [String], gitlab: [String], places: [String]
        var all: [[String]] { [sarif, cyclonedx, gitlab, places] }
    }

    private func identities(_ report: Report) throws -> Identities {
        let runs = SARIFReport(report).json["runs"]?.array ?? []
        let results = runs.flatMap { $0["results"]?.array ?? [] }
        let found = GitLabReport(report).json["vulnerabilities"]?.array ?? []
        for result in results { #expect(result["partialFingerprints"]?["primaryLocationLineHash"]?.string?.hasSuffix(":1") == true) }
        return Identities(
            sarif: results.compactMap { $0["partialFingerprints"]?["ashlar/v2"]?.string },
            cyclonedx: (CycloneDXReport(report).json["vulnerabilities"]?.array ?? []).compactMap { $0["bom-ref"]?.string },
            gitlab: found.compactMap { $0["id"]?.string },
            // What GitLab compares: the identifier, the image, the package.
            places: found.map { one in
                let place = one["location"]
                return [
                    one["identifiers"]?[0]?["value"]?.string, place?["image"]?.string, place?["dependency"]?["package"]?["name"]?.string,
                ].compactMap(\.self).joined(separator: " ")
            })
    }

    private func report(_ findings: [AdvisoryFinding], digests: [String] = ["one"]) -> Report {
        var report = Report(
            digests.map { digest in
                var assessment = SampleAssessment.assessment(findings)
                assessment.digest = Digest.sha256(of: digest).description
                return (assessment, nil, nil)
            }, toolVersion: "1.2.3", now: SampleAssessment.now)
        report.created = SampleAssessment.now
        return report
    }

    @Test func `findings that differ in version or path alone have identities of their own in each format`() throws {
        let own = SampleAssessment.finding("CVE-2026-0001", .high)
        var older = own
        older.source.version = "3.0.1-1"
        older.fix = "3.0.2-1"
        var copy = own
        copy.path = .builtUsing
        var olderCopy = older
        olderCopy.path = .builtUsing
        for list in try identities(report([own, older, copy, olderCopy])).all { #expect(Set(list).count == 4, "\(list)") }
        // Two builds of one stream in one report.
        for list in try identities(report([own], digests: ["one", "two"])).all { #expect(Set(list).count == 2, "\(list)") }
    }

    @Test func `a finding stays the same when the image is built again and its package moves`() throws {
        let before = [SampleAssessment.finding("CVE-2026-0001", .high), SampleAssessment.finding("CVE-2026-0002", .low, source: "zlib")]
        var after = before
        after[0].source.version = "3.5.3-1"
        after[0].packages = [.init(name: "another", version: "3.5.3-1")]
        #expect(try identities(report(before)) == identities(report(after, digests: ["later"])))
    }

    @Test func `equal reports have equal bytes`() throws {
        #expect(text(SARIFReport(try sample()).json) == text(SARIFReport(try sample()).json))
        #expect(text(CycloneDXReport(try sample()).json) == text(CycloneDXReport(try sample()).json))
    }
}

@Suite struct HostileTextTests {
    @Test func `a line is one line of visible characters, and short`() {
        let line = ReportText.line(hostile, limit: 300)
        #expect(line.unicodeScalars.count == 301 && line.hasSuffix("…"))
        #expect(line.hasPrefix("[2J` | \\| </td><script>"))
        for scalar in line.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !(0x202A...0x202E).contains(scalar.value))
            #expect(!(0x2066...0x2069).contains(scalar.value) && scalar.value != 0x200B && scalar.value != 0xFFFE)
        }
        #expect(ReportText.line("  a \n\t b  ") == "a b")
        #expect(ReportText.line("abc", limit: 3) == "abc")
        #expect(ReportText.line(String(repeating: "\u{200B}", count: 1 << 20)) == "")
        #expect(ReportText.line("Zoë 漢字 – “x”") == "Zoë 漢字 – “x”")
    }

    @Test func `an address of a name has no scheme and no way up`() {
        #expect(ReportText.relativeAddress("python:3.13") == "python%3A3.13")
        #expect(ReportText.relativeAddress("a b?c#é") == "a%20b%3Fc%23%C3%A9")
    }

    @Test func `no form grows with a megabyte of advisory`() throws {
        let report = try sample(hostile: true, verdict: true)
        for form in [
            MarkdownReport(report).text, text(SARIFReport(report).json), text(CycloneDXReport(report).json),
            text(GitLabReport(report).json), JUnitReport(report).text,
        ] {
            #expect(form.utf8.count < 400_000)
            #expect(!form.contains("\u{1B}") && !form.contains("\u{202E}") && !form.contains("\u{2066}"))
        }
    }

    @Test func `in Markdown hostile text stays code in its own cell`() throws {
        let markdown = MarkdownReport(try sample(hostile: true, level: .atLeast, verdict: true)).text
        for line in markdown.split(separator: "\n") {
            // Outside of code there is nothing of it: neither tags nor links nor mentions.
            let outside = line.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }.map(
                \.element
            )
            .joined(separator: " ")
            #expect(line.count { $0 == "`" } % 2 == 0, "\(line.prefix(200))")
            #expect(!outside.contains("<") && !outside.contains("@everyone") && !outside.contains("javascript"), "\(outside.prefix(200))")
            if line.hasPrefix("| act ") || line.hasPrefix("| attend ") || line.hasPrefix("| track ") {
                #expect(line.count { $0 == "|" } == 9, "\(line.prefix(200))")
            }
        }
        #expect(!markdown.contains("\n# head"))
    }
}

/// Lets the schema of OASIS and the reference implementation of CycloneDX judge the reports: `ASHLAR_VALIDATORS=<folder> swift test`.
@Suite struct ReportValidatorTests {
    @Test func `the validators accept every form, whatever an advisory says`() throws {
        guard let work = ProcessInfo.processInfo.environment["ASHLAR_VALIDATORS"] else {
            print("SKIPPED: reports were not validated; set ASHLAR_VALIDATORS to a folder for the validators' Python environment")
            return
        }
        let folder = try TestFolder()
        var files: [String] = []
        for (name, report) in [
            ("plain", try sample(verdict: true)), ("hostile", try sample(hostile: true, level: .atLeast, verdict: true)),
            ("blind", try sample(level: .unknown)), ("nothing", Report(toolVersion: "1", created: SampleAssessment.now, images: [])),
            (
                "two",
                Report(
                    toolVersion: "1", created: SampleAssessment.now,
                    images: try sample().images + [ReportedImage(name: "node:24", digest: nil, assessed: SampleAssessment.now)])
            ),
        ] {
            files.append(try folder.file(name + ".sarif", SARIFReport(report).json.prettyBytes))
            files.append(try folder.file(name + ".cdx.json", CycloneDXReport(report).json.prettyBytes))
            files.append(try folder.file(name + ".gitlab.json", GitLabReport(report).json.prettyBytes))
            files.append(try folder.file(name + ".junit.xml", Array(JUnitReport(report).text.utf8)))
        }
        let process = Process()
        process.executableURL =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../scripts/validate-reports")
            .standardizedFileURL
        process.arguments = [work] + files
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "a report is invalid; see the lines above")
    }
}
