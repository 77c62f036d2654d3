// SPDX-License-Identifier: Apache-2.0
import Check
import Foundation
import Testing

@Suite struct HardeningDocumentTests {
    @Test func `docs/hardening.md is what the rules say`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/hardening.md").standardized
        let text = HardeningDocument.markdown()
        if ProcessInfo.processInfo.environment["ASHLAR_REWRITE"] == "1" {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(written == text, "run the tests of Check with ASHLAR_REWRITE=1")
    }

    @Test func `every rule has its own heading`() {
        let headings = HardeningDocument.markdown().split(separator: "\n").filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
        #expect(headings.map(String.init).sorted() == HardeningChecker().ruleIDs)
    }
}
