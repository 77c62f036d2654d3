// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Artifacts

@Suite struct UpdatesTests {
    private func policy(profile: String, image: String) throws -> ChangePolicy {
        let files = [
            "suites/trixie.yaml":
                "archives:\n  - {suite: trixie, base: debian, keyring: k, fingerprints: [04B54C3CDCA79751B16BC6B5225629DF75B188BD], valid-until: true}\n",
            "profiles/base.yaml": "suite: trixie\n" + profile,
            "images/a/image.yaml": "title: A\nsummary: An image\n",
            "images/a/1.yaml": "stream: \"1\"\nextends: base\n" + image,
        ]
        return try RecipeLoader(CatalogFiles(files.mapValues { Array($0.utf8) })).recipe("a:1").updates
    }

    @Test func `what is left out flows: fixes at once, the rest after a week`() throws {
        let policy = try policy(profile: "", image: "")
        #expect(policy == .standard && policy.security == .auto && policy.other == .auto && policy.cooldownDays == 7)
    }

    @Test func `an image's word goes over its profile's, freezes add up, a pin takes the place of one of the same package`() throws {
        let policy = try policy(
            profile: """
                updates:
                  other: propose
                  cooldown-days: 30
                  freeze: [{from: 2026-12-18, until: 2027-01-04, reason: year end}]
                  pin: [{package: libssl3t64, reason: certified}]

                """,
            image: """
                updates:
                  security: propose
                  cooldown-days: 0
                  freeze: [{from: 2026-06-01, until: 2026-06-02, reason: audit, security: waits}]
                  pin: [{package: libssl3t64, reason: certified again, until: 2027-03-31}]

                """)
        #expect(policy.security == .propose && policy.other == .propose && policy.cooldownDays == 0)
        #expect(policy.freezes.map(\.reason) == ["year end", "audit"] && policy.freezes.map(\.security) == [.flows, .waits])
        #expect(policy.pins == [.init(package: "libssl3t64", reason: "certified again", until: "2027-03-31")])
    }

    @Test func `a policy does not make a lock stale, nor is a mistake in it passed over`() throws {
        #expect(throws: Diagnoses.self) { try policy(profile: "", image: "updates: {secruity: auto}\n") }
        #expect(throws: Diagnoses.self) { try policy(profile: "", image: "updates: {security: never}\n") }
        #expect(throws: Diagnoses.self) {
            try policy(profile: "", image: "updates: {freeze: [{from: 2026-12-18, until: 2026-12-01, reason: x}]}\n")
        }
        #expect(throws: Diagnoses.self) { try policy(profile: "", image: "updates: {pin: [{package: curl}]}\n") }
    }

    @Test func `the watcher's settings are a block of their own`() throws {
        let file = ConfigurationFile(
            "store: x\nwatch:\n  archive-minutes: 5\n  feeds: []\n  serve: true\nserve:\n  port: 1\nkeys: y\n", file: "ashlar.yaml")
        let watch = try file.watch()
        #expect(watch.archiveMinutes == 5 && watch.feedMinutes == 60 && watch.feeds == [] && watch.isServed && watch.parallel == nil)
        #expect(try file.serve().port == 1)
        #expect(file.plain.split(separator: "\n").map(String.init) == ["store: x", "keys: y"])
        let error = #expect(throws: Diagnoses.self) {
            try ConfigurationFile("a: b\nwatch:\n  archive-minuts: 5\n", file: "ashlar.yaml").watch()
        }
        #expect(
            error?.diagnosis.summary.contains("ashlar.yaml:3:3") == true && error?.diagnosis.rendered.contains("archive-minutes") == true)
    }
}
