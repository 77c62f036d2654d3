// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Pipeline
import Sigstore
import Testing

@Suite struct PolicyTests {
    @Test(arguments: [
        (ExpectedName.repository("python"), "python", true), (.repository("mirror/python"), "python", true),
        (.repository("mirror/images/python"), "images/python", true), (.repository("python"), "registry.example:5000/python", true),
        (.repository("python"), "registry.example/python:3.13", true), (.repository("python"), "localhost/python", true),
        (.repository("python"), "team/python", false), (.repository("cpython"), "python", false), (.repository("mirror/python"), "", false),
        (.repository("python/evil"), "python", false), (.exactly("python"), "python", true), (.exactly("mirror/python"), "python", false),
        (.exactly("registry.example/python"), "python", true), (.any, "whatever", true),
    ])
    func `a signed name is the expected one, or the end of it`(_ expected: ExpectedName, _ signed: String, _ isAdmitted: Bool) {
        #expect(expected.admits(signed) == isAdmitted)
    }

    @Test func `evidence for another name is refused`() async throws {
        let store = try SampleStore(repository: "python")
        var release = try await SampleRelease(name: "debug-python").make()
        release.publication.repository = "python"
        try store.publish(release)
        let report = try await store.verify("3.13", .sample { $0.name = .repository("python") })
        #expect(report.reasons.contains { $0.contains("expected evidence of 'python', found that of 'debug-python'") })
        // What follows from it is not told as reasons of its own, and what is true of all is told once.
        #expect(report.refusals == ["index, linux/amd64, linux/arm64: expected evidence of 'python', found that of 'debug-python'"])
        #expect(report.subjects.allSatisfy { $0.checks.contains { $0.name == "claims" && $0.outcome == .skipped } })
        #expect(try await store.verify("3.13", .sample { $0.name = .exactly("debug-python") }).isTrusted)
    }

    @Test func `a signature that names nothing is not bound to a name`() async throws {
        let release = try await SampleRelease().make().keeping(.bundles)
        let bare = try release.withBundles { type, bytes in type == PredicateType.cosignSign ? bytes : nil }
        let policy = try VerificationPolicy.sample {
            $0.required = .types([])
            $0.name = .repository("python")
        }
        let report = try await verify(try MemoryLayout([bare]), "3.13", policy)
        #expect(report.reasons.count == 3 && report.reasons.allSatisfy { $0.contains("nothing that was signed says that it is 'python'") })
    }

    private static let expectations = """
        builders: ["https://ashlar.dev/builders/dedicated-host"]
        build-type: https://ashlar.dev/build/debian-image/v1
        source: {repository: "git+https://git.example/catalog", path: "images/python/*.yaml", revision: "0123*"}
        parameters: {stream: "3.13"}
        """

    @Test func `provenance as expected is accepted`() async throws {
        let expectations = try Expectations(reading: Array(Self.expectations.utf8), file: "expect.yaml")
        let report = try await verify(MemoryLayout([SampleRelease().make()]), "3.13", .sample { $0.expectations = expectations })
        #expect(report.isTrusted, "\(report.reasons)")
    }

    @Test(arguments: [
        ("stream", JSON("3.12"), "expected the parameter stream to be \"3.13\", found \"3.12\""),
        ("stream", nil, "expected the parameter stream to be \"3.13\", found none"),
        ("path", JSON("images/evil/3.13.yaml"), "expected the source's path images/python/*.yaml"),
        ("revision", JSON("fff"), "expected the source's revision 0123*"), ("repository", nil, "expected the source's repository"),
        ("repository", JSON(7), "expected the source's repository"),
        ("extra", JSON("1"), "expected no parameter \"extra\", found it with \"1\""),
    ])
    func `a parameter that is not as expected is a reason`(_ name: String, _ value: JSON?, _ reason: String) async throws {
        var release = SampleRelease()
        release.parameters[name] = value
        let expectations = try Expectations(reading: Array(Self.expectations.utf8), file: "expect.yaml")
        let report = try await verify(MemoryLayout([release.make()]), "3.13", .sample { $0.expectations = expectations })
        #expect(report.reasons.count == 3 && report.reasons.allSatisfy { $0.contains(reason) }, "\(report.reasons)")
    }

