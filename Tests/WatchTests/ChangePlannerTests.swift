// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Testing

@testable import Watch

/// Locks of one image made up of names and versions.
enum SampleLocks {
    static let now = Timestamp(seconds: 1_764_000_000)
    static func days(ago days: Int) -> Timestamp { Timestamp(seconds: now.seconds - days * 86400) }

    static func lock(_ versions: [String: String], archives: [String: String] = [:]) -> Lock {
        let packages = versions.sorted { $0.key < $1.key }.map { name, version in
            LockedPackage(
                name: name, version: version, architecture: "amd64", source: name == "libssl3t64" ? "openssl" : name,
                sourceVersion: version,
                sha256: Digest.sha256(of: name + version).hex, size: 1, archive: archives[name] ?? "trixie",
                path: "pool/\(name)_\(version).deb", layer: "image", neededBy: [], dependsOn: [])
        }
        return Lock(
            image: "tool", stream: "1", variant: nil, recipe: .sha256(of: "r"), revision: 1,
            platforms: [PlatformLock(platform: .amd64, packages: packages)])
    }

    static func observation(
        _ old: [String: String], _ new: [String: String], archives: [String: String] = [:], fixes: [Observation.Fix] = [],
        seen: [PackageVersion: Timestamp] = [:]
    ) -> Observation {
        Observation(
            image: "tool:1", current: lock(old), proposed: lock(new, archives: archives), securityArchives: ["trixie-security"],
            fixes: fixes, firstSeen: seen)
    }
}

@Suite struct ChangePlannerTests {
    private func plan(_ seen: Observation, _ policy: ChangePolicy = .standard, _ rest: ChangePlanner.Remainder = .none) -> PlannedChange {
        ChangePlanner(policy: policy, now: SampleLocks.now).plan(seen, lock: .sha256(of: "lock"), remainder: rest)
    }
    private let old = ["curl": "8.1", "libssl3t64": "3.5.1"]

