// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import OCI
import Testing

/// The catalog of this repository, read as a whole.
@Suite struct RepositoryCatalogTests {
    @Test func `the catalog of the repository has no mistake`() throws {
        let folder = RecipeSchemaTests.documents.deletingLastPathComponent().appending(path: "catalog").resolvingSymlinksInPath()
        let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "suites").path)
        guard isThere, let found = FileManager.default.enumerator(atPath: folder.path) else {
            print("SKIPPED: there is no catalog in this repository")
            return
        }
        var isFolder: ObjCBool = false
        let paths = found.compactMap { $0 as? String }.filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path, isDirectory: &isFolder) && !isFolder.boolValue
        }
        let files = CatalogFiles(paths: paths) { try [UInt8](Data(contentsOf: folder.appending(path: $0))) }
        do {
            let catalog = try RecipeLoader(files).catalog()
            #expect(!catalog.recipes().isEmpty)
            for recipe in catalog.recipes() {
                for platform in recipe.platforms { #expect(!recipe.resolved(for: platform).layers.isEmpty) }
                #expect(!recipe.expandTags(version: "1.2.3").isEmpty, "\(recipe.reference)")
                _ = try RecipeLoader(files).lock(of: recipe)
            }
        } catch let error as any Diagnosable {
            let all = (error as? Diagnoses)?.all ?? [error.diagnosis]
            Issue.record("\(all.map(\.rendered).joined(separator: "\n"))")
        }
    }
}