    @Test func `another builder is a reason, and a workstation is said without being asked`() async throws {
        let release = SampleRelease(builder: "https://ashlar.dev/builders/workstation")
        let layout = try await MemoryLayout([release.make()])
        let expectations = try Expectations(reading: Array(Self.expectations.utf8), file: "expect.yaml")
        let report = try await verify(layout, "3.13", .sample { $0.expectations = expectations })
        #expect(report.reasons.count { $0.contains("expected the builder https://ashlar.dev/builders/dedicated-host") } == 3)
        #expect(try await verify(layout).warnings.contains { $0.contains("workstation") })
    }

    @Test func `expectations without provenance refuse`() async throws {
        let layout = try await MemoryLayout([SampleRelease(without: [PredicateType.slsaProvenance]).make()])
        let expectations = try Expectations(reading: Array(Self.expectations.utf8), file: "expect.yaml")
        let policy = try VerificationPolicy.sample {
            $0.expectations = expectations
            $0.required = .types([])
        }
        #expect(try await verify(layout, "3.13", policy).reasons.count { $0.contains("no provenance") } == 3)
    }

    @Test(arguments: [
        ("builders: []", "at least 1"), ("builders: [x]\nbuild-type: y\nsource: {path: z}\nsigners: []", "expected a key of expectations"),
        ("builders: [x]\nbuild-type: y\nsource: {pth: z}", "expected a key of a source"), ("- x", "a map"), ("builders: [x]", "build-type"),
        ("builders: [x]\nbuild-type: y\nsource: {path: z}\nparameters: {path: a}", "path in source or in parameters"),
        ("builders: [x]\nbuild-type: y\nsource: {path: z}\nparameters: {stream: 3.13}", "expected a text"),
    ])
    func `mistakes in a file of expectations are told`(_ text: String, _ mistake: String) throws {
        do {
            _ = try Expectations(reading: Array(text.utf8), file: "expect.yaml")
            Issue.record("it was accepted")
        } catch let error as any Diagnosable {
            #expect(error.diagnosis.rendered.contains(mistake), "\(error.diagnosis.rendered)")
        }
    }

    @Test func `a release that is too old is refused, and whose word its age is stands beside it`() async throws {
        let finished = Timestamp(seconds: 1_700_000_000)
        let layout = try await MemoryLayout([SampleRelease(finished: finished).make()])
        func report(after seconds: Int, limit: Int?) async throws -> VerificationReport {
            let freshness = FreshnessPolicy(now: Timestamp(seconds: finished.seconds + seconds), maximumAge: limit)
            return try await verify(layout, "3.13", .sample { $0.freshness = freshness })
        }
        #expect(try await report(after: 86400, limit: 2 * 86400).isTrusted)
        #expect(try await report(after: 3 * 86400, limit: 2 * 86400).reasons.contains { $0.contains("3 days old") })
        #expect(try await report(after: -86400, limit: nil).reasons.contains { $0.contains("in the future") })
        let fresh = try await report(after: 0, limit: nil)
        #expect(fresh.release.contains { check in check.evidence.contains { $0.contains("builder's own word") } })
    }

    @Test func `an old release that is served again is found out`() async throws {
        let old = try await SampleRelease(version: "3.13.4", finished: Timestamp(seconds: 1_699_000_000)).make()
        let new = try await SampleRelease(version: "3.13.5").make()
        var replayed = old
        replayed.publication.tags["3.13"] = old.image.index.digest
        var current = new
        current.publication.tags["3.13"] = nil
        let layout = try MemoryLayout([replayed, current])
        let report = try await verify(layout)
        #expect(report.isTrusted && report.warnings.contains { $0.contains("not the newest release of 3.13, which is 3.13.5-r1") })
        for bound in [FreshnessPolicy.Bound.release(new.image.index.digest), .time(Timestamp(seconds: 1_699_999_999))] {
            let refused = try await verify(layout, "3.13", .sample { $0.freshness.notBefore = bound })
            #expect(refused.reasons.contains { $0.contains("an older release is being served") })
            #expect(try await verify(layout, "3.13.5-r1", .sample { $0.freshness.notBefore = bound }).isTrusted)
        }
        let unknown = try await verify(layout, "3.13", .sample { $0.freshness.notBefore = .release(.sha256(of: "unknown")) })
        #expect(unknown.reasons.contains { $0.contains("is not there") })
    }

    @Test func `a build tag that leads to another version is refused`() async throws {
        var old = try await SampleRelease(version: "3.13.4").make()
        old.publication.tags["3.13.5-r1"] = old.image.index.digest
        let report = try await verify(try MemoryLayout([old]), "3.13.5-r1")
        #expect(report.reasons.contains { $0.contains("names version 3.13.5, the image is 3.13.4") })
    }
}
