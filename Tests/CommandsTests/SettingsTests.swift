// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Commands

@Suite struct SettingsTests {
    @Test func `lines are keys with values, comments begin after white space`() throws {
        let text = """
            # a comment
            catalog: catalog     # another
            producer: "Example Bank, Platform Team"
            url: https://images.example/{image}#{stream}

            """
        let expected = [
            "catalog": "catalog", "producer": "Example Bank, Platform Team", "url": "https://images.example/{image}#{stream}",
        ]
        #expect(try Settings.parse(text) == expected)
    }

    @Test func `every key is explained in the manual`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let manual = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        for key in Settings.known { #expect(manual.contains("`\(key)`"), "docs/configuration.md lacks \(key)") }
    }

    @Test func `the template is read as it is written`() throws {
        #expect(try Settings.parse(Settings.template) == ["catalog": "catalog", "store": ".ashlar", "keys": ".ashlar-keys"])
    }

    @Test(
        arguments: [
            ("catalog: a\nproduser: x", "ashlar.yaml:2: expected one of catalog", "did you mean `producer`?"),
            ("producer:", "expected the producer in one line", "producer:"), ("url: example.org", "begins with https://", "example.org"),
            ("source: http://git.example/x", "begins with https://", "http://git.example"),
            ("documentation: https://x/{version}", "no other placeholder than {image} and {stream}", "{version}"),
            ("allow-missing-limits: perhaps", "allow-missing-limits: true, or allow-missing-limits: false", "perhaps"),
            ("source: https://user:secret@git.example/x", "begins with https://", "source"),
        ])
    func `a mistake is told with its line`(_ text: String, _ expected: String, _ found: String) {
        let error = #expect(throws: CommandError.self) { try Settings.parse(text) }
        let summary = error?.diagnosis.summary ?? ""
        #expect(summary.contains(expected), "\(summary)")
        #expect(summary.contains(found), "\(summary)")
    }
}
