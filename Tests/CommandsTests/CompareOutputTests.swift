// SPDX-License-Identifier: Apache-2.0
import Artifacts
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
