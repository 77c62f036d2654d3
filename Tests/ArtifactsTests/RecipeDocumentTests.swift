// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Artifacts

@Suite struct RecipeDocumentTests {
    let text: String
    let triageText: String

    init() throws {
        triageText = try String(contentsOf: RecipeSchemaTests.documents.appending(path: "vex.md"), encoding: .utf8)
        text = try String(contentsOf: RecipeSchemaTests.documents.appending(path: "recipe.md"), encoding: .utf8)
    }

    private var examples: [String] {
        text.components(separatedBy: "```yaml\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    @Test func `every key is in the document`() {
        // Triage files have a document of their own.
        let triage: Set = ["absentSymbol", "statement", "triage", "triagePackage", "versionRange"]
        for (name, definition) in RecipeSchema.document["$defs"]?.object ?? [:] {
            let text = triage.contains(name) ? triageText : text
            for key in (definition["properties"]?.object ?? [:]).keys { #expect(text.contains("`\(key)`"), "\(name).\(key)") }
        }
        for name in RuleName.allCases.map(\.rawValue) + Step.allNames + RecipeShape.helperNames {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
        for name in RecipeShape.signalNames { #expect(text.contains(name), "\(name)") }
    }

    @Test func `the files of the document are a catalog`() throws {
        var files: [String: [UInt8]] = ["images/nginx/1.26.yaml": Array("stream: \"1.26\"\nextends: base\n".utf8)]
        for example in examples {
            guard let first = example.split(separator: "\n").first, first.hasPrefix("# catalog/") else { continue }
            files[String(first.dropFirst("# catalog/".count))] = Array(example.utf8)
        }
        #expect(files.count == 8)
        let catalog = try RecipeLoader(CatalogFiles(files)).catalog()
        #expect(catalog.recipes().map(\.reference) == ["nginx:1.26", "python:3.13", "python:3.13-dev"])
    }

    @Test func `the other examples are keys of a recipe`() throws {
        var count = 0
        for example in examples where !example.hasPrefix("# catalog/") {
            let whole = (example.contains("stream:") ? "" : "stream: \"1\"\n") + example
            var reader = Reader()
            _ = RecipeShape.recipe.shape.read(try YAMLDocument.parse(Array(whole.utf8), file: "example.yaml"), &reader)
            #expect(reader.problems.isEmpty, "\(example)\n\(reader.problems.map(\.diagnosis.summary))")
            count += 1
        }
        #expect(count > 12)
    }
}