    @Test func `what comes from the security archive flows at once, however new it is`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.1", "libssl3t64": "3.5.1-1+deb13u1"], archives: ["libssl3t64": "trixie-security"])
        let change = plan(seen)
        #expect(change.decision == .now && change.isSecurity)
        #expect(change.reason == "security fix of openssl")
        #expect(change.packages.map(\.name) == ["libssl3t64"])
    }

    @Test func `what ends a finding is a security fix wherever it comes from, and names it`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.1", "libssl3t64": "3.5.2"], fixes: [.init(advisory: "CVE-2026-1", source: "openssl")])
        let change = plan(seen)
        #expect(change.decision == .now && change.fixes == ["CVE-2026-1"])
        #expect(change.reason == "security fix of openssl for CVE-2026-1")
    }

    @Test func `a feed that takes a fix back makes it an update like any other`() {
        let new = ["curl": "8.1", "libssl3t64": "3.5.2"]
        let fixed = SampleLocks.observation(old, new, fixes: [.init(advisory: "CVE-2026-1", source: "openssl")])
        #expect(plan(fixed).decision == .now)
        guard case .after = plan(SampleLocks.observation(old, new)).decision else {
            Issue.record("expected it to wait")
            return
        }
    }

    @Test func `another update waits until it was seen for a week, and flows then`() {
        let version = PackageVersion("curl", "8.2")
        let new = ["curl": "8.2", "libssl3t64": "3.5.1"]
        let fresh = plan(SampleLocks.observation(old, new, seen: [version: SampleLocks.days(ago: 2)]))
        #expect(fresh.decision == .after(SampleLocks.days(ago: -5)))
        #expect(fresh.reason.contains("curl 8.2 seen less than 7 days ago"))
        let ripe = plan(SampleLocks.observation(old, new, seen: [version: SampleLocks.days(ago: 7)]))
        #expect(ripe.decision == .now && !ripe.isSecurity)
        var patient = ChangePolicy.standard
        patient.cooldownDays = 30
        #expect(plan(SampleLocks.observation(old, new, seen: [version: SampleLocks.days(ago: 7)]), patient).decision.word == "after")
    }

    @Test func `a first sight from the future counts as now`() {
        let version = PackageVersion("curl", "8.2")
        let seen = SampleLocks.observation(
            old, ["curl": "8.2", "libssl3t64": "3.5.1"], seen: [version: Timestamp(seconds: SampleLocks.now.seconds + 900 * 86400)])
        #expect(plan(seen).decision == .after(SampleLocks.days(ago: -7)))
    }

    @Test func `what is too new is held back, a security fix and what goes away are not`() {
        let seen = SampleLocks.observation(
            ["curl": "8.1", "libssl3t64": "3.5.1", "zlib1g": "1"], ["curl": "8.2", "libssl3t64": "3.5.2"],
            archives: ["libssl3t64": "trixie-security"])
        let held = ChangePlanner(policy: .standard, now: SampleLocks.now).held(seen.changes, firstSeen: [:])
        #expect(held.map(\.name) == ["curl"])
    }

    @Test(arguments: [("off", "is left alone"), ("propose", "is for a person"), ("freeze", "is frozen until 2025-12-01")])
    func `a security fix takes no update along that may not flow by itself`(_ rule: String, _ words: String) {
        var policy = ChangePolicy.standard
        if rule == "freeze" { policy.freezes = [.init(from: "2025-11-20", until: "2025-12-01", reason: "year end")] }
        if rule == "off" { policy.other = .off }
        if rule == "propose" { policy.other = .propose }
        let seen = SampleLocks.observation(
            old, ["curl": "8.2", "libssl3t64": "3.5.2"], archives: ["libssl3t64": "trixie-security"],
            seen: [PackageVersion("curl", "8.2"): SampleLocks.days(ago: 90)])
        let held = ChangePlanner(policy: policy, now: SampleLocks.now).held(seen.changes, firstSeen: seen.firstSeen)
        #expect(held.map(\.name) == ["curl"])
        #expect(plan(seen, policy, .waiting(held)).reason.contains("curl \(words)"))
        #expect(ChangePlanner(policy: .standard, now: SampleLocks.now).held(seen.changes, firstSeen: seen.firstSeen).isEmpty)
    }

    @Test func `what cannot be had without a new version flows with it, and the reason says so`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.2", "libssl3t64": "3.5.2"], archives: ["libssl3t64": "trixie-security"])
        let held = seen.changes.filter { $0.name == "curl" }
        let change = plan(seen, .standard, .inseparable(held))
        #expect(change.decision == .now)
        #expect(change.reason.contains("with it curl 8.2, without which it cannot be had"))
    }

    @Test func `a step back is taken by a person`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.0", "libssl3t64": "3.5.1"], seen: [PackageVersion("curl", "8.0"): SampleLocks.days(ago: 90)])
        let change = plan(seen)
        #expect(change.decision == .propose && change.reason.contains("step back"))
        #expect(!ChangePlanner(policy: .standard, now: SampleLocks.now).isUsable(seen.changes))
    }

    @Test(arguments: [("2025-11-24", "frozen"), ("2025-11-23", "after")])
    func `a freeze holds on its days`(_ until: String, _ expected: String) {
        var policy = ChangePolicy.standard
        policy.freezes = [.init(from: "2025-11-20", until: until, reason: "year end")]
        let seen = SampleLocks.observation(old, ["curl": "8.2", "libssl3t64": "3.5.1"])
        #expect(plan(seen, policy).decision.word == expected)
    }

    @Test func `security fixes flow through a freeze unless it says otherwise`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.1", "libssl3t64": "3.5.2"], archives: ["libssl3t64": "trixie-security"])
        var policy = ChangePolicy.standard
        policy.freezes = [.init(from: "2025-11-20", until: "2025-12-01", reason: "year end")]
        #expect(plan(seen, policy).decision == .now)
        policy.freezes[0].security = .waits
        let frozen = plan(seen, policy)
        #expect(frozen.decision == .frozen(until: "2025-12-01") && frozen.reason.contains("year end"))
        #expect(frozen.due(from: SampleLocks.now) == Timestamp(date: "2025-12-02"))
    }

    @Test func `a pin holds a security fix as well, until its last day, and says so`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.1", "libssl3t64": "3.5.2"], archives: ["libssl3t64": "trixie-security"])
        var policy = ChangePolicy.standard
        policy.pins = [.init(package: "libssl3t64", reason: "certified", until: "2025-11-24")]
        let change = plan(seen, policy)
        #expect(change.decision == .pinned && change.reason.contains("libssl3t64 is pinned until 2025-11-24: certified"))
        #expect(change.due(from: SampleLocks.now) == nil)
        policy.pins[0].until = "2025-11-23"
        #expect(plan(seen, policy).decision == .now)
    }

    @Test func `a person is asked where the policy says so`() {
        let seen = SampleLocks.observation(
            old, ["curl": "8.1", "libssl3t64": "3.5.2"], archives: ["libssl3t64": "trixie-security"])
        #expect(plan(seen, ChangePolicy(security: .propose)).decision == .propose)
        #expect(plan(seen, ChangePolicy(security: .off)).decision == .pinned)
        // The cooldown holds before a proposal too.
        let young = SampleLocks.observation(old, ["curl": "8.2", "libssl3t64": "3.5.1"])
        #expect(plan(young, ChangePolicy(other: .propose)).decision.word == "after")
    }

    @Test func `the same file at another place is no change`() {
        let seen = SampleLocks.observation(old, old, archives: ["curl": "trixie-updates"])
        #expect(seen.changes.isEmpty)
    }
}
