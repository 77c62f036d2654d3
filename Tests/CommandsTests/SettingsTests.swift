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
            (
                "catalog: a\n  produser: x", "ashlar.yaml:2:3: expected a key with its value, found `produser: x`",
                "did you mean `producer`?"
            ),
            ("xyzzy: x", "ashlar.yaml:1:1: expected a key", "write one of catalog, store"), ("serv:", "found `serv:`", "`serve`"),
            ("producer:", "expected the producer in one line", "value of producer"),
            ("url:   example.org", "ashlar.yaml:1:8: expected an address that begins with https://", "value of url"),
            ("source: http://git.example/x", "found `http://git.example/x`", "value of source"),
            ("documentation: https://x/{version}", "no other placeholder than {image} and {stream}", "documentation"),
            ("\nallow-missing-limits: perhaps # x", "ashlar.yaml:2:23: expected allow-missing-limits: true, or", "allow-missing-limits"),
            ("source: https://user:secret@git.example/x", "begins with https://", "source"),
        ])
    func `a mistake is told with line and column, and with what to write`(_ text: String, _ expected: String, _ remedy: String) {
        let error = #expect(throws: CommandError.self) { try Settings.parse(text) }
        #expect(error?.diagnosis.summary.contains(expected) == true, "\(error?.diagnosis.summary ?? "")")
        #expect(error?.diagnosis.remedy.contains(remedy) == true, "\(error?.diagnosis.remedy ?? "")")
        #expect(error?.diagnosis.rendered.contains("secret") == false)
    }
}
