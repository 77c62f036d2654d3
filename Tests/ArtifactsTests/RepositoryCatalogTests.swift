// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import OCI
import Testing

/// The catalog of this repository, read as a whole.
@Suite struct RepositoryCatalogTests {
    private static let folder = RecipeSchemaTests.documents.deletingLastPathComponent().appending(path: "catalog").resolvingSymlinksInPath()

    private static func files() throws -> CatalogFiles {
        let found = try #require(FileManager.default.enumerator(atPath: folder.path))
        var isFolder: ObjCBool = false
        let paths = found.compactMap { $0 as? String }.filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path, isDirectory: &isFolder) && !isFolder.boolValue
        }
        return CatalogFiles(paths: paths) { try [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    }

    @Test func `the catalog of the repository has no mistake`() throws {
        let files = try Self.files()
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

    @Test func `every image makes promises, and none that cannot be broken`() throws {
        for recipe in try RecipeLoader(try Self.files()).catalog().recipes() {
            #expect(!recipe.contract.isEmpty, "\(recipe.reference) has no contract")
            for test in recipe.contract where test.server == nil {
                let expect = test.expect
                // A probe says by its status whether all was well. Of any other program something must have been seen.
                let sees = test.probe != nil || !expect.stdout.isEmpty || !expect.stderr.isEmpty
                #expect(sees, "\(recipe.reference): \(test.name) passes whatever the program says")
            }
        }
    }

    /// Pulling a second image of the catalog costs what it has of its own.
    @Test func `images over the same profiles share their layers`() throws {
        let files = try Self.files()
        var seen: [String: (packages: [String], reference: String)] = [:]
        for recipe in try RecipeLoader(files).catalog().recipes() {
            guard let lock = try RecipeLoader(files).lock(of: recipe) else { continue }
            for platform in lock.platforms {
                var chain = "\(platform.platform)"
                for layer in recipe.layers.prefix(while: { $0.origin.hasPrefix("profile:") }) {
                    chain += " \(layer.origin)"
                    let packages = platform.packages.filter { $0.layer == layer.origin }.map { "\($0.name) \($0.version)" }
                    let other = seen[chain, default: (packages, recipe.reference)]
                    #expect(packages == other.packages, "\(chain) of \(recipe.reference) and \(other.reference)")
                    seen[chain] = other
                }
            }
        }
    }
}
