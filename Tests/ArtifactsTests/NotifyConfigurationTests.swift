// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Testing

@Suite struct NotifyConfigurationTests {
    private func read(_ text: String) throws -> NotifyConfiguration? { try ConfigurationFile(text, file: "ashlar.yaml").notify() }

    @Test func `receivers are read beside the other parts of the file`() throws {
        let text = """
            store: /srv/ashlar
            notify:
              address: https://images.example
              give-up-days: 5
              receivers:
                - name: ops
                  webhook: {url: "https://ops.example/hooks?x=1", secret-file: /etc/ashlar/ops.secret}
                  events: [release.published, image.revoked]
                  images: [python, team/**]
                  severity: warning
                - name: chat
                  slack: {url-file: /etc/ashlar/slack.url}
                - name: people
                  mail: {relay: "smtps://mail.example", from: ashlar@example.org, to: [ops@example.org]}
            serve:
              port: 5000
            """
        let file = ConfigurationFile(text, file: "ashlar.yaml")
        let notify = try #require(try file.notify())
        #expect(notify.receivers.map(\.name) == ["ops", "chat", "people"])
        #expect(notify.giveUpDays == 5 && notify.receivers[0].images == ["python", "team/**"])
        #expect(try file.serve().port == 5000)
        #expect(file.plain.split(separator: "\n").map(String.init) == ["store: /srv/ashlar"])
    }

    @Test func `nothing said is nobody told`() throws { #expect(try read("store: x\n") == nil) }

    @Test(arguments: [
        ("{name: a}", "one of webhook, slack and mail"),
        ("{name: a, slack: {url-file: x}, mail: {relay: smtps://m.example, from: a@b.c, to: [a@b.c]}}", "one of webhook, slack and mail"),
        ("{name: a, slack: {url: \"https://hooks.example/secret\"}}", "url-file"),
        ("{name: a, webhook: {url: \"http://ops.example/\", secret-file: x}}", "https address"),
        ("{name: a, webhook: {url: \"https://user:pass@ops.example/\", secret-file: x}}", "https address"),
        ("{name: a, webhook: {url: \"https://ops.example/\"}}", "secret-file"),
        ("{name: a, webhook: {secret-file: x}}", "url or url-file"),
        ("{name: a, mail: {relay: mail.example, from: a@b.c, to: [a@b.c]}}", "mail relay"),
        ("{name: a, mail: {relay: smtps://m.example, from: \"a@b.c\\r\\nBcc: x@y.z\", to: [a@b.c]}}", "mail address"),
        ("{name: a, slack: {url-file: x}, events: [release.publishd]}", "release.published"),
        ("{name: a, slack: {url-file: x}, severity: loud}", "severity"),
        ("{name: a, slack: {url-file: x}, images: [\"Team/x\"]}", "pattern"),
    ])
    func `a mistake is told with what was expected`(receiver: String, expected: String) throws {
        #expect {
            _ = try read("notify:\n  receivers:\n    - \(receiver)\n")
        } throws: { error in
            let text = (error as? Diagnoses)?.all.map(\.rendered).joined() ?? ""
            return text.contains(expected) && text.contains("ashlar.yaml:3")
        }
    }

    @Test func `an address in a file keeps the same rule`() {
        #expect(NotifyConfiguration.isAddress("https://hooks.example/services/T0/B0/xyz"))
        for text in ["", "ftp://x", "https://a b", "http://hooks.example/", "https://a.example/\r\nX: y", "https://u:p@a.example/"] {
            #expect(!NotifyConfiguration.isAddress(text))
        }
    }
}

@Suite struct CatalogEventTests {
    private static let now = Timestamp(seconds: 1_764_000_000)

    @Test func `texts of events are one line without what steers`() {
        let event = CatalogEvent(
            .buildFailed, at: Self.now, about: "python:3.13\u{1B}[2J", title: "a\r\nb\u{202E}c\u{0}d",
            facts: ["reason\n": "x\u{2028}y\u{200B}z"])
        #expect(event.title == "a  bc d" && event.subject == "python:3.13 [2J" && event.facts == ["reason ": "x yz"])
        #expect(CatalogEvent.line(String(repeating: "é", count: 500), limit: 300).count == 300)
    }

    @Test func `ends of support are near, over or neither`() throws {
        let release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r1", tags: [], index: .sha256(of: "i"),
            platforms: [],
            created: Self.now, title: "", summary: "", endOfLife: "2026-01-01", lock: .sha256(of: "l"))
        let notes = [
            SupportNote(product: "debian", cycle: "13", ends: "2028-08-09", hasEnded: false),
            SupportNote(product: "openssl", cycle: "3.0", ends: nil, hasEnded: true),
        ]
        let ends = release.supportEnds(notes, at: Self.now, warnBefore: 90 * 86400)
        #expect(ends.map(\.product) == ["openssl 3.0", "python 3.13"] && ends.map(\.stage) == [.over, .near])
        #expect(release.supportEnds([], at: Self.now, warnBefore: 10 * 86400).isEmpty)
        let lastDay = try #require(Timestamp(date: "2026-01-01"))
        #expect(release.supportEnds([], at: lastDay, warnBefore: 0).isEmpty)
        let later = try #require(Timestamp(date: "2026-01-02"))
        #expect(release.supportEnds([], at: later, warnBefore: 0).map(\.stage) == [.over])
        let keys = ends.map { CatalogEvent.supportEnd($0, of: release, at: Self.now) }
        #expect(keys.map(\.event.kind) == [.endOfLifeReached, .endOfLifeNear] && Set(keys.map(\.key)).count == 2)
    }
}
